import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sharedPostgres } from '../../test/harness/postgres.ts';
import type { Store } from '../app/ports.ts';
import { isArchived } from '../store/archive.ts';
import {
  append,
  gather,
  item,
  marked,
  nextTimeMs,
  readAll,
  removed,
  said,
  say,
  tryAppend,
  userOf,
} from '../store/contract/scene.contract.ts';
import { openStore } from '../store/open.ts';
import { fillArchive, openArchive } from '../store/open-archive.ts';
import { ArchiveDamaged, readHeader } from './format.ts';
import { readArchive } from './read.ts';
import { writeArchive } from './write.ts';

/** PostgreSQL may have to start first. */
const timeout = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'parlance-archive-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Place = { readonly databaseUrl: string; readonly dataDir: string };
type Driver = 'SQLite' | 'PostgreSQL';
let databases = 0;
async function emptyDatabase(driver: Driver): Promise<Place> {
  const postgres = driver === 'PostgreSQL' ? await sharedPostgres() : undefined;
  return { databaseUrl: (await postgres?.createDatabase()) ?? `sqlite:${++databases}.sqlite`, dataDir: folder };
}

async function visit<T>(place: Place, work: (store: Store) => Promise<T>): Promise<T> {
  await using store = await openStore(place);
  return await work(store);
}

const oddIds = ['plain', '"quoted"', 'half \ud800', 'with \0 nul', '"half \ud800"', 'ünï'];

const audited = { action: 'ban', target: {}, address: '::1', requestId: 'r', status: 200 };

/** A database with something of everything in it; more conversations and messages than fit in a page. */
async function settle(place: Place): Promise<string> {
  return visit(place, async (store) => {
    const id = await gather(store, 'ann', 'bob', 'eve');
    for (const clientMessageId of oddIds) await append(store, said(id, 'ann', 'odd \0 \ud800', { clientMessageId }));
    for (let n = 0; n < 12; n++) await say(store, id, 'bob', ...Array.from({ length: 100 }, (_, at) => `${n} ${at}`));
    await append(store, marked(id, 'ann', { what: 'everything' }), removed(id, 'eve'));
    await say(store, id, 'bob', 'unread');
    await append(store, marked(id, 'eve', { what: 'everything' }));
    for (const other of ['ü', 'z', 'A', '𝒳', '1']) await say(store, await gather(store, 'ann', other), other, 'hello');
    await append(store, { type: 'UserRevoked', userId: 'eve', revokedAtSeconds: 9 });
    await append(store, { type: 'UserChanged', user: { ...userOf('ann'), name: 'Ann \ud83d' } });
    const notification = { userId: 'ann', title: 't', message: 'm', type: 'n', at: nextTimeMs() };
    await append(store, { type: 'NotificationCreated', notification });
    const joined = [{ conversationId: id, from: 3 }];
    await tryAppend(store, {
      ...item([]),
      session: { id: 's', userId: 'ann', namespace: '/', voices: ['kenz'], joined },
    });
    await store.followers.saveAudit({ ...audited, at: nextTimeMs() });
    await store.saveFile({ id: 'f', uploadedBy: null, name: 'n', type: 't', sizeBytes: 1, at: 1 });
    return id;
  });
}

const everything = (place: Place, id: string) =>
  visit(place, async (store) => ({
    head: await store.head(),
    entries: await readAll(store, 0),
    views: await Promise.all(['ann', 'bob', 'eve'].map((user) => store.viewConversation(id, user))),
    lists: await Promise.all(['ann', 'bob'].map((user) => store.listConversations(user, { limit: 100 }))),
    barred: await store.loadMember(id, 'eve'),
    memberships: [...(await store.loadMemberships(['ann', 'bob', 'ü', '𝒳'])).value],
    odd: await Promise.all(oddIds.map((odd) => store.findByClientMessageId(id, 'ann', odd))),
    users: await store.loadUsers(['ann', 'bob', 'eve', '𝒳']),
    revocations: await store.loadRevocations(),
    notifications: await store.listNotifications('ann', { limit: 5 }),
    sessions: await store.loadSessions(['s']),
    file: await store.loadFile('f'),
  }));

