import { describe, expect, test } from 'vitest';
import type { Store } from '../../app/ports.ts';
import { forgettableKinds } from '../../core/retention.ts';
import {
  append,
  type Database,
  expectEvent,
  freshId,
  gather,
  item,
  marked,
  nextTimeMs,
  readAll,
  said,
  say,
  tryAppend,
} from './scene.contract.ts';

/** Deletes all that was announced. */
async function forgetAll(store: Store): Promise<void> {
  for (const kind of forgettableKinds) while (await store.retention.forgetSome(kind));
}

export function describeRetention(makeDatabase: () => Promise<Database>): void {
  /** A store of its own: what is forgotten is forgotten for all tests. */
  async function visit(work: (store: Store) => Promise<void>): Promise<void> {
    const database = await makeDatabase();
    const store = await database.open();
    try {
      await work(store);
    } finally {
      await store[Symbol.asyncDispose]();
      await database.remove();
    }
  }

  describe('what is forgotten for its age', () => {
    test('is what was announced, and no more', () =>
      visit(async (store) => {
        const id = await gather(store, 'ann', 'bob');
        const [, second = 0, third = 0] = await say(store, id, 'ann', 'one', 'two', 'three');
        await forgetAll(store);
        expect((await readAll(store, 0)).map(({ position }) => position)).toHaveLength(6);
        expect(await store.retention.loadHorizons()).toEqual({ messages: 0, notifications: 0 });
        await store.retention.announce('messages', second);
        // An earlier announcement takes nothing back.
        await store.retention.announce('messages', 1);
        expect(await store.retention.loadHorizons()).toEqual({ messages: second, notifications: 0 });
        expect(await store.loadMessage(id, second)).toMatchObject({ text: 'two' });
        await forgetAll(store);
        expect(await store.loadMessage(id, second)).toBeUndefined();
        const left = await readAll(store, 0);
        expect(left.map(({ event }) => event.type)).toEqual([
          'ConversationCreated',
          'MemberAdded',
          'MemberAdded',
          'MessageSent',
        ]);
        const page = await store.readMessages({ conversationId: id, limit: 10, take: 'newest' });
        expect(page.value).toMatchObject({ hasMore: false, messages: [{ id: third, ordinal: 3 }] });
        expect((await store.readEntries({ after: 3, upTo: second, limit: 10 })).through).toBe(second);
      }));

    test('leaves positions, ordinals and the log as they are', () =>
      visit(async (store) => {
        const id = await gather(store, 'ann', 'bob');
        const [, second = 0] = await say(store, id, 'ann', 'one', 'two');
        await store.retention.announce('messages', second);
        await forgetAll(store);
        expect((await store.head()).position).toBe(second);
        expect(await store.viewConversation(id, 'bob')).toMatchObject({
          conversation: { ordinal: 2, lastMessageId: second, memberCount: 2 },
          unreadCount: 0,
        });
        const [next] = await append(store, said(id, 'bob', 'three'));
        expect(next).toMatchObject({ position: second + 1, event: { message: { ordinal: 3 } } });
        expect((await store.viewConversation(id, 'ann'))?.unreadCount).toBe(1);
      }));

    test('goes with all that was done to the messages', () =>
      visit(async (store) => {
        const id = await gather(store, 'ann', 'bob');
        const [first = 0, second = 0] = await say(store, id, 'ann', 'one', 'two');
        const user = { id: 'bob', email: '', role: 'USER', name: 'Bob' };
        const reacted = { conversationId: id, messageId: second, user, emoji: '!', actorId: 'bob' };
        await append(store, { type: 'MessageReacted', ...reacted });
        await append(store, { type: 'MessageDeleted', conversationId: id, messageId: first, senderId: 'ann' });
        const { position } = await store.head();
        await store.retention.announce('messages', position);
        await forgetAll(store);
        expect((await readAll(store, 3)).map(({ event }) => event.type)).toEqual([]);
        expect((await store.viewConversation(id, 'bob'))?.unreadCount).toBe(0);
      }));

    test('is unread for nobody, whatever they had read and said', () =>
      visit(async (store) => {
        const id = await gather(store, 'ann', 'bob', 'eve', 'late');
        const unreadOf = async (userId: string) => (await store.viewConversation(id, userId))?.unreadCount;
        await say(store, id, 'ann', 'a1', 'a2');
        const [b1 = 0] = await say(store, id, 'bob', 'b1');
        await append(store, marked(id, 'eve', { what: 'upTo', messageId: b1 }));
        await say(store, id, 'eve', 'e1');
        const [a3 = 0] = await say(store, id, 'ann', 'a3');
        await say(store, id, 'bob', 'b2', 'b3');
        await say(store, id, 'ann', 'a4');
        expect(await Promise.all(['ann', 'bob', 'eve', 'late'].map(unreadOf))).toEqual([4, 5, 4, 8]);
        await store.retention.announce('messages', a3);
        await forgetAll(store);
        // Left are b2, b3 and a4.
        expect(await Promise.all(['ann', 'bob', 'eve', 'late'].map(unreadOf))).toEqual([2, 1, 3, 3]);
        const [, b3] = (await store.readMessages({ conversationId: id, limit: 9, take: 'oldest' })).value.messages;
        for (const userId of ['ann', 'bob', 'late']) {
          await append(store, marked(id, userId, { what: 'upTo', messageId: b3?.id ?? 0 }));
        }
        expect(await Promise.all(['ann', 'bob', 'late'].map(unreadOf))).toEqual([0, 1, 1]);
        await append(store, marked(id, 'eve', { what: 'everything' }));
        expect(await unreadOf('eve')).toBe(0);
        await say(store, id, 'late', 'l1');
        expect(await Promise.all(['ann', 'bob', 'eve', 'late'].map(unreadOf))).toEqual([1, 2, 1, 1]);
      }));

    test('cannot be answered, marked or repeated any more', () =>
      visit(async (store) => {
        const id = await gather(store, 'ann', 'bob');
        const [entry] = await append(store, said(id, 'ann', 'one', { clientMessageId: 'x' }));
        const messageId = entry?.position ?? 0;
        await store.retention.announce('messages', messageId);
        await forgetAll(store);
        const expects = [{ is: 'message', conversationId: id, messageId } as const];
        expect(await tryAppend(store, item([said(id, 'bob', 'answer')], expects))).toMatchObject({ ok: false });
        expect(await store.findByClientMessageId(id, 'ann', 'x')).toBeUndefined();
        expect(await tryAppend(store, item([said(id, 'ann', 'again', { clientMessageId: 'x' })]))).toMatchObject({
          ok: true,
        });
      }));

    test('may be more than one step takes', () =>
      visit(async (store) => {
        const [one, other] = [await gather(store, 'ann', 'bob'), await gather(store, 'ann', 'eve')];
        for (let n = 0; n < 8; n++) {
          await say(store, one, 'bob', ...Array.from({ length: 60 }, (_, at) => `${n} ${at}`));
          await say(store, other, 'ann', ...Array.from({ length: 40 }, (_, at) => `${n} ${at}`));
        }
        const { position } = await store.head();
        await store.retention.announce('messages', position - 10);
        expect(await store.retention.forgetSome('messages')).toBe(true);
        await forgetAll(store);
        expect(await store.retention.forgetSome('messages')).toBe(false);
        expect((await readAll(store, 6)).map((entry) => entry.position)).toEqual(
          Array.from({ length: 10 }, (_, at) => position - 9 + at),
        );
        expect((await store.viewConversation(one, 'ann'))?.unreadCount).toBe(0);
        expect((await store.viewConversation(other, 'eve'))?.unreadCount).toBe(10);
      }));

    test('may be notifications, with what was read of them', () =>
      visit(async (store) => {
        const id = await gather(store, 'ann', 'bob');
        await say(store, id, 'bob', 'stays');
        const notify = async () => {
          const notification = { userId: 'ann', title: 't', message: 'm', type: 'n', at: nextTimeMs() };
          const entries = await append(store, { type: 'NotificationCreated', notification });
          return expectEvent(entries, 'NotificationCreated').notification.id;
        };
        const read = await notify();
        await append(store, { type: 'NotificationRead', userId: 'ann', notificationId: read, actorId: 'ann' });
        await notify();
        await store.retention.announce('notifications', (await store.head()).position);
        const kept = await notify();
        await forgetAll(store);
        const { notifications } = await store.listNotifications('ann', { limit: 10 });
        expect(notifications.map((notification) => notification.id)).toEqual([kept]);
        expect(await store.countUnreadNotifications('ann')).toBe(1);
        expect((await readAll(store, 3)).map(({ event }) => event.type)).toEqual([
          'MessageSent',
          'NotificationCreated',
        ]);
      }));

    test('goes while others write, who wait for no more than a step', () =>
      visit(async (store) => {
        const id = await gather(store, 'ann', 'bob');
        await say(store, id, 'ann', ...Array.from({ length: 900 }, (_, at) => `${at}`));
        const { position } = await store.head();
        await store.retention.announce('messages', position);
        const forgetting = forgetAll(store);
        const spoken: Promise<unknown>[] = [];
        for (let n = 0; n < 50; n++) spoken.push(say(store, id, n % 2 === 0 ? 'ann' : 'bob', `live ${n}`));
        await Promise.all([forgetting, ...spoken]);
        expect(await readAll(store, 3)).toHaveLength(50);
        expect((await store.viewConversation(id, 'bob'))?.unreadCount).toBe(25);
        expect((await store.viewConversation(id, 'ann'))?.unreadCount).toBe(25);
      }));

    test('may be files, which are found by their age', () =>
      visit(async (store) => {
        const file = { uploadedBy: null, name: 'n \0', type: 't', sizeBytes: 1 };
        const [old, young] = [freshId('file'), freshId('file')];
        await store.saveFile({ ...file, id: old, at: 10 });
        await store.saveFile({ ...file, id: young, at: 20 });
        const first = await store.retention.listOldFiles(20, '');
        expect(first.ids).toEqual([old]);
        expect(await store.retention.listOldFiles(20, first.through ?? '')).toEqual({ ids: [], through: null });
        await store.retention.forgetFiles(first.ids);
        expect(await store.loadFile(old)).toBeUndefined();
        expect(await store.loadFile(young)).toMatchObject({ at: 20 });
      }));

    test('may be records of the audit, the oldest first, some at a time', () =>
      visit(async (store) => {
        const record = { action: 'a', target: { id: 'x\u0000\ud800' }, address: '', requestId: 'r', status: 200 };
        for (let at = 1; at <= 310; at++) await store.followers.saveAudit({ ...record, at });
        expect(await store.retention.forgetSomeAudit(1)).toBe(false);
        expect((await store.followers.listAudit({ limit: 500 })).records).toHaveLength(310);
        expect(await store.retention.forgetSomeAudit(309)).toBe(true);
        expect(await store.retention.forgetSomeAudit(309)).toBe(false);
        const { records } = await store.followers.listAudit({ limit: 500 });
        expect(records.map(({ at }) => at)).toEqual([310, 309]);
      }));
  });
}
