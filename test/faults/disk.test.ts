import { execFileSync } from 'node:child_process';
import { appendFile, chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { mountSmallDisk } from '../harness/small-disk.ts';
import { quietMoment, until } from '../harness/until.ts';
import { Listener } from '../resume/listener.ts';
import { freePort, post, readAll, type ServerProcess, startProcess, tokenFor } from './process.ts';

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parlance-disk-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Processes take their time to start on a busy machine. */
const timeout = 90_000;
const room = 'den';
const wal = 'parlance.sqlite-wal';
const say = (server: ServerProcess, text: string) =>
  post(server, `/conversations/${room}/messages`, { senderId: '1', text });

async function stop(server: ServerProcess): Promise<void> {
  server.signal('SIGTERM');
  expect(await server.ended).toBe(0);
}

/** Starts a server with a room in which this many texts were said, one commit each; resolves with the answered ids. */
async function startSpoken(count: number, settings = {}): Promise<{ server: ServerProcess; ids: string[] }> {
  const server = await startProcess(dataDir, settings);
  await post(server, '/conversations', { id: room, kind: 'open', members: ['1', '2'] });
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(String((await say(server, `${n}`)).json.id));
  return { server, ids };
}

type Tear = { readonly what: string; readonly bytes: (sizeBytes: number) => number; readonly isOverwritten: boolean };
const tears: readonly Tear[] = [
  { what: 'nothing is torn', bytes: () => 0, isOverwritten: false },
  { what: 'the last byte is missing', bytes: () => 1, isOverwritten: false },
  { what: 'half a page is missing', bytes: () => 2_000, isOverwritten: false },
  { what: 'the last pages hold something else', bytes: () => 9_000, isOverwritten: true },
  { what: 'half of it is missing', bytes: (size) => Math.floor(size / 2), isOverwritten: false },
  { what: 'half of it holds something else', bytes: (size) => Math.floor(size / 2), isOverwritten: true },
];

test('a torn write-ahead log loses nothing that stands before the tear, and leaves no gap', { timeout }, async () => {
  const said = 60;
  const { server, ids } = await startSpoken(said);
  server.signal('SIGKILL');
  await server.ended;
  const { size } = await stat(join(dataDir, wal));
  const found: number[] = [];
  for (const { what, bytes, isOverwritten } of tears) {
    const torn = join(dataDir, what.replaceAll(' ', '-'));
    await mkdir(torn);
    for (const file of ['parlance.sqlite', wal]) await copyFile(join(dataDir, file), join(torn, file));
    await truncate(join(torn, wal), size - bytes(size));
    if (isOverwritten) await appendFile(join(torn, wal), new Uint8Array(bytes(size)).fill(7));
    await using store = await openStore({ dataDir: torn });
    const { value } = await store.readMessages({ conversationId: room, limit: 1_000, take: 'oldest' });
    expect(
      value.messages.map(({ id }) => String(id)),
      what,
    ).toEqual(ids.slice(0, value.messages.length));
    expect(value.messages.map(({ ordinal }) => ordinal)).toEqual(value.messages.map((_, index) => index + 1));
    // Nothing in the log stands without the rest of its commit.
    const { position } = await store.head();
    const { entries } = await store.readEntries({ after: 0, limit: 10_000 });
    expect(entries.at(-1)?.position).toBe(position);
    found.push(value.messages.length);
  }
  const [untorn, , , , half] = found;
  expect(untorn).toBe(said);
  expect(half).toBeGreaterThan(0);
  expect(half).toBeLessThan(said);
});

test('where a tear or a restored backup moved the head back, offsets beyond it begin anew', { timeout }, async () => {
  const settings = { PORT: String(await freePort()) };
  const { server } = await startSpoken(5, settings);
  await stop(server);
  const backup = join(dataDir, 'parlance.sqlite');
  const kept = await readFile(backup);
  const running = await startProcess(dataDir, settings);
  using listener = new Listener(`${running.address}/chat`, tokenFor({ sub: '2' }));
  await listener.connected();
  await listener.ask('joinRoom', room);
  for (let n = 0; n < 20; n++) await say(running, `lost ${n}`);
  await listener.hears('newMessage', 20);
  await stop(running);
  await writeFile(backup, kept);
  const restored = await startProcess(dataDir, settings);
  await listener.connected(2);
  expect(listener.socket.recovered).toBe(false);
  await listener.ask('joinRoom', room);
  expect((await say(restored, 'of another history')).status).toBe(201);
  await listener.hears('newMessage', 21);
  await quietMoment();
  expect(listener.fields('newMessage', 'content').slice(20)).toEqual(['of another history']);
  await stop(restored);
});

test('a full disk is refused honestly, keeps nothing half, and is written to again when there is space', {
  timeout,
}, async () => {
  const { server } = await startSpoken(3);
  using listener = new Listener(`${server.address}/chat`, tokenFor({ sub: '2' }));
  await listener.connected();
  await listener.ask('joinRoom', room);
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:`]);
  const { size } = await stat(join(dataDir, wal));
  limit(size + 300_000);
  const statuses: number[] = [];
  for (let n = 0; n < 30; n++) statuses.push((await say(server, `${'.'.repeat(2_000)}${n}`)).status);
  const refused = await say(server, 'refused');
  expect(refused.status).toBe(503);
  expect(refused.json).toMatchObject({ error: { code: 'UNAVAILABLE' } });
  expect((refused.json.error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
  const onSocket = await listener.ask('sendMessage', { roomId: room, content: 'refused' });
  expect(onSocket).toMatchObject({ event: 'error', data: { code: 'UNAVAILABLE', retryAfterMs: expect.any(Number) } });
  // Reading goes on.
  expect((await readAll(server, room)).length).toBe(3 + statuses.filter((status) => status === 201).length);
  limit('unlimited');
  expect((await say(server, 'space again')).status).toBe(201);
  const history = await readAll(server, room);
  await until(
    () => listener.heard('newMessage').length === history.length - 3,
    () => `${listener.heard('newMessage').length} of ${history.length - 3}`,
  );
  await quietMoment();
  expect(listener.fields('newMessage', 'id')).toEqual(history.slice(3).map(({ id }) => id));
  expect(statuses).toContain(201);
  expect(statuses.every((status) => status === 201 || status === 503)).toBe(true);
  await stop(server);
});

test('stopping on a full disk ends in words, and loses nothing', { timeout }, async ({ skip }) => {
  using disk = mountSmallDisk(3_000);
  if (disk === undefined) return skip('no file system can be mounted here');
  await rm(dataDir, { recursive: true });
  dataDir = join(disk.path, 'data');
  const { server, ids } = await startSpoken(3);
  const filling = join(disk.path, 'filling');
  await expect(writeFile(filling, new Uint8Array(3_000_000))).rejects.toThrow('ENOSPC');
  let status = 201;
  for (let n = 0; n < 100 && status === 201; n++) ({ status } = await say(server, 'refused '.repeat(1_000)));
  expect(status).toBe(503);
  server.signal('SIGTERM');
  await server.ended;
  expect(server.output()).toContain('Stopped, and not all could be closed in order: database or disk is full.');
  await rm(filling);
  const again = await startProcess(dataDir);
  expect((await readAll(again, room)).slice(0, 3).map(({ id }) => id)).toEqual(ids);
  await stop(again);
});

test('a folder that cannot be written is said so at the start', { timeout }, async () => {
  // Root may write wherever it likes, but not into a file as if it were a folder, and not where nothing can be written.
  const file = join(dataDir, 'file');
  await writeFile(file, '');
  await expect(startProcess(join(file, 'data'))).rejects.toThrow(/DATA_DIR/);
  if (process.getuid?.() === 0) {
    await expect(startProcess('/sys/parlance')).rejects.toThrow(/DATA_DIR/);
    return;
  }
  await chmod(dataDir, 0o500);
  await expect(startProcess(dataDir)).rejects.toThrow(/DATA_DIR/);
});

test('a file that is no database, and one of a newer build, are said so at the start', { timeout }, async () => {
  await writeFile(join(dataDir, 'parlance.sqlite'), 'not a database, by far'.repeat(500));
  await expect(startProcess(dataDir)).rejects.toThrow(/parlance\.sqlite/);
  await rm(join(dataDir, 'parlance.sqlite'));
  await stop(await startProcess(dataDir));
  const database = new DatabaseSync(join(dataDir, 'parlance.sqlite'));
  database.exec('PRAGMA user_version = 999');
  database.close();
  await expect(startProcess(dataDir)).rejects.toThrow(/version 999.*newer build|backup/);
});

test('a second server over the same folder is kept out in plain words', { timeout }, async () => {
  const first = await startProcess(dataDir);
  await expect(startProcess(dataDir)).rejects.toThrow(/Another process is using/);
  await stop(first);
});
