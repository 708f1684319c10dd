import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../app/ports.ts';
import { append, gather, item, marked, readAll, removed, said, say, tryAppend } from '../contract/scene.contract.ts';
import { openArchive } from '../open-archive.ts';
import { openForReading } from './connection.ts';
import { followerWriters } from './followers.ts';
import { conversationReaders } from './read-conversations.ts';
import { logReaders } from './read-log.ts';
import { messageReaders } from './read-messages.ts';
import { SqliteStore } from './store.ts';

const file = 'parlance.sqlite';
let folder = '';
let store: SqliteStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-behind-'));
  store = await SqliteStore.open({ path: join(folder, file) });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** The file as a kill would leave it when rows are behind; its folder. */
async function killedCopy(id: string): Promise<string> {
  const copy = join(folder, 'killed');
  await mkdir(copy);
  do {
    await say(store, id, 'bob', 'four', 'five');
    for (const part of [file, `${file}-wal`]) await copyFile(join(folder, part), join(copy, part));
    // On a machine that is so slow, the moment after which they are saved has passed.
  } while (lag(copy) === 0);
  return copy;
}

/** How many entries the rows are behind. */
function lag(dataDir: string): number {
  const db = new DatabaseSync(join(dataDir, file), { readOnly: true });
  try {
    return Number(db.prepare('SELECT position - followed AS lag FROM log_head').get()?.lag);
  } finally {
    db.close();
  }
}

/** All that a store tells of a conversation and two of its members. */
async function tell(of: Store, id: string) {
  const { value: conversation } = await of.loadConversation(id);
  const history = await of.readMessages({ conversationId: id, limit: 100, take: 'newest' });
  const lists = [await of.listConversations('ann', { limit: 9 }), await of.listConversations('bob', { limit: 9 })];
  const views = [await of.viewConversation(id, 'ann'), await of.viewConversation(id, 'bob')];
  const unread = [await of.countUnread('ann'), await of.countUnread('bob')];
  const topics = await readAll(of, 0, { conversationIds: [id], userIds: [] });
  return { conversation, history, lists, views, unread, topics };
}

/** Two conversations and a little of everything; what was said last is not followed by the rows for a moment. */
async function scene(): Promise<string> {
  const [id, other] = [await gather(store, 'ann', 'bob'), await gather(store, 'ann')];
  await say(store, id, 'ann', 'one', 'two');
  await append(store, marked(id, 'bob', { what: 'everything' }));
  await say(store, id, 'ann', 'three');
  await say(store, other, 'ann', 'elsewhere');
  return id;
}

