import { describe, expect, test } from 'vitest';
import type { ReadMarks, Store } from '../../app/ports.ts';
import type { ConversationId, Position, UserId } from '../../core/model.ts';
import {
  added,
  append,
  expectEvent,
  freshId,
  gather,
  item,
  marked,
  readAll,
  removed,
  said,
  say,
  tryAppend,
} from './scene.contract.ts';

export function describeCursors(store: () => Store): void {
  const mark = (id: ConversationId, userId: UserId, marks: ReadMarks) =>
    tryAppend(store(), item([marked(id, userId, marks)]));
  const moved = async (id: ConversationId, userId: UserId, marks: ReadMarks) =>
    expectEvent(await append(store(), marked(id, userId, marks)), 'ReadCursorMoved');
  const unread = async (id: ConversationId, userId: UserId) =>
    (await store().viewConversation(id, userId))?.unreadCount;
  const cursor = async (id: ConversationId, userId: UserId) =>
    (await store().viewConversation(id, userId))?.member?.readCursor;
  const upTo = (messageId: Position): ReadMarks => ({ what: 'upTo', messageId });
  const everything: ReadMarks = { what: 'everything' };

  describe('a read cursor', () => {
    test('moves to the newest message, and says which messages of others are read now', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const [a] = await say(store(), id, 'ann', 'a');
      const [b] = await say(store(), id, 'bob', 'b');
      const [c] = await say(store(), id, 'ann', 'c');
      expect(await moved(id, 'bob', everything)).toEqual({
        ...{ type: 'ReadCursorMoved', conversationId: id, userId: 'bob', actorId: 'bob' },
        ...{ from: 0, to: c, messageIds: [a, c] },
      });
      expect(await cursor(id, 'bob')).toBe(c);
      expect(await cursor(id, 'ann')).toBe(0);
      expect(b).toBeDefined();
    });

    test('moves to one message, from where it was', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const [a = 0, b = 0, c = 0] = await say(store(), id, 'ann', 'a', 'b', 'c');
      expect(await moved(id, 'bob', upTo(a))).toMatchObject({ from: 0, to: a, messageIds: [a] });
      expect(await moved(id, 'bob', upTo(c))).toMatchObject({ from: a, to: c, messageIds: [b, c] });
    });

    test('moves to the newest of several messages, naming exactly those that are new', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const other = await gather(store(), 'ann');
      const [foreign = 0] = await say(store(), other, 'ann', 'elsewhere');
      const [a = 0, b = 0, c = 0, d = 0] = await say(store(), id, 'ann', 'a', 'b', 'c', 'd');
      await moved(id, 'bob', upTo(a));
      const outcome = await mark(id, 'bob', { what: 'messages', messageIds: [d, foreign, b, a, b, 999_999_999] });
      expect(outcome).toMatchObject({ ok: true, marked: [d, b, a, b] });
      expect(outcome).toMatchObject({ entries: [{ event: { from: a, to: d, messageIds: [b, d] } }] });
      expect(c).toBeDefined();
    });

    test('never moves back, and leaves no entry when it does not move', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const [a = 0, b = 0] = await say(store(), id, 'ann', 'a', 'b');
      await moved(id, 'bob', everything);
      const { position } = await store().head();
      expect(await mark(id, 'bob', everything)).toEqual({ ok: true, entries: [], marked: [] });
      expect(await mark(id, 'bob', upTo(a))).toEqual({ ok: true, entries: [], marked: [a] });
      expect(await mark(id, 'bob', { what: 'messages', messageIds: [b, a] })).toEqual({
        ok: true,
        entries: [],
        marked: [b, a],
      });
      expect(await mark(id, 'bob', upTo(position + 99))).toEqual({ ok: true, entries: [], marked: [] });
      expect((await store().head()).position).toBe(position);
      expect(await cursor(id, 'bob')).toBe(b);
    });

    test('takes no position from the drafts after it when it does not move', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const { position } = await store().head();
      const entries = await append(store(), marked(id, 'bob', everything), said(id, 'ann', 'hi'));
      expect(entries.map((entry) => [entry.position, entry.event.type])).toEqual([[position + 1, 'MessageSent']]);
    });

    test('is kept as one entry that joins all ranges, while each answer tells its own', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const [a = 0, b = 0, c = 0] = await say(store(), id, 'ann', 'a', 'b', 'c');
      const { position } = await store().head();
      for (const messageId of [a, b, c]) await moved(id, 'bob', upTo(messageId));
      const [stored, ...more] = await readAll(store(), position);
      expect(more).toEqual([]);
      expect(stored).toMatchObject({ position: position + 3, event: { from: 0, to: c, messageIds: [a, b, c] } });
    });

    test('sees the messages of its own batch', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const [sent, read] = await store().append([item([said(id, 'ann', 'hi')]), item([marked(id, 'bob', everything)])]);
      const position = sent?.ok ? sent.entries[0]?.position : undefined;
      expect(read).toMatchObject({ entries: [{ event: { from: 0, to: position, messageIds: [position] } }] });
    });

    test('names the newest 500 messages at the most', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const ids = await say(store(), id, 'ann', ...Array.from({ length: 520 }, (_, n) => `${n}`));
      const { messageIds } = await moved(id, 'bob', everything);
      expect(messageIds).toEqual(ids.slice(-500));
      expect(await unread(id, 'bob')).toBe(0);
    });
  });

  describe('the unread count', () => {
    test('counts what others said after the cursor', async () => {
      const id = await gather(store(), 'ann', 'bob');
      expect(await unread(id, 'ann')).toBe(0);
      const [a = 0] = await say(store(), id, 'ann', 'a');
      await say(store(), id, 'bob', 'b');
      const [c = 0] = await say(store(), id, 'ann', 'c', 'd');
      await say(store(), id, 'bob', 'e');
      expect([await unread(id, 'ann'), await unread(id, 'bob')]).toEqual([2, 3]);
      await moved(id, 'bob', upTo(a));
      expect([await unread(id, 'ann'), await unread(id, 'bob')]).toEqual([2, 2]);
      await moved(id, 'bob', upTo(c));
      expect(await unread(id, 'bob')).toBe(1);
      await moved(id, 'bob', everything);
      expect([await unread(id, 'ann'), await unread(id, 'bob')]).toEqual([2, 0]);
      await say(store(), id, 'ann', 'f');
      await say(store(), id, 'bob', 'g');
      expect([await unread(id, 'ann'), await unread(id, 'bob')]).toEqual([3, 1]);
    });

    test('agrees with counting, wherever the cursor is put', async () => {
      const speakers = ['ann', 'bob', 'ann', 'ann', 'bob', 'bob', 'ann', 'bob', 'ann', 'bob', 'bob', 'ann'];
      const id = await gather(store(), 'ann', 'bob');
      const ids: Position[] = [];
      for (const speaker of speakers) ids.push(...(await say(store(), id, speaker, 'text')));
      for (const [index, messageId] of ids.entries()) {
        for (const userId of ['ann', 'bob']) {
          await mark(id, userId, upTo(messageId));
          const after = speakers.slice(index + 1).filter((speaker) => speaker !== userId);
          expect([index, userId, await unread(id, userId)]).toEqual([index, userId, after.length]);
        }
      }
    });

    test('goes on where it was when a member comes back', async () => {
      const id = await gather(store(), 'ann', 'bob');
      await say(store(), id, 'bob', 'a');
      await say(store(), id, 'ann', 'b');
      await moved(id, 'bob', everything);
      await append(store(), removed(id, 'bob'));
      expect(await store().viewConversation(id, 'bob')).toMatchObject({ unreadCount: 0 });
      await say(store(), id, 'ann', 'c');
      await append(store(), added(id, 'bob'));
      expect(await unread(id, 'bob')).toBe(1);
    });

    test('is 0 for whoever is no member', async () => {
      const id = await gather(store(), 'ann');
      await say(store(), id, 'ann', 'a');
      expect(await unread(id, freshId('user'))).toBe(0);
      expect((await store().viewConversation(id, undefined))?.unreadCount).toBe(0);
    });
  });
}