async function archiveOf(place: Place, id = 'this one'): Promise<string[]> {
  await using reader = await openArchive(place);
  return await collect(writeArchive(reader, { id }));
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}

async function* follow(lines: readonly string[], upTo = lines.length): AsyncGenerator<string> {
  yield* lines.slice(0, upTo);
}

async function fill(place: Place, lines: readonly string[], upTo?: number, newEpoch = false) {
  await using writer = await fillArchive(place);
  return await readArchive(follow(lines, upTo), writer, { newEpoch });
}

const drivers: readonly Driver[] = ['SQLite', 'PostgreSQL'];
const ways = drivers.flatMap((from) => drivers.map((to) => ({ from, to })));

test('both drivers carry the same tables and columns, all that the schema has', { timeout }, async () => {
  const [sqlite = [], postgres = []] = await Promise.all(
    drivers.map(async (driver) => {
      await using writer = await fillArchive(await emptyDatabase(driver));
      return writer.tables;
    }),
  );
  expect(postgres).toEqual(sqlite);
  const expected = [
    'conversations',
    'entries',
    'files',
    'members',
    'notifications',
    'revocations',
    'sessions',
    'users',
  ];
  expect(sqlite.map(({ name }) => name)).toEqual(expect.arrayContaining(expected));
  expect(['log_head', 'parlance_schema'].filter(isArchived)).toEqual([]);
});

test.each(ways)('$from to $to: the same ids, positions, cursors and sessions', { timeout }, async ({ from, to }) => {
  const [source, target] = [await emptyDatabase(from), await emptyDatabase(to)];
  const id = await settle(source);
  const lines = await archiveOf(source);
  const verdict = await fill(target, lines);
  expect(verdict).toMatchObject({ conversations: 6, differences: [], rowsBefore: 0 });
  const before = await everything(source, id);
  const after = await everything(target, id);
  expect(after).toEqual(before);
  expect(before.odd.map((message) => message?.clientMessageId)).toEqual(oddIds);
  expect(await archiveOf(target)).toEqual(lines);

  await visit(target, async (store) => {
    const { position } = before.head;
    const repeat = await tryAppend(store, item([said(id, 'ann', 'again', { clientMessageId: '"quoted"' })]));
    expect(repeat).toMatchObject({ ok: false, repeatOf: { clientMessageId: '"quoted"' } });
    const [next] = await append(store, said(id, 'bob', 'next'));
    await store.followers.saveAudit({ ...audited, at: nextTimeMs() });
    expect(next).toMatchObject({ position: position + 1, event: { message: { ordinal: 1208 } } });
  });
});

test.each(ways)('$from to $to: what was interrupted goes on where it was', { timeout }, async ({ from, to }) => {
  const [source, target] = [await emptyDatabase(from), await emptyDatabase(to)];
  const id = await settle(source);
  await visit(source, (store) => say(store, id, 'bob', ...Array.from({ length: 1_500 }, (_, n) => `${n}`)));
  const lines = await archiveOf(source);
  await expect(fill(target, lines, 2_500)).rejects.toThrow('ends before its end');
  await expect(visit(target, (store) => store.head())).rejects.toThrow('unfinished import');
  await expect(openArchive(target)).rejects.toThrow('unfinished import');
  const other = await archiveOf(source, 'another one');
  await expect(fill(target, other)).rejects.toThrow('another archive');
  const verdict = await fill(target, lines);
  expect(verdict).toMatchObject({ rowsBefore: 2_000, differences: [] });
  expect(await everything(target, id)).toEqual(await everything(source, id));
});

