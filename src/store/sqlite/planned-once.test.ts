import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, type DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AppendItem } from '../../app/ports.ts';
import { readItems, writeItems } from '../batch.ts';
import { added, created, item, marked, said } from '../contract/scene.contract.ts';
import { allReaders } from './all-readers.ts';
import { Applier } from './applier.ts';
import { openForReading, openForWriting } from './connection.ts';
import { migrate } from './migrate.ts';
import type { Readings } from './readings.ts';

let folder = '';
let writing: DatabaseSync;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-planned-'));
  const path = join(folder, 'parlance.sqlite');
  writing = openForWriting({ path });
  migrate(writing, path);
});
afterEach(async () => {
  writing.close();
  await rm(folder, { recursive: true });
});

/** Counts what SQLite asks about while it plans statements. Being asked has those that are prepared planned anew, once. */
function countPlanning(db: DatabaseSync): (work: () => void) => number {
  let count = 0;
  db.setAuthorizer(() => {
    count++;
    return constants.SQLITE_OK;
  });
  return (work) => {
    const before = count;
    work();
    return count - before;
  };
}

type Two<K extends keyof Readings> = readonly [first: Readings[K]['asks'], second: Readings[K]['asks']];
const [to, user] = ['a room', 'ann'];
const topics = { conversationIds: [to], userIds: [user] };
const member = { conversationId: to, userId: user };
const mine = { conversationId: to, senderId: user };

const questions: { readonly [K in keyof Readings]: Two<K> } = {
  head: [null, null],
  readEntries: [
    { after: 0, limit: 3, topics },
    { after: 1, limit: 4, topics },
  ],
  loadConversation: [to, 'b'],
  loadMember: [member, { ...member, userId: 'bob' }],
  listMembers: [
    { conversationId: to, limit: 3 },
    { conversationId: to, limit: 4, after: 2 },
  ],
  loadMemberships: [[user], ['bob']],
  listConversations: [
    { userId: user, limit: 3 },
    { userId: user, limit: 4, kind: 'group', before: { updatedAt: 1, id: to } },
  ],
  viewConversation: [
    { id: to, userId: user },
    { id: to, userId: 'bob' },
  ],
  countUnread: [user, 'bob'],
  listSupportChats: [
    { status: 'PENDING', limit: 3 },
    { status: 'ACTIVE', limit: 4, after: { since: 1, id: to } },
  ],
  findAcquaintances: [
    { userId: user, others: ['bob'] },
    { userId: 'bob', others: [user] },
  ],
  readMessages: [
    { conversationId: to, limit: 3, take: 'newest' },
    { conversationId: to, limit: 4, take: 'newest', after: 1, before: 9, withDeleted: true },
  ],
  loadMessage: [
    { conversationId: to, messageId: 4 },
    { conversationId: to, messageId: 5 },
  ],
  countQuotes: [
    { messageId: 4, limit: 3 },
    { messageId: 5, limit: 4 },
  ],
  findByClientMessageId: [
    { ...mine, clientMessageId: 'one' },
    { ...mine, clientMessageId: 'two' },
  ],
  loadUsers: [[user], ['bob']],
  findUsers: [
    { words: 'an', limit: 3 },
    { words: 'bo', limit: 4 },
  ],
  loadRevocations: [null, null],
  loadBans: [null, null],
  loadBlocks: [[user], ['bob']],
  loadLastSeen: [[user], ['bob']],
  countUnreadNotifications: [user, 'bob'],
  listNotifications: [
    { userId: user, limit: 3 },
    { userId: user, limit: 4, before: 7 },
  ],
  loadWebhooks: [null, null],
  listParked: [
    { webhookId: 'one', limit: 3 },
    { webhookId: 'two', limit: 4, after: 7 },
  ],
  listAudit: [{ limit: 3 }, { limit: 4, before: 7 }],
  loadNotification: [4, 5],
  loadSessions: [['one'], ['two']],
  loadFile: ['one', 'two'],
};

test('a question that was asked before is not planned anew, whatever it asks for', () => {
  const db = openForReading({ path: join(folder, 'parlance.sqlite') });
  const readers = allReaders(db);
  new Applier(writing).apply(readItems(writeItems([gathering(), item([said(to, user, 'hello')])])));
  const plannedIn = countPlanning(db);
  const again: Record<string, number> = {};
  function ask<K extends keyof Readings>(what: K): void {
    const [first, second] = questions[what];
    // The second may find its answer in another way.
    for (const asked of [first, second]) readers[what](asked);
    again[what] = plannedIn(() => readers[what](first));
  }
  for (const what of Object.keys(questions) as (keyof Readings)[]) ask(what);
  // The whole log, and not that of topics.
  readers.readEntries({ after: 0, limit: 3 });
  again['readEntries of all'] = plannedIn(() => readers.readEntries({ after: 1, limit: 4 }));
  db.close();
  expect(Object.entries(again).filter(([, count]) => count > 0)).toEqual([]);
});

/** Small tables, and people, who are found by a part of their name. */
const wholeTables = ['bans', 'log_head', 'revocations', 'users', 'w'];
/** The log and the audit as they are, and the newest entries, which are not listed by conversation yet. */
const byPosition = ['audit by position', 'entries by position'];
/** Of what a statement has gathered itself. */
const gathered = /VIRTUAL TABLE|\(subquery|^(p|page)$/;

test('a question is answered by an index, however much else there is', () => {
  const db = openForReading({ path: join(folder, 'parlance.sqlite') });
  const texts = new Set<string>();
  const prepare = db.prepare.bind(db);
  db.prepare = (text) => {
    texts.add(text);
    return prepare(text);
  };
  allReaders(db);
  const gone = [...texts].flatMap((text) =>
    prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all()
      .flatMap(({ detail }) => {
        const [, whole, ranged] = /^SCAN (.*)$|^SEARCH (\w+) .*\(rowid[<>]/.exec(String(detail)) ?? [];
        return whole ?? (ranged === undefined ? [] : `${ranged} by position`);
      }),
  );
  db.close();
  expect(new Set(gone.filter((name) => !gathered.test(name)))).toEqual(new Set([...wholeTables, ...byPosition]));
});

test('batches that are like one before are not planned anew', () => {
  const applier = new Applier(writing);
  const plannedIn = countPlanning(writing);
  const apply = (...items: readonly AppendItem[]) =>
    expect(applier.apply(readItems(writeItems(items)))).toHaveLength(1);
  const live = (day: string): void => {
    const expects = [{ is: 'member', ...member } as const];
    apply(item([said(to, user, day, { clientMessageId: day })], expects));
    apply(item([marked(to, user, { what: 'everything' })]));
    applier.saveRows();
  };
  apply(gathering());
  for (const day of ['one day', 'the next day']) live(day);
  expect(plannedIn(() => live('the day after'))).toBe(0);
});

function gathering(): AppendItem {
  return item([created(to), added(to, user)]);
}
