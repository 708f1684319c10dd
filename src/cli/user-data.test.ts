import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshFolder, parlance } from '../../test/harness/command-line.ts';
import { sharedPostgres } from '../../test/harness/postgres.ts';
import type { Store } from '../app/ports.ts';
import { openDiskBlobs } from '../blobs/disk.ts';
import {
  append,
  gather,
  item,
  marked,
  nextTimeMs,
  readAll,
  said,
  tryAppend,
} from '../store/contract/scene.contract.ts';
import { openStore } from '../store/open.ts';

/** PostgreSQL may have to start first. */
const timeout = 60_000;
const drivers = ['SQLite', 'PostgreSQL'];
const fileId = 'ab-an-unguessable-id';

/** Everything of the user `ann` holds the word `private`, or her name; nothing else does. */
async function settle(store: Store, dataDir: string): Promise<string> {
  const ann = { id: 'ann', email: 'private@example.org', role: 'USER', name: 'Ann Private' };
  const id = await gather(store, 'bob', 'eve');
  await append(store, { type: 'MemberAdded', conversationId: id, kind: 'group', user: ann, role: 'member' });
  await append(store, { type: 'MemberJoined', conversationId: id, user: ann, actorId: 'ann' });
  await append(store, { type: 'UserChanged', user: ann });
  const metadata = { mood: 'private \0 \ud800' };
  const [hers] = await append(store, said(id, 'ann', 'private 1', { sender: ann, metadata, clientMessageId: 'x' }));
  const messageId = hers?.position ?? 0;
  const quoted = { id: messageId, conversationId: id, ordinal: 1, sender: ann, text: 'private 1', at: 1 };
  await append(store, said(id, 'bob', 'public 1', { replyToId: messageId, replyTo: quoted }));
  await append(store, said(id, 'ann', 'private 2', { sender: ann }));
  await append(store, said(id, 'bob', 'public 2', { metadata: { about: 'ann' } }));
  const reacted = { conversationId: id, messageId: messageId + 1, user: ann, emoji: '!', actorId: 'ann' };
  await append(store, { type: 'MessageReacted', ...reacted });
  await append(store, marked(id, 'ann', { what: 'everything' }));
  for (const userId of ['ann', 'bob']) {
    const notification = { userId, title: userId === 'ann' ? 'private' : 'public', message: 'm', type: 'n', at: 1 };
    await append(store, { type: 'NotificationCreated', notification });
  }
  await append(store, { type: 'BlockChanged', userId: 'ann', blockedId: 'bob', isBlocked: true, actorId: 'ann' });
  await append(store, { type: 'BlockChanged', userId: 'eve', blockedId: 'ann', isBlocked: true, actorId: 'eve' });
  for (const userId of ['ann', 'bob']) {
    await tryAppend(store, {
      ...item([]),
      session: { id: `of-${userId}`, userId, namespace: '/', voices: [], joined: [] },
    });
  }
  await store.saveLastSeen(new Map([['ann', nextTimeMs()]]));
  const blobs = await openDiskBlobs(join(dataDir, 'files'));
  await blobs.write(fileId, new Blob(['content']).stream(), 100);
  const file = { name: 'private.txt', type: 't', sizeBytes: 7, at: 1 };
  await store.saveFile({ ...file, id: fileId, uploadedBy: 'ann' });
  await store.saveFile({ ...file, id: `${fileId}-of-bob`, name: 'public.txt', uploadedBy: 'bob' });
  return id;
}

async function settledPlace(driver: string) {
  const postgres = driver === 'PostgreSQL' ? await sharedPostgres() : undefined;
  const DATABASE_URL = (await postgres?.createDatabase()) ?? 'sqlite:parlance.sqlite';
  const env = { DATA_DIR: freshFolder(), DATABASE_URL };
  const open = () => openStore({ dataDir: env.DATA_DIR, databaseUrl: DATABASE_URL });
  await using store = await open();
  return { env, open, id: await settle(store, env.DATA_DIR) };
}

test.each(drivers)(
  "a user's data in %s is all that is theirs, and nothing that is others'",
  { timeout },
  async (driver) => {
    const { env } = await settledPlace(driver);
    const { code, streamed: out } = await parlance('user-data --user ann', env);
    expect(code).toBe(0);
    const [head, ...records] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(head).toMatchObject({ userData: 'ann' });
    const tables = new Set(records.map(({ table }) => table));
    for (const table of ['entries', 'members', 'users', 'notifications', 'sessions', 'files', 'blocks', 'last_seen']) {
      expect(tables, table).toContain(table);
    }
    for (const words of ['private 1', 'private 2', 'private@example.org', 'private.txt']) expect(out).toContain(words);
    const messages = records.filter((record) => record.is_message === 1);
    expect(messages.map(({ sender_id: sender }) => sender)).toEqual(['ann', 'ann']);
    for (const words of ['public', 'of-bob']) expect(out).not.toContain(words);
    // Whom somebody blocks is theirs alone to know.
    const blockers = records.filter(({ table }) => table === 'blocks').map(({ user_id: blocker }) => blocker);
    expect(blockers).toEqual(['ann']);
    expect(out).not.toContain('"eve"');
  },
);