describe.each(drivers)('an archive for %s', (driver) => {
  const source: Place = { databaseUrl: `sqlite:for-${driver}.sqlite`, dataDir: folder };
  const prepared = settle(source).then(async (id) => ({ id, lines: await archiveOf(source) }));

  test('that was changed on its way is not taken for the truth', { timeout }, async () => {
    const { id, lines } = await prepared;
    const at = lines.findIndex((line) => line.includes('unread'));
    const changed = lines.with(at, (lines[at] ?? '').replace('unread', 'unsaid'));
    const missing = lines.toSpliced(at, 1);
    const target = await emptyDatabase(driver);
    const words = `the conversation "${id}"`;
    expect((await fill(target, changed)).differences).toEqual([`${words}: is not what the archive says`]);
    await expect(visit(target, (store) => store.head())).rejects.toThrow('unfinished import');
    expect((await fill(await emptyDatabase(driver), missing)).differences).toEqual([
      expect.stringMatching(`^${words}: has \\d+ rows instead of \\d+$`),
      expect.stringMatching(/^the archive had \d+ rows, and \d+ were read$/),
    ]);
  });

  test('fills an empty database only', { timeout }, async () => {
    const { lines } = await prepared;
    const target = await emptyDatabase(driver);
    await visit(target, (store) => append(store, { type: 'UserChanged', user: userOf('early') }));
    await expect(fill(target, lines)).rejects.toThrow('is not empty');
    expect(await visit(target, (store) => store.head())).toMatchObject({ position: 1 });
  });

  test('is refused while a server has the database', { timeout }, async () => {
    const { lines } = await prepared;
    const target = await emptyDatabase(driver);
    await using store = await openStore(target);
    await store.head();
    await expect(fill(target, lines)).rejects.toThrow(/Another process is using|Nodes of Parlance are connected/);
  });

  test('may begin a new history', { timeout }, async () => {
    const { lines } = await prepared;
    const { history } = readHeader(lines[0] ?? '');
    const target = await emptyDatabase(driver);
    await fill(target, lines, undefined, true);
    const head = await visit(target, (store) => store.head());
    expect(head.secret).toBe(history?.secret);
    expect(head.epoch).not.toBe(history?.epoch);
    expect(head.epoch).toMatch(/^\S{16,}$/);
  });

  test('without the secret begins a new history', { timeout }, async () => {
    await prepared;
    await using reader = await openArchive(source);
    const lines = await collect(writeArchive(reader, { id: 'open', withoutSecret: true }));
    expect(lines.join('\n')).not.toContain(reader.head.secret);
    const target = await emptyDatabase(driver);
    expect((await fill(target, lines)).differences).toEqual([]);
    const head = await visit(target, (store) => store.head());
    expect(head.secret).toMatch(/^\S{32,}$/);
    expect([head.secret, head.epoch]).not.toEqual([reader.head.secret, reader.head.epoch]);
  });

  test('of another version says what differs', { timeout }, async () => {
    const { lines } = await prepared;
    const [first = '', ...rest] = lines;
    const target = await emptyDatabase(driver);
    await expect(fill(target, [first.replace('"kind"', '"sort"'), ...rest])).rejects.toThrow(
      'differ in conversations.kind, conversations.sort',
    );
    expect((await fill(target, lines)).differences).toEqual([]);
  });

  test.each([
    ['nothing', (): string[] => []],
    ['another file', () => ['{"name":"parlance"}']],
    ['no JSON', () => ['hello']],
    ['half a row', (lines: readonly string[]) => lines.with(3, (lines[3] ?? '').slice(0, 20))],
    ['a row of no table', (lines: readonly string[]) => lines.with(3, '[99,[1]]')],
    ['a row with too little', (lines: readonly string[]) => lines.with(3, '[0,[1]]')],
    ['a strange end', (lines: readonly string[]) => lines.with(-1, '{"ende":1}')],
    ['no end', (lines: readonly string[]) => lines.slice(0, -1)],
  ])('is refused when it is %s', { timeout }, async (_, damage) => {
    const { lines } = await prepared;
    await expect(fill(await emptyDatabase(driver), damage(lines))).rejects.toThrow(ArchiveDamaged);
  });
});

test.each(drivers)('%s is read as of one moment, while it is written', { timeout }, async (driver) => {
  const source = await emptyDatabase(driver);
  const id = await settle(source);
  await using store = await openStore(source);
  const { position } = await store.head();
  await using reader = await openArchive(source);
  expect(reader.head.position).toBe(position);
  const lines: string[] = [];
  for await (const line of writeArchive(reader, { id: 'moment' })) {
    if (lines.length % 400 === 0) await say(store, id, 'bob', 'later');
    lines.push(line);
  }
  expect(lines.some((line) => line.includes('later'))).toBe(false);
  const target = await emptyDatabase('SQLite');
  expect((await fill(target, lines)).differences).toEqual([]);
  expect(await visit(target, (copy) => copy.head())).toMatchObject({ position });
});
