import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mosquittoCommand } from './peers/mosquitto.ts';

/** The servers under measurement, each in a process of its own, pinned to the first core. */

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
export const secret = 'a secret of the benchmarks only, 32 bytes or more';
export const serverCore = '0';
const manyPerSecond = '1000000000';

type NodeRecipe = {
  readonly script: string;
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
};
/** A program of the machine, which hears of its port by its command. */
type NativeRecipe = { readonly command: (dataDir: string, port: number) => readonly string[] };
type Recipe = NodeRecipe | NativeRecipe;

/**
 * As it is served, with fsync and every dialect; only the limits that stand in the way of a measurement are raised, and the search
 * index, which no peer has, is measured by a scenario of its own.
 */
const parlance: NodeRecipe = {
  script: path('../src/cli.ts'),
  flags: ['--max-semi-space-size=16'],
  args: ['serve'],
  env: {
    MESSAGES_PER_SECOND: manyPerSecond,
    MESSAGE_BURST: manyPerSecond,
    EVENTS_PER_SECOND: manyPerSecond,
    EVENT_BURST: manyPerSecond,
    CONVERSATIONS_PER_USER: manyPerSecond,
    CONNECTIONS_PER_ADDRESS: '100000',
    SEARCH: 'off',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
  },
};
const nestjs: NodeRecipe = { script: path('./peers/nestjs/dist/main.js') };

export const recipes = {
  parlance,
  parlanceFarCommits: { ...parlance, env: { ...parlance.env, COMMIT_DISTANCE_MS: '10' } },
  socketIo: { script: path('./peers/socket-io.ts') },
  socketIoRecovery: { script: path('./peers/socket-io.ts'), env: { RECOVERY: 'on' } },
  socketIoRedis: { script: path('./peers/socket-io.ts'), env: { ADAPTER: 'redis' } },
  socketIoStreams: { script: path('./peers/socket-io.ts'), env: { ADAPTER: 'streams' } },
  ws: { script: path('./peers/ws.ts') },
  upgrade: { script: path('./peers/upgrade.ts') },
  mosquitto: { command: mosquittoCommand },
  nestjs,
  nestjsWal: { ...nestjs, env: { JOURNAL: 'wal' } },
} as const satisfies Record<string, Recipe>;
export type RecipeName = keyof typeof recipes;

export type ServerOptions = {
  /** A folder into which the server writes its CPU profile when it stops. */
  readonly profileDir?: string | undefined;
  readonly env?: Record<string, string>;
  /** Writes into the data folder before the server begins. */
  readonly fill?: (dataDir: string) => Promise<void>;
};

/** Where clients connect to, and what serving them costs. */
export type Served = {
  /** Of the server that the client of this index connects to. */
  portOf(index: number): number;
  /** CPU of all its threads, or of all its servers, since it began, user and system, in seconds. */
  readonly cpuSeconds: number;
};

export class Server implements Served {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  readonly #exited: Promise<unknown>;
  readonly #collectsGarbage: boolean;

  private constructor(child: ChildProcess, port: number, dataDir: string, collectsGarbage: boolean) {
    this.#child = child;
    this.port = port;
    this.#dataDir = dataDir;
    this.#collectsGarbage = collectsGarbage;
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Resolves when it listens. */
  static async start(name: RecipeName, { profileDir, env, fill }: ServerOptions = {}): Promise<Server> {
    const recipe: Recipe = recipes[name];
    if (recipe === nestjs || name === 'nestjsWal') installNestjs();
    const port = await freePort();
    const dataDir = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
    await fill?.(dataDir);
    const runsOnNode = 'script' in recipe;
    const command = runsOnNode ? nodeCommand(recipe, profileDir) : recipe.command(dataDir, port);
    const child = spawn('taskset', ['-c', serverCore, ...command], {
      cwd: dataDir,
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        JWT_SECRET: secret,
        DATA_DIR: dataDir,
        ...(runsOnNode ? recipe.env : {}),
        ...env,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const server = new Server(child, port, dataDir, runsOnNode);
    const patienceUntil = Date.now() + 30_000;
    for (;;) {
      if (await isListening(port)) return server;
      if (child.exitCode !== null || Date.now() > patienceUntil) {
        await server.stop();
        throw new Error(`${name} does not listen.`);
      }
      await wait(50);
    }
  }

  portOf(): number {
    return this.port;
  }

  get cpuSeconds(): number {
    return cpuSecondsOf(this.#child.pid ?? 0);
  }

  /** Resident memory after a forced collection (where there is a collector), in bytes. */
  async residentBytes(): Promise<number> {
    if (this.#collectsGarbage) this.#child.kill('SIGUSR2');
    await wait(3_000);
    return this.memoryBytes;
  }

  /** Resident memory as it is now, in bytes. */
  get memoryBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  /** Ends it and removes what it has written. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      const killer = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
      await this.#exited;
      clearTimeout(killer);
    }
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

function nodeCommand({ script, flags = [], args = [] }: NodeRecipe, profileDir: string | undefined): readonly string[] {
  const measuring = ['--expose-gc', '--import', path('./collect-garbage.mjs')];
  if (profileDir !== undefined) measuring.push('--cpu-prof', `--cpu-prof-dir=${profileDir}`);
  return [process.execPath, ...flags, ...measuring, script, ...args];
}

/** CPU of all threads of a process, and with `children` of its children that have ended, too. */
export function cpuSecondsOf(pid: number, children: 'without children' | 'with ended children' = 'without children') {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticks = fields.slice(11, children === 'without children' ? 13 : 15);
  return ticks.reduce((sum, one) => sum + Number(one), 0) / ticksPerSecond;
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Whether a program is on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** On demand, because nothing else needs it. Its SQLite driver brings its binaries along, so no script of it has to run. */
function installNestjs(): void {
  const folder = path('./peers/nestjs');
  const run = (...args: string[]) => execFileSync('npm', args, { cwd: folder, stdio: 'inherit' });
  if (!existsSync(join(folder, 'node_modules'))) run('ci', '--ignore-scripts', '--no-audit', '--no-fund');
  if (!existsSync(join(folder, 'dist', 'main.js'))) run('run', 'build');
}
