import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { freshFolder, parlance } from '../../test/harness/command-line.ts';
import { sharedPostgres } from '../../test/harness/postgres.ts';
import { mountSmallDisk } from '../../test/harness/small-disk.ts';
import { append, gather, readAll, say } from '../store/contract/scene.contract.ts';
import { openStore } from '../store/open.ts';

/** Export, import and migrate as they are typed. */

/** PostgreSQL may have to start first. */
const timeout = 60_000;

async function settledFolder(): Promise<string> {
  const dataDir = freshFolder();
  await using store = await openStore({ dataDir });
  const id = await gather(store, 'ann', 'bob');
  await say(store, id, 'ann', 'one', 'two', 'three');
  await append(store, { type: 'UserRevoked', userId: 'bob', revokedAtSeconds: 1 });
  return dataDir;
}

async function logOf(place: { readonly dataDir: string; readonly databaseUrl?: string }) {
  await using store = await openStore(place);
  return { head: await store.head(), entries: await readAll(store, 0) };
}

test('what is exported to a file is imported from it, and verified', async () => {
  const [DATA_DIR, other] = [await settledFolder(), freshFolder()];
  const file = join(other, 'all.ndjson');
  const exported = await parlance(`export --to ${file}`, { DATA_DIR });
  expect(exported).toMatchObject({ code: 0, out: '', told: expect.stringContaining('up to position 7') });
  expect(exported.told).toContain('secret');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const imported = await parlance(`import --from ${file}`, { DATA_DIR: other });
  expect(imported).toMatchObject({
    code: 0,
    told: expect.stringMatching(/^Verified: \d+ rows; .* all 1 conversations/),
  });
  expect(await logOf({ dataDir: other })).toEqual(await logOf({ dataDir: DATA_DIR }));
});

test('an archive goes through a pipe as well', async () => {
  const [DATA_DIR, other] = [await settledFolder(), freshFolder()];
  const { streamed } = await parlance('export', { DATA_DIR });
  expect(await parlance('import', { DATA_DIR: other }, streamed)).toMatchObject({ code: 0 });
  expect(await logOf({ dataDir: other })).toEqual(await logOf({ dataDir: DATA_DIR }));
});

test('an archive that somebody packed by gzip is imported from a file and through a pipe', async () => {
  const [DATA_DIR, other, third] = [await settledFolder(), freshFolder(), freshFolder()];
  const packed = gzipSync((await parlance('export', { DATA_DIR })).streamed);
  const file = join(other, 'all.ndjson.gz');
  writeFileSync(file, packed);
  expect(await parlance(`import --from ${file}`, { DATA_DIR: other })).toMatchObject({ code: 0 });
  expect(await parlance('import', { DATA_DIR: third }, packed)).toMatchObject({ code: 0 });
  const log = await logOf({ dataDir: DATA_DIR });
  expect([await logOf({ dataDir: other }), await logOf({ dataDir: third })]).toEqual([log, log]);
});

test.each([
  [
    'ends before its end',
    /The archive (ends before its end|is damaged in line)/,
    (packed: Buffer) => packed.subarray(0, -30),
  ],
  ['is damaged', /The gzip around the archive is damaged/, (packed: Buffer) => packed.fill(0, 20, 40)],
  ['holds something else', /This is no archive of Parlance/, () => gzipSync('hello\n')],
  ['is packed in another way', /This is no archive of Parlance/, (packed: Buffer) => brotliCompressSync(packed)],
])('an archive in gzip that %s is refused in words', async (_, words, spoil) => {
  const { streamed } = await parlance('export', { DATA_DIR: await settledFolder() });
  const { code, told } = await parlance('import', { DATA_DIR: freshFolder() }, spoil(gzipSync(streamed)));
  expect({ code, told }).toEqual({ code: 1, told: expect.stringMatching(words) });
});

test('an export never writes over a file, and leaves none behind when it fails', async () => {
  const [DATA_DIR, other] = [await settledFolder(), freshFolder()];
  const file = join(other, 'all.ndjson');
  writeFileSync(file, 'precious');
  expect(await parlance(`export --to ${file}`, { DATA_DIR })).toMatchObject({
    code: 1,
    told: expect.stringContaining('already'),
  });
  expect(readFileSync(file, 'utf8')).toBe('precious');
  mkdirSync(join(other, 'folder.unfinished'));
  expect((await parlance(`export --to ${join(other, 'folder')}`, { DATA_DIR })).code).toBe(1);
  expect(readdirSync(other)).not.toContain('folder');
});

test('wrong paths and addresses are refused in words, and make nothing', async () => {
  const [DATA_DIR, other] = [await settledFolder(), freshFolder()];
  const told = async (line: string) => {
    const { code, told: words } = await parlance(line, { DATA_DIR });
    return { code, words };
  };
  expect(await told(`export --to ${join(other, 'none/all.ndjson')}`)).toMatchObject({
    code: 1,
    words: expect.stringContaining('There is no folder for'),
  });
  expect(await told(`export --to ${join(DATA_DIR, 'parlance.sqlite', 'all.ndjson')}`)).toMatchObject({
    code: 1,
    words: expect.stringContaining('There is no folder for'),
  });
  const unread = { DATA_DIR: join(other, 'new') };
  const missing = await parlance(`import --from ${join(other, 'none.ndjson')}`, unread);
  expect(missing).toMatchObject({ code: 1, told: expect.stringContaining('There is no file') });
  const folder = await parlance(`import --from ${other}`, unread);
  expect(folder).toMatchObject({ code: 1, told: expect.stringContaining('is a folder') });
  expect(readdirSync(other)).toEqual([]);
  for (const line of [
    '--from parlance.sqlite --to sqlite:new.sqlite',
    '--from sqlite:parlance.sqlite --to new.sqlite',
  ]) {
    expect(await told(`migrate ${line}`)).toMatchObject({
      code: 2,
      words: expect.stringContaining('names no database'),
    });
  }
});