describe('rows that are behind the log', () => {
  test('are no hindrance to a view of a conversation where they cannot be saved', async () => {
    const id = await scene();
    const copy = await killedCopy(id);
    expect(lag(copy)).toBeGreaterThan(0);
    const readers = conversationReaders(openForReading({ path: join(copy, file) }));
    for (const userId of ['ann', 'bob']) {
      const told = JSON.stringify(await store.viewConversation(id, userId));
      expect(JSON.parse(readers.viewConversation({ id, userId }))).toEqual(JSON.parse(told));
    }
    const told = JSON.stringify(await store.viewConversation(id, undefined));
    expect(JSON.parse(readers.viewConversation({ id }))).toEqual(JSON.parse(told));
  });

  test('catch up when the file is opened after a kill', async () => {
    const id = await scene();
    const copy = await killedCopy(id);
    const told = await tell(store, id);
    await using after = await SqliteStore.open({ path: join(copy, file) });
    expect(await tell(after, id)).toEqual(told);
    expect(told.history.value.messages.at(-1)).toMatchObject({ text: 'five', ordinal: told.conversation?.ordinal });
    expect(lag(copy)).toBe(0);
  });

  test('keep nobody from opening a file on a disk that is full, and catch up when there is space', async () => {
    const id = await scene();
    await append(store, ...Array.from({ length: 3_000 }, () => said(id, 'ann', 'x')));
    const copy = await killedCopy(id);
    const behind = lag(copy);
    const path = join(copy, file);
    const full = await SqliteStore.open({ path, maxPages: 1 });
    const history = await store.readMessages({ conversationId: id, limit: 9, take: 'newest' });
    expect(await full.readMessages({ conversationId: id, limit: 9, take: 'newest' })).toEqual(history);
    expect(await full.countUnread('bob')).toEqual({ messages: 0, conversations: 0 });
    await expect(say(full, id, 'ann', 'six')).rejects.toThrow(/disk is full/);
    await full[Symbol.asyncDispose]();
    expect(lag(copy)).toBe(behind);

    await using after = await SqliteStore.open({ path });
    expect(await tell(after, id)).toEqual(await tell(store, id));
    expect(await say(after, id, 'ann', 'six')).toEqual([(await store.head()).position + 1]);
  });

  test('stand beside leases that nobody can take back now, which then run out', async () => {
    await store.followers.takeLease('webhooks', 'gone', 9_000);
    const copy = await killedCopy(await scene());
    const db = new DatabaseSync(join(copy, file));
    db.exec('PRAGMA query_only = on');
    expect(() => followerWriters(db)).not.toThrow();
    db.exec('PRAGMA query_only = off');
    expect(followerWriters(db).takeLease({ name: 'webhooks', holder: 'next', forMs: 1 })).toBe('true');
    db.close();
  });

  test('are saved before lists and counts are read from them', async () => {
    const id = await scene();
    expect(await store.countUnread('bob')).toEqual({ messages: 1, conversations: 1 });
    expect(lag(folder)).toBe(0);
    await say(store, id, 'ann', 'six');
    expect(await store.viewConversation(id, 'bob')).toMatchObject({ unreadCount: 2, lastMessage: { text: 'six' } });
  });

  test('are saved together with anything else than a message', async () => {
    const id = await scene();
    await append(store, removed(id, 'bob'));
    expect(lag(folder)).toBe(0);
  });

  test('are saved when the store is closed', async () => {
    await scene();
    await store[Symbol.asyncDispose]();
    expect(lag(folder)).toBe(0);
  });

  test('are saved after thousands of messages, and after a moment', async () => {
    const id = await scene();
    await append(store, ...Array.from({ length: 10_000 }, () => said(id, 'ann', 'x')));
    expect(lag(folder)).toBe(0);
    await say(store, id, 'ann', 'last');
    await expect.poll(() => lag(folder)).toBe(0);
  });

  test('hide no message from who reads history, a conversation or topics before they are saved', async () => {
    const id = await scene();
    const copy = await killedCopy(id);
    const behind = lag(copy);
    const told = await tell(store, id);
    const positions = told.history.value.messages.map((message) => message.id);
    const db = openForReading({ path: join(copy, file) });
    const { readMessages, loadConversation, readEntries } = {
      ...messageReaders(db),
      ...conversationReaders(db),
      ...logReaders(db),
    };
    const read = (range: object) => {
      const { value } = JSON.parse(readMessages({ conversationId: id, limit: 100, take: 'newest', ...range }));
      return { ids: value.messages.map((message: { id: number }) => message.id), hasMore: value.hasMore };
    };
    for (const take of ['oldest', 'newest'] as const) {
      expect(read({ take })).toEqual({ ids: positions, hasMore: false });
      for (const limit of [1, 2, 3, 4, 5]) {
        const page = take === 'oldest' ? positions.slice(0, limit) : positions.slice(-limit);
        expect(read({ take, limit })).toEqual({ ids: page, hasMore: limit < positions.length });
      }
      for (const after of positions) {
        for (const before of positions) {
          const between = positions.filter((position) => position > after && position < before);
          expect(read({ take, after, before }).ids).toEqual(between);
        }
      }
    }
    expect(JSON.parse(loadConversation(id)).value).toEqual(told.conversation);
    // Few entries for many topics are looked at one by one, and many for few are searched: both ways.
    const many = { conversationIds: [id, 'a', 'b', 'c'], userIds: [] };
    for (const topics of [{ ...many, conversationIds: [id] }, many]) {
      const { entries, through } = JSON.parse(readEntries({ after: 0, limit: 100, topics }));
      expect(entries).toEqual(told.topics);
      expect(through).toBe((await store.head()).position);
    }
    expect(lag(copy)).toBe(behind);
    db.close();
  });

  test('are counted in an archive that is made of the file', async () => {
    const copy = await killedCopy(await scene());
    const behind = lag(copy);
    await store.countUnread('ann');
    const rows = async (dataDir: string) => {
      await using reader = await openArchive({ dataDir });
      const told: Record<string, unknown> = {};
      for (const table of reader.tables) {
        for (const selection of ['all', 'ofConversations', 'ofNone'] as const) {
          const isOfConversations = table.columns.includes('conversation_id') || table.name === 'conversations';
          if (selection === 'ofConversations' && !isOfConversations) continue;
          const pages: unknown[] = [];
          for await (const page of reader.rows(table, selection)) pages.push(page);
          told[`${table.name} ${selection}`] = pages;
        }
      }
      return told;
    };
    expect(await rows(copy)).toEqual(await rows(folder));
    expect(lag(copy)).toBe(behind);
  });

  test('outlive a batch that fails after they were changed', async () => {
    const id = await scene();
    const [outcome] = await store.append([item([said('nowhere', 'ann', 'lost')])]);
    expect(outcome).toHaveProperty('failed');
    expect(lag(folder)).toBe(0);
    expect(await say(store, id, 'ann', 'six')).toHaveLength(1);
    expect((await store.loadConversation(id)).value).toMatchObject({ ordinal: 4 });
    expect(await store.countUnread('bob')).toEqual({ messages: 2, conversations: 1 });
  });

  test('are found by a read mark in the same breath', async () => {
    const id = await scene();
    const outcomes = await store.append([
      item([said(id, 'bob', 'six')]),
      item([marked(id, 'ann', { what: 'everything' })]),
      item([said(id, 'bob', 'seven')]),
    ]);
    const [six, mark] = outcomes.map((outcome) => (outcome.ok ? outcome.entries[0] : undefined));
    expect(mark?.event).toMatchObject({ to: six?.position, messageIds: expect.arrayContaining([six?.position]) });
    expect(await store.countUnread('ann')).toEqual({ messages: 1, conversations: 1 });
  });

  test('are not what messages are forgotten by', async () => {
    const id = await scene();
    const { position } = await store.head();
    await store.retention.announce('messages', position);
    await say(store, id, 'bob', 'six');
    while (await store.retention.forgetSome('messages'));
    const { value } = await store.readMessages({ conversationId: id, limit: 9, take: 'newest' });
    expect(value.messages.map(({ text }) => text)).toEqual(['six']);
    expect(await store.countUnread('ann')).toEqual({ messages: 1, conversations: 1 });
    expect(await tryAppend(store, item([marked(id, 'ann', { what: 'everything' })]))).toMatchObject({ ok: true });
    expect(await store.countUnread('ann')).toEqual({ messages: 0, conversations: 0 });
  });
});
