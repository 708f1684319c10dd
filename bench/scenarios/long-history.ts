import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Store } from '../../src/app/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { type Database, openPostgres } from '../databases.ts';
import { busyCount, busyId, fillLog, type LogShape, quietCountOf, quietId } from '../long-log.ts';
import { quantile, type RunOptions, type Scenario, type Target } from '../scenario.ts';

const newest = 50;
const readings = 2_000;
/** Before those: of others, until the code is compiled, as that of a server is. */
const unmeasured = 1_000;
const many = Number(process.env.BENCH_MESSAGES ?? 10_000_000);
const few = 10_000;
const [time, work] = ['p50 ms', 'CPU ms'];
const workLimitMs = 0.5;

const small: LogShape = { messages: few, quietCount: 0 };
const large: LogShape = { messages: many, quietCount: quietCountOf(many) };
const drivers = ['SQLite', 'PostgreSQL'] as const;

type Driver = (typeof drivers)[number];
type Asked = { readonly title: string; readonly driver: Driver; readonly shape: LogShape; readonly isQuiet: boolean };
const asked = (driver: Driver, shape: LogShape, isQuiet = false): Asked => ({
  title: `${driver}, ${isQuiet ? 'a quiet one ' : ''}among ${shape.messages}`,
  driver,
  shape,
  isQuiet,
});

/** Filled once, read in every repetition, by whoever is asked of the same. */
type Filled = { readonly dataDir: string; readonly database: Database | undefined };
const logs = new Map<string, Promise<Filled>>();
const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function fill({ driver, shape }: Asked, tell: RunOptions['tell']): Promise<Filled> {
  if (shape.messages < few) throw new Error(`BENCH_MESSAGES has to be ${few} at least.`);
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
  folders.push(dataDir);
  const database = driver === 'PostgreSQL' ? await openPostgres() : undefined;
  const startMs = performance.now();
  tell(`fills ${driver} with ${shape.messages} messages; ten million take minutes, and three gigabytes`);
  await fillLog({ dataDir, ...(database && { databaseUrl: database.url }) }, shape, tell);
  if (database) await tidy(database.url);
  tell(`  filled in ${Math.round((performance.now() - startMs) / 1_000)} s`);
  return { dataDir, database };
}

/** Else PostgreSQL does it by itself in a moment, and its CPU is taken for that of the readings. */
async function tidy(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('VACUUM (ANALYZE)');
  await client.query('CHECKPOINT');
  await client.end();
}

/** Steps through all of them, each a stranger to the one before. */
async function read(store: Store, { shape, isQuiet }: Asked, reading: number): Promise<void> {
  const conversationId = isQuiet ? quietId(reading * 7_919, shape) : busyId(reading * 37);
  const { value } = await store.readMessages({ conversationId, limit: newest, take: 'newest' });
  const areOfIt = value.messages.every((message) => message.conversationId === conversationId);
  if (value.messages.length !== newest || !areOfIt)
    throw new Error('The store answered other messages than it was given.');
}

const targets = drivers.flatMap((driver): Target[] => {
  const to = asked(driver, small).title;
  return [asked(driver, large), asked(driver, large, true)].flatMap(({ title: is }) => [
    { is, to, figure: time, atMost: 2 },
    { is, to, figure: work, atMost: 2 },
    { is, figure: work, atMost: workLimitMs },
  ]);
});

export const longHistory: Scenario<Asked> = {
  name: 'long-history',
  sentence: `The newest ${newest} messages of any conversation, asked of the store itself, ${readings} times one after the other, after ${unmeasured} times that are not counted: of ${busyCount} that share nine tenths of ${many} messages (BENCH_MESSAGES), of ${large.quietCount} quiet ones with a hundred each all over that log, and of ${busyCount} that share ${few}. The rows are written by the way of an import.`,
  contenders: drivers.flatMap((driver) => [asked(driver, small), asked(driver, large), asked(driver, large, true)]),
  async measure(contender, { tell }) {
    const name = `${contender.driver} ${contender.shape.messages}`;
    const filling = logs.get(name) ?? fill(contender, tell);
    logs.set(name, filling);
    const { dataDir, database } = await filling;
    const store = await openStore({ dataDir, databaseUrl: database?.url });
    for (let index = 0; index < unmeasured; index++) await read(store, contender, index);
    const [cpu, databaseCpu] = [process.cpuUsage(), database?.cpuSeconds ?? 0];
    const tookMs: number[] = [];
    for (let index = unmeasured; index < unmeasured + readings; index++) {
      const startMs = performance.now();
      await read(store, contender, index);
      tookMs.push(performance.now() - startMs);
    }
    const { user, system } = process.cpuUsage(cpu);
    const databaseMs = ((database?.cpuSeconds ?? 0) - databaseCpu) * 1_000;
    await store[Symbol.asyncDispose]();
    tookMs.sort((a, b) => a - b);
    return {
      [time]: quantile(tookMs, 0.5),
      'p99 ms': quantile(tookMs, 0.99),
      [work]: ((user + system) / 1_000 + databaseMs) / readings,
      'of it in the database': databaseMs / readings,
    };
  },
  targets,
};
