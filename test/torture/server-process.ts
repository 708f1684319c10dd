import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { PlantedBug } from './planted-bugs.ts';

export type ServerParts = {
  /** What its output is marked with. */
  readonly name: string;
  readonly port: number;
  readonly dataDir: string;
  readonly settings: { readonly [name: string]: string };
  /** Planted in it. */
  readonly bugs: readonly PlantedBug[];
};

/** On a busy machine, over a database that is away for a while. */
const startWithinMs = 120_000;

/** The server as a process of its own, over one data folder through all its lives. */
export class ServerProcess {
  readonly #parts: ServerParts;
  #process: ChildProcess | undefined;
  #isStopped = false;
  #answers = false;
  /** Whenever it answers again after a start. */
  readonly startsMs: number[] = [];
  /** How long it took to go when it was asked to. */
  readonly stopsMs: number[] = [];

  constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  /** Would a load balancer send anybody here? */
  get isServing(): boolean {
    return this.#answers && !this.#isStopped;
  }

  /**
   * Resolves when it answers. A server that finds no database any more ends, and is started again, as its supervisor would; one
   * that never started is broken.
   */
  async start(): Promise<void> {
    const end = performance.now() + startWithinMs;
    while (!(await this.#startOnce())) {
      const mayBeAway = this.#parts.settings.DATABASE_URL !== undefined && this.startsMs.length > 0;
      if (!mayBeAway || performance.now() > end) {
        throw new Error(`The server ended with ${this.#process?.exitCode} while it started.`);
      }
    }
  }

  /** Answers whether it stayed. */
  async #startOnce(): Promise<boolean> {
    const { port, dataDir, settings, bugs } = this.#parts;
    const began = performance.now();
    const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));
    const server = bugs.length === 0 ? [path('../../src/cli.ts'), 'serve'] : [path('./planted-server.ts'), ...bugs];
    const started = spawn(process.execPath, ['--import', path('./clock-preload.ts'), ...server], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        HOST: '127.0.0.1',
        DATA_DIR: dataDir,
        ...settings,
      },
    });
    this.#process = started;
    for (const output of [started.stdout, started.stderr]) output?.on('data', (chunk: Buffer) => this.#said(chunk));
    const end = performance.now() + startWithinMs;
    while (!(await isUp(port))) {
      if (started.signalCode !== null) throw new Error('The server was killed while it started.');
      if (started.exitCode !== null) return false;
      if (performance.now() > end) throw new Error('The server did not start.');
      await wait(25);
    }
    this.startsMs.push(performance.now() - began);
    this.#answers = true;
    return true;
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Rejects when it does not go by itself. */
  async terminate(): Promise<void> {
    const began = performance.now();
    const code = await this.#end('SIGTERM');
    this.stopsMs.push(performance.now() - began);
    if (code !== 0) throw new Error(`The server ended with ${code} when it was asked to go.`);
  }

  pause(): void {
    this.#isStopped = true;
    this.#process?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#isStopped = false;
    this.#process?.kill('SIGCONT');
  }

  moveClock(clockOffsetMs: number): void {
    if (this.#process?.connected) this.#process.send({ clockOffsetMs }, () => undefined);
  }

  #said(chunk: Buffer): void {
    for (const line of chunk.toString().split('\n')) {
      if (line !== '' && !line.startsWith('Parlance listens')) process.stderr.write(`${this.#parts.name}: ${line}\n`);
    }
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const ending = this.#process;
    this.#answers = false;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return 0;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    if (this.#isStopped && signal !== 'SIGKILL') this.goOn();
    this.#isStopped = false;
    const [code] = (await exited) as [number | null];
    return code;
  }
}

async function isUp(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(1000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
