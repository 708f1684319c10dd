import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../../test/faults/process.ts';
import { freshFolder, parlance } from '../../test/harness/command-line.ts';
import { sharedPostgres } from '../../test/harness/postgres.ts';
import { loadConfig } from '../config.ts';
import { append, userOf } from '../store/contract/scene.contract.ts';
import { openStore } from '../store/open.ts';
import { fillArchive } from '../store/open-archive.ts';
import type { DatabaseExamination } from '../store/postgres/examine.ts';
import type { FileExamination } from '../store/sqlite/examine.ts';
import { examineBus } from './doctor/bus.ts';
import { type DiskExamination, examineDisk, judgeDisk } from './doctor/disk.ts';
import type { Finding } from './doctor/finding.ts';
import { judgeClock, judgeFileLimit, judgePort, readFileLimit, tryPort } from './doctor/machine.ts';
import { judgeSettings } from './doctor/settings.ts';
import { judgeFile, judgeShared } from './doctor/store.ts';

const long = 'x'.repeat(32);
const sound = { JWT_SECRET: long, PUBLIC_URL: 'https://chat.example.com' };

/** What is not well, as `level words`; each says what to do. */
function complaints(findings: readonly Finding[]): readonly string[] {
  for (const { level, todo, words } of findings) expect(todo === undefined, words).toBe(level === 'well');
  return findings.flatMap(({ level, words }) => (level === 'well' ? [] : [`${level} ${words}`]));
}

test.each([
  ['nothing', sound, []],
  ['development sign-in', {}, ['doubtful development sign-in is on']],
  ['development sign-in for all', { HOST: '0.0.0.0' }, ['broken development sign-in is on at 0.0.0.0']],
  ['a short secret', { ...sound, JWT_SECRET: 'hunter2' }, ['doubtful JWT_SECRET has 7 bytes']],
  ['a short key of the host', { ...sound, API_KEY: 'hunter2' }, ['doubtful API_KEY has 7 bytes']],
  ['one secret for two', { ...sound, API_KEY: long }, ['broken API_KEY is JWT_SECRET']],
  ['no address', { JWT_SECRET: long }, ['doubtful PUBLIC_URL is not set']],
  ['an open address', { ...sound, PUBLIC_URL: 'http://chat.example.com' }, ['doubtful clients come to http://chat']],
  ['an open address of this machine', { ...sound, PUBLIC_URL: 'http://localhost:8000' }, []],
])('of settings it complains about %s', (_, env, expected) => {
  const found = complaints(judgeSettings(loadConfig(env)));
  expect(found).toEqual(expected.map((words) => expect.stringContaining(words)));
  expect(found.join()).not.toContain(long);
});

const file: FileExamination = {
  isServing: false,
  versions: { found: 3, known: 3 },
  isUnfinished: false,
  damages: [],
  newestAt: 1,
};
test.each([
  ['nothing', file, []],
  ['no file, as before the first start', undefined, []],
  ['damage', { ...file, damages: ['row 1 missing'] }, ['broken the database file is damaged: row 1 missing']],
  ['an unfinished import', { ...file, isUnfinished: true }, ['broken the database holds an unfinished import']],
  ['a newer build', { ...file, versions: { found: 4, known: 3 } }, ['broken the database has version 4']],
  ['an upgrade to come', { ...file, versions: { found: 2, known: 3 } }, ['doubtful the database has version 2']],
])('of a database file it complains about %s', (_, examination, expected) => {
  expect(complaints(judgeFile(examination))).toEqual(expected.map((words) => expect.stringContaining(words)));
});

