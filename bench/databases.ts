import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../test/harness/postgres.ts';
import { cpuSecondsOf, freePort, isListening, serverCore } from './servers.ts';

/**
 * Databases of a measurement: real ones, on the core of the servers, as durable as they come. PostgreSQL gets a quarter of the
 * memory for its pages, as its manual (section 20.4, `shared_buffers`) has operators begin with.
 */
export type Database = { readonly url: string; readonly cpuSeconds: number; stop(): Promise<void> };

export async function openPostgres(): Promise<Database> {
  const server = await startPostgres({ isDurable: true, sharedBuffersMib: Math.floor(totalmem() / 4 / 2 ** 20) });
  const url = await server.createDatabase();
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
  await client.end();
  const pid = Number(readFileSync(`${rows[0]?.data_directory}/postmaster.pid`, 'utf8').split('\n')[0]);
  // Connections are processes, and inherit the core.
  execFileSync('taskset', ['-p', '-c', serverCore, `${pid}`]);
  for (const one of childrenOf(pid)) spawnSync('taskset', ['-p', '-c', serverCore, `${one}`]);
  return {
    url,
    get cpuSeconds() {
      const living = childrenOf(pid).reduce((sum, child) => sum + ofOneThatMayEnd(child), 0);
      return living + cpuSecondsOf(pid, 'with ended children');
    },
    stop: async () => server[Symbol.asyncDispose](),
  };
}

export async function openRedis(): Promise<Database> {
  const port = await freePort();
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''];
  const child = spawn('taskset', ['-c', serverCore, 'redis-server', ...settings], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error('Redis does not start. Is redis-server installed?');
    await wait(20);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    get cpuSeconds() {
      return cpuSecondsOf(child.pid ?? 0);
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function ofOneThatMayEnd(pid: number): number {
  try {
    return cpuSecondsOf(pid);
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );
}
