import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Store, StoreUnavailable } from '../../app/ports.ts';
import {
  append,
  type Database,
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
} from './scene.contract.ts';

export function describeReopening(makeDatabase: () => Promise<Database>): void {
  describe('a database that is closed and opened again', () => {
    let database: Database;
    beforeAll(async () => {
      database = await makeDatabase();
    });
    afterAll(() => database.remove());

    /** Works with a store of its own. */
    async function visit<T>(work: (store: Store) => Promise<T>): Promise<T> {
      const store = await database.open();
      try {
        return await work(store);
      } finally {
        await store[Symbol.asyncDispose]();
      }
    }

    test('is empty at first, and of its own epoch', async () => {
      const head = await visit((store) => store.head());
      expect(head.position).toBe(0);
      expect(head.epoch).toMatch(/^\S{16,}$/);
      expect(await visit((store) => store.head())).toEqual(head);
      const other = await makeDatabase();
      const stranger = await other.open();
      expect((await stranger.head()).epoch).not.toBe(head.epoch);
      await stranger[Symbol.asyncDispose]();
      await other.remove();
    });

    test('finds all that it had', async () => {
      const id = await visit(async (store) => {
        const made = await gather(store, 'ann', 'bob', 'eve');
        await append(store, said(made, 'ann', 'once', { clientMessageId: 'x' }));
        await say(store, made, 'bob', 'two', 'three');
        await append(store, marked(made, 'ann', { what: 'everything' }), removed(made, 'eve'));
        await append(store, { type: 'UserRevoked', userId: 'eve', revokedAtSeconds: 9 });
        const notification = { userId: 'ann', title: 't', message: 'm', type: 'n', at: nextTimeMs() };
        await append(store, { type: 'NotificationCreated', notification });
        const session = { id: 's', userId: 'ann', namespace: '/', voices: [], joined: [] };
        await tryAppend(store, { ...item([]), session });
        await store.saveFile({ id: 'f', uploadedBy: null, name: 'n', type: 't', sizeBytes: 1, at: 1 });
        return made;
      });
      const everything = (store: Store) =>
        Promise.all([
          store.head(),
          readAll(store, 0),
          store.viewConversation(id, 'ann'),
          store.viewConversation(id, 'bob'),
          store.loadMember(id, 'eve'),
          store.listMembers(id, { limit: 10 }),
          store.readMessages({ conversationId: id, limit: 10, take: 'newest' }),
          store.loadUsers(['ann', 'bob']),
          store.loadRevocations(),
          store.listNotifications('ann', { limit: 5 }),
          store.loadSessions(['s']),
          store.loadFile('f'),
        ]);
      const before = await visit(everything);
      expect(before[0].position).toBe(11);
      expect(before[1]).toHaveLength(11);
      expect(before[3]).toMatchObject({
        unreadCount: 1,
        conversation: { ordinal: 3, memberCount: 2, pair: ['ann', 'bob'] },
      });
      expect(await visit(everything)).toEqual(before);

      await visit(async (store) => {
        const repeat = await tryAppend(store, item([said(id, 'ann', 'again', { clientMessageId: 'x' })]));
        expect(repeat).toMatchObject({ ok: false, repeatOf: { text: 'once', ordinal: 1 }, head: 11 });
        const [next] = await append(store, said(id, 'bob', 'four'));
        expect(next).toMatchObject({ position: 12, event: { message: { id: 12, ordinal: 4 } } });
      });
    });

    test('has written what was under way when it was asked to close, and refuses what comes after', async () => {
      const store = await database.open();
      const user = userOf('late');
      const calls = Array.from({ length: 50 }, (_, n) =>
        store.append([item([{ type: 'UserChanged', user: { ...user, name: `${n}` } }])]),
      );
      const closing = store[Symbol.asyncDispose]();
      await expect(store.append([item([{ type: 'UserChanged', user }])])).rejects.toThrow(StoreUnavailable);
      await closing;
      expect((await Promise.all(calls)).flat().every((outcome) => outcome.ok)).toBe(true);
      const users = await visit((again) => again.loadUsers(['late']));
      expect(users.get('late')?.name).toBe('49');
    });

    test('may be closed twice', async () => {
      const store = await database.open();
      await Promise.all([store[Symbol.asyncDispose](), store[Symbol.asyncDispose]()]);
      await store[Symbol.asyncDispose]();
    });
  });
}