const shared: DatabaseExamination = {
  serverVersion: 150_018,
  encoding: 'UTF8',
  isSyncing: true,
  mayCreate: true,
  freeConnections: 50,
  versions: { found: 3, known: 3 },
  isUnfinished: false,
  newestAt: 1,
  clockAheadMs: 0,
};
test.each([
  ['nothing', {}, []],
  ['an old server', { serverVersion: 140_012 }, ['broken PostgreSQL 14 is older than 15']],
  ['another encoding', { encoding: 'SQL_ASCII' }, ['broken the database is in SQL_ASCII']],
  ['no syncing', { isSyncing: false }, ['broken the server does not sync']],
  ['no right to migrate', { mayCreate: false }, ['doubtful this user may not create tables']],
  ['too few connections', { freeConnections: 7 }, ['doubtful 7 connections are left']],
  ['an unfinished import', { isUnfinished: true }, ['broken the database holds an unfinished import']],
  ['a newer build', { versions: { found: 4, known: 3 } }, ['broken the database has version 4']],
])('of PostgreSQL it complains about %s', (_, more, expected) => {
  expect(complaints(judgeShared({ ...shared, ...more }))).toEqual(
    expected.map((words) => expect.stringContaining(words)),
  );
});

const disk: DiskExamination = { folder: '/data', freeBytes: 1e11, type: 0xef53, syncMs: 1 };
test.each([
  ['nothing', {}, []],
  ['no space', { freeBytes: 1e8 }, ['broken 0.1 GB are free']],
  ['little space', { freeBytes: 1e9 }, ['doubtful 1.0 GB are free']],
  ['a disk in memory', { type: 0x01021994 }, ['broken /data is in memory']],
  ['a disk over the network', { type: 0x6969 }, ['broken /data is on NFS']],
  ["a container's layer", { type: 0x794c7630 }, ["doubtful /data is a container's own layer"]],
  ['syncs that are none', { syncMs: 0.002 }, ['doubtful a sync takes 2 µs: the disk says so without doing it']],
  ['slow syncs', { syncMs: 80 }, ['doubtful a sync takes 80 ms']],
  [
    'a folder that cannot be written',
    { syncMs: undefined, failure: 'EROFS' },
    ['broken /data cannot be written: EROFS'],
  ],
])('of a disk it complains about %s', (_, more, expected) => {
  expect(complaints(judgeDisk({ ...disk, ...more }))).toEqual(expected.map((words) => expect.stringContaining(words)));
});

test('a real disk is measured, also where the folder is still to be made, and nothing is left there', () => {
  const folder = freshFolder();
  expect(examineDisk(join(folder, 'not', 'yet'))).toMatchObject({ folder, freeBytes: expect.any(Number) });
  expect(examineDisk(folder).syncMs).toBeGreaterThan(0);
});

const now = Date.UTC(2026, 0, 1);
test.each([
  ['nothing', now, { newestAt: now - 1 }, []],
  ['a clock that was never set', 0, {}, ['broken it says 1970']],
  ['entries that are to come', now, { newestAt: now + 3_600_000 }, ['broken the newest entry is of 2026-01-01T01']],
  ['a database that is ahead', now, { databaseAheadMs: 2_500 }, ['doubtful the database', '2.5 s ahead of']],
  ['a database that is behind', now, { databaseAheadMs: -2_500 }, ['doubtful the database', '2.5 s behind']],
])('of clocks it complains about %s', (_, nowMs, known, [expected, ...more]) => {
  const found = complaints(judgeClock(nowMs, known));
  expect(found).toHaveLength(expected === undefined ? 0 : 1);
  for (const words of [expected ?? '', ...more]) expect(found.join()).toContain(words);
});

test('of open files it complains about a limit that is low', () => {
  expect(complaints([judgeFileLimit(1024)])).toEqual([expect.stringContaining('doubtful only 1024 files')]);
  expect(complaints([judgeFileLimit(65_536), judgeFileLimit(undefined)])).toEqual([]);
  if (process.platform === 'linux') expect(readFileLimit() ?? 1).toBeGreaterThan(0);
});