test('an import that finds differences says which, ends with 1, and no server opens its database', async () => {
  const [DATA_DIR, other] = [await settledFolder(), freshFolder()];
  const { streamed } = await parlance('export', { DATA_DIR });
  const { code, told } = await parlance('import', { DATA_DIR: other }, streamed.replace('three', 'drei'));
  expect(code).toBe(1);
  expect(told).toMatch(/the conversation "conversation-\d+": is not what the archive says/);
  expect((await parlance('export', { DATA_DIR: other })).told).toContain('unfinished import');
});

test('an import that was interrupted goes on when it is typed again', async () => {
  const [DATA_DIR, other] = [await settledFolder(), freshFolder()];
  const { streamed } = await parlance('export', { DATA_DIR });
  const half = await parlance('import', { DATA_DIR: other }, streamed.slice(0, -60));
  expect(half).toMatchObject({ code: 1, told: expect.stringContaining('archive') });
  const { code, told } = await parlance('import', { DATA_DIR: other }, streamed);
  expect({ code, told }).toMatchObject({ code: 0, told: expect.stringContaining('by an import before this one') });
});

test('a log moves to PostgreSQL and back with all that it was', { timeout }, async () => {
  const [DATA_DIR, url] = [await settledFolder(), await (await sharedPostgres()).createDatabase()];
  const before = await logOf({ dataDir: DATA_DIR });
  const there = await parlance(`migrate --from sqlite:parlance.sqlite --to ${url}`, { DATA_DIR });
  expect(there).toMatchObject({ code: 0, told: expect.stringContaining('Verified') });
  expect(await logOf({ dataDir: DATA_DIR, databaseUrl: url })).toEqual(before);
  const back = await parlance(`migrate --from ${url} --to sqlite:back.sqlite`, { DATA_DIR });
  expect(back).toMatchObject({ code: 0 });
  expect(await logOf({ dataDir: DATA_DIR, databaseUrl: 'sqlite:back.sqlite' })).toEqual(before);
});

test('nothing is moved away from under a server', { timeout }, async () => {
  const [DATA_DIR, url] = [await settledFolder(), await (await sharedPostgres()).createDatabase()];
  for (const databaseUrl of ['sqlite:parlance.sqlite', url]) {
    await using store = await openStore({ dataDir: DATA_DIR, databaseUrl });
    await store.head();
    const { code, told } = await parlance(`migrate --from ${databaseUrl} --to sqlite:new.sqlite`, { DATA_DIR });
    expect({ code, told }).toEqual({ code: 1, told: expect.stringMatching(/Stop (it first|them all)/) });
  }
});

test('a log is not moved onto itself', async () => {
  const DATA_DIR = await settledFolder();
  for (const to of ['sqlite:parlance.sqlite', `sqlite:${join(DATA_DIR, 'parlance.sqlite')}`]) {
    expect(await parlance(`migrate --from sqlite:parlance.sqlite --to ${to}`, { DATA_DIR })).toMatchObject({
      code: 2,
      told: expect.stringContaining('name the same database'),
    });
  }
});

test.each(['export', 'migrate --from sqlite:none.sqlite --to sqlite:new.sqlite'])(
  '"parlance %s" without a database says so and makes none',
  async (line) => {
    const DATA_DIR = freshFolder();
    expect((await parlance(line, { DATA_DIR })).told).toContain('There is no database');
    expect(readdirSync(DATA_DIR)).toEqual([]);
  },
);

test('an export, an import or a move to a full disk says so, and may be tried again', async ({ skip }) => {
  using disk = mountSmallDisk(1_000);
  if (disk === undefined) return skip('no file system can be mounted here');
  const [DATA_DIR, other] = [await settledFolder(), freshFolder()];
  {
    await using store = await openStore({ dataDir: DATA_DIR });
    await say(store, await gather(store, 'ann', 'bob'), 'ann', 'long '.repeat(400_000));
  }
  const file = join(other, 'all.ndjson');
  await parlance(`export --to ${file}`, { DATA_DIR });
  const full = { code: 1, told: expect.stringContaining('There is no space for the new database.') };
  expect(await parlance(`import --from ${file}`, { DATA_DIR: join(disk.path, 'data') })).toMatchObject(full);
  rmSync(join(disk.path, 'data'), { recursive: true });
  const to = `sqlite:${join(disk.path, 'moved.sqlite')}`;
  expect(await parlance(`migrate --from sqlite:parlance.sqlite --to ${to}`, { DATA_DIR })).toMatchObject(full);
  for (const name of readdirSync(disk.path)) rmSync(join(disk.path, name));
  const exported = join(disk.path, 'all.ndjson');
  expect(await parlance(`export --to ${exported}`, { DATA_DIR })).toMatchObject({
    code: 1,
    told: expect.stringContaining(`There is no space for the copy ${exported}.`),
  });
  expect(readdirSync(disk.path).filter((name) => name.includes('ndjson'))).toEqual([]);
});
