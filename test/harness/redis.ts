import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { freePort } from '../faults/process.ts';

/**
 * A real Redis for tests: the one that REDIS_URL names, else `redis-server` from the path. Where there is neither, what needs
 * it is skipped and says so, but in CI it fails. It ends with the test process.
 */

/** A server of one's own, to do harm to. */
export type OwnRedis = AsyncDisposable & {
  readonly url: string;
  /** Ends it at once. */
  stop(): Promise<void>;
  /** Starts it again, empty, where it was. */
  start(): Promise<void>;
  /** It keeps its connections and does nothing. */
  pause(): void;
  resume(): void;
};

/** Test processes are ended without a word: whatever ends this one closes its pipe, and with it the server goes. */
const endWithUs = 'cat > /dev/null; kill -KILL "$1" 2> /dev/null; rm -rf "$2"';

const hasServer = isOnPath();
let shared: Promise<string> | undefined;

/** The address of a Redis that several tests share. */
export function sharedRedis(): Promise<string> {
  const given = process.env.REDIS_URL;
  shared ??= given === undefined ? startRedis().then(({ url }) => url) : Promise.resolve(given);
  return shared;
}

export async function startRedis(): Promise<OwnRedis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'parlance-redis-'));
  let server = await run();

  async function run() {
    const arguments_ = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    const child = spawn('redis-server', arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const watchdog = spawn('sh', ['-c', endWithUs, 'watchdog', `${child.pid}`, folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    watchdog.unref();
    (watchdog.stdin as Socket).unref();
    child.unref();
    (child.stdout as Socket).unref();
    await new Promise<void>((ready, failed) => {
      let words = '';
      child.on('exit', (code) => failed(new Error(`Redis ended with ${code}: ${words}`)));
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        words = (words + text).slice(-5_000);
        if (words.includes('Ready to accept connections')) ready();
      });
    });
    return { child, ended };
  }

  async function stop(): Promise<void> {
    server.child.kill('SIGKILL');
    await server.ended;
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    stop,
    async start() {
      server = await run();
    },
    pause: () => void server.child.kill('SIGSTOP'),
    resume: () => void server.child.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Tests that need a Redis that they may share; or one of their own, which REDIS_URL cannot be. */
export function describeWithRedis(name: string, needs: 'shared' | 'own', tests: () => void): void {
  const isThere = hasServer || (needs === 'shared' && process.env.REDIS_URL !== undefined);
  if (!isThere) complain();
  describe.skipIf(!isThere)(name, tests);
}

let hasComplained = false;

function complain(): void {
  const words = 'There is no redis-server on the path: install it (Debian: apt-get install redis-server).';
  if (process.env.CI === 'true') throw new Error(words);
  if (!hasComplained) console.log(`Skipping what needs Redis. ${words}`);
  hasComplained = true;
}

function isOnPath(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