test('of ports it complains about those that are taken, unless by the server itself', async () => {
  const listen = { ...loadConfig({}).listen, host: '127.0.0.1' };
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const failure = await tryPort({ ...listen, port });
  expect(complaints([judgePort({ ...listen, port }, failure, false)])).toEqual([
    `broken port ${port} on 127.0.0.1 is taken`,
  ]);
  expect(complaints([judgePort({ ...listen, port }, failure, true)])).toEqual([]);
  taken.close();
  await once(taken, 'close');
  expect(complaints([judgePort({ ...listen, port }, await tryPort({ ...listen, port }), false)])).toEqual([]);
  expect(complaints([judgePort(listen, 'EACCES', false)])).toEqual([expect.stringContaining('(EACCES)')]);
  const nowhere = await tryPort({ ...listen, host: '203.0.113.1', port: 0 });
  expect(complaints([judgePort(listen, nowhere, false)])).toEqual([expect.stringContaining('EADDRNOTAVAIL')]);
});

test('of the bus it complains about what does not answer', { timeout: 60_000 }, async () => {
  const url = await (await sharedPostgres()).createDatabase();
  const nobody = `redis://127.0.0.1:${await freePort()}`;
  expect(complaints(await examineBus(url, undefined))).toEqual([]);
  expect(complaints(await examineBus(url, nobody))).toEqual([
    expect.stringContaining('doubtful Redis does not answer'),
  ]);
  const gone = `postgres://127.0.0.1:${await freePort()}/none`;
  expect(complaints(await examineBus(gone, undefined))).toEqual([expect.stringContaining('broken no notification')]);
});

test('a sound house ends with 0, in words and in JSON', async () => {
  const env = { ...sound, DATA_DIR: freshFolder(), PORT: '0' };
  await using store = await openStore({ dataDir: env.DATA_DIR });
  await append(store, { type: 'UserChanged', user: userOf('ann') });
  const { code, out, told } = await parlance('doctor', env);
  expect({ code, told }).toEqual({ code: 0, told: '' });
  expect(out).toMatch(/^ok {2}store {5}the database is whole, and a server has it$/m);
  expect(out).toMatch(/\d+ well, \d+ doubtful, 0 broken$/);
  const json = await parlance('doctor --json', env);
  const { findings } = JSON.parse(json.out) as { findings: readonly Finding[] };
  expect(findings).toContainEqual({ about: 'settings', level: 'well', words: 'can all be read' });
});

test('what is broken ends with 1, and says what to do', async () => {
  const DATA_DIR = freshFolder();
  writeFileSync(join(DATA_DIR, 'parlance.sqlite'), 'no database at all, but long enough to be looked at as one');
  const damaged = await parlance('doctor', { ...sound, DATA_DIR, PORT: '0' });
  expect(damaged.code).toBe(1);
  expect(damaged.out).toMatch(/^!! {2}store {5}the database cannot be read: .*\n +Check DATABASE_URL/m);
  expect(damaged.told).toMatch(/1 broken/);
  const wrong = await parlance('doctor --json', { PORT: 'none' });
  expect(wrong).toMatchObject({ code: 1, told: expect.stringContaining('1 broken') });
  expect(JSON.parse(wrong.out).findings).toEqual([
    { about: 'settings', level: 'broken', words: expect.stringContaining('PORT'), todo: expect.any(String) },
  ]);
});

test('an import that was begun is found in both databases, and so is one that is well', {
  timeout: 60_000,
}, async () => {
  const postgres = await sharedPostgres();
  const made = await Promise.all([postgres.createDatabase(), postgres.createDatabase()]);
  const env = { ...sound, DATA_DIR: freshFolder(), PORT: '0' };
  for (const DATABASE_URL of ['sqlite:begun.sqlite', made[0]]) {
    const writer = await fillArchive({ dataDir: env.DATA_DIR, databaseUrl: DATABASE_URL });
    await writer.begin('some');
    await writer[Symbol.asyncDispose]();
    const { code, out } = await parlance('doctor', { ...env, DATABASE_URL });
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('unfinished import') });
  }
  const fresh = await parlance('doctor', { ...env, DATABASE_URL: made[1] });
  expect(fresh.out).toContain('a notification of PostgreSQL is heard');
  // The test's server does without syncs.
  expect(fresh.out).toContain('does not sync');
  const gone = await parlance('doctor', { ...env, DATABASE_URL: `postgres://127.0.0.1:${await freePort()}/none` });
  expect(gone).toMatchObject({ code: 1, out: expect.stringContaining('The database cannot be reached') });
});