test.each(drivers)(
  'nothing of an erased user is left in %s, and nothing of others is lost',
  { timeout },
  async (driver) => {
    const { env, open, id } = await settledPlace(driver);
    const refused = await parlance('erase-user --user ann', env);
    expect(refused).toMatchObject({ code: 2, told: expect.stringContaining('--yes') });
    expect((await parlance('export', env)).streamed).toMatch(/private/i);
    const before = await open();
    const positions = (await readAll(before, 0)).map(({ position }) => position);
    await before[Symbol.asyncDispose]();

    const { code, told } = await parlance('erase-user --user ann --yes', env);
    expect({ code, told }).toEqual({ code: 0, told: expect.stringContaining('2 messages and 1 files') });
    const { streamed } = await parlance('export', env);
    expect(streamed).not.toMatch(/private/i);
    expect(existsSync(join(env.DATA_DIR, 'files', 'ab', fileId))).toBe(false);
    for (const words of ['public 1', 'public 2', 'public.txt', 'of-bob']) expect(streamed).toContain(words);

    const store = await open();
    const { messages } = (await store.readMessages({ conversationId: id, limit: 9, take: 'oldest' })).value;
    expect(messages.map(({ text }) => text)).toEqual(['public 1', 'public 2']);
    expect(messages[0]).not.toHaveProperty('replyTo');
    expect((await store.loadUsers(['ann'])).get('ann')).toEqual({
      id: 'ann',
      email: '',
      role: 'USER',
      name: 'Deleted user',
    });
    expect([...(await store.loadRevocations()).keys()]).toEqual(['ann']);
    expect(await store.loadMember(id, 'ann')).toMatchObject({ value: { userId: 'ann' } });
    expect((await store.loadSessions(['of-ann', 'of-bob'])).size).toBe(1);
    expect(await store.countUnreadNotifications('ann')).toBe(0);
    expect(await store.countUnreadNotifications('bob')).toBe(1);
    expect([...(await store.loadBlocks(['ann', 'eve'])).values()].flat()).toMatchObject([{ userId: 'ann' }]);
    const repeat = await tryAppend(store, item([said(id, 'ann', 'again', { clientMessageId: 'x' })]));
    expect(repeat).toMatchObject({ ok: false, repeatOf: { text: '' } });
    // Her own entries have left holes; those of the conversation keep their places.
    const after = (await readAll(store, 0)).map(({ position }) => position);
    expect(
      after.filter((position) => position <= (positions.at(-1) ?? 0)).every((one) => positions.includes(one)),
    ).toBe(true);
    await store[Symbol.asyncDispose]();

    const again = await parlance('erase-user --user ann --yes', env);
    expect(again).toMatchObject({ code: 0, told: expect.stringContaining('0 messages and 0 files') });
  },
);

test.each(drivers)(
  'nobody is erased who is not there, and no log is made for it in %s',
  { timeout },
  async (driver) => {
    const postgres = driver === 'PostgreSQL' ? await sharedPostgres() : undefined;
    const DATABASE_URL = (await postgres?.createDatabase()) ?? 'sqlite:parlance.sqlite';
    const env = { DATA_DIR: freshFolder(), DATABASE_URL };
    const erase = () => parlance('erase-user --user anna --yes', env);
    expect(await erase()).toMatchObject({ code: 1, told: expect.stringMatching(/There is no (database|log)/) });
    expect(await parlance('export', env)).toMatchObject({ code: 1, told: expect.stringMatching(/no (database|log)/) });
    {
      await using store = await openStore({ dataDir: env.DATA_DIR, databaseUrl: DATABASE_URL });
      await gather(store, 'ann');
    }
    expect(await erase()).toMatchObject({ code: 1, told: expect.stringContaining('There is no user "anna"') });
    await using store = await openStore({ dataDir: env.DATA_DIR, databaseUrl: DATABASE_URL });
    expect((await store.loadRevocations()).size).toBe(0);
  },
);

test.each([
  ['user-data', 'Whose data?'],
  ['erase-user --yes', 'Whom?'],
])('"parlance %s" asks who', async (line, words) => {
  expect(await parlance(line)).toMatchObject({ code: 2, told: expect.stringContaining(words) });
});
