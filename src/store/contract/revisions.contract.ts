import { describe, expect, test } from 'vitest';
import type { Draft, Precondition, Store } from '../../app/ports.ts';
import { quote } from '../../core/messages.ts';
import type { ConversationId, Message, Position, UserId } from '../../core/model.ts';
import { reviseMessage } from '../../core/revisions.ts';
import {
  append,
  expectEvent,
  gather,
  item,
  marked,
  nextTimeMs,
  readAll,
  said,
  say,
  tryAppend,
  userOf,
} from './scene.contract.ts';

/** Texts that databases like to lose or to take for something else. */
const hostileTexts = [
  'a\u0000b',
  '\ud800 half',
  '\\u0000',
  '\\\\',
  '"\\"',
  '\\b\b\\\\b',
  '\\\u0000\\',
  '\u2028',
  '{"replyToId":9}',
];

const edited = (message: Message, text: string): Draft => ({
  type: 'MessageEdited',
  conversationId: message.conversationId,
  message: { ...quote(message), text, editedAt: nextTimeMs() },
  actorId: message.sender.id,
});
const deleted = ({ conversationId, id, sender }: Message): Draft => ({
  type: 'MessageDeleted',
  conversationId,
  messageId: id,
  senderId: sender.id,
  actorId: sender.id,
});
const reacted = ({ conversationId, id }: Message, userId: UserId, emoji: string, isSet = true): Draft => ({
  type: isSet ? 'MessageReacted' : 'MessageUnreacted',
  conversationId,
  messageId: id,
  user: userOf(userId),
  emoji,
  actorId: userId,
});

export function describeRevisions(store: () => Store): void {
  const send = async (id: ConversationId, by: UserId, text: string, more: Partial<Message> = {}): Promise<Message> => {
    const { id: _id, ordinal: _ordinal, ...fields } = more as Message;
    return expectEvent(await append(store(), said(id, by, text, fields)), 'MessageSent').message;
  };
  const answer = (to: Message, by: UserId, text: string): Promise<Message> =>
    send(to.conversationId, by, text, { replyToId: to.id, replyTo: quote(to) });
  const load = (message: Message): Promise<Message | undefined> =>
    store().loadMessage(message.conversationId, message.id);
  const history = async (id: ConversationId, withDeleted: boolean): Promise<readonly Position[]> =>
    (await store().readMessages({ conversationId: id, limit: 100, take: 'newest', withDeleted })).value.messages.map(
      (message) => message.id,
    );

  describe('what becomes of messages', () => {
    test('knows how many quote one, up to as many as are asked for', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const first = await send(id, 'ann', 'first');
      expect(await store().countQuotes(first.id, 10)).toBe(0);
      for (const text of ['a', 'b', 'c']) await answer(first, 'bob', text);
      await send(id, 'bob', 'names it and quotes nothing', { replyToId: first.id });
      expect([await store().countQuotes(first.id, 10), await store().countQuotes(first.id, 2)]).toEqual([3, 2]);
    });

    test('is in every reading: of one, of many, of those that quote it, and of the log', async () => {
      const id = await gather(store(), 'ann', 'bob');
      for (const text of hostileTexts) {
        const { position } = await store().head();
        const first = await send(id, 'ann', text, { metadata: { text }, attachment: { url: `https://a/${text}` } });
        const reply = await answer(first, 'bob', text);
        const entries = await append(
          store(),
          edited(first, `${text}!`),
          reacted(first, 'bob', 'a\\u'),
          reacted(first, 'ann', '🫖'),
          reacted(first, 'ann', 'a\\u'),
          reacted(reply, 'c"\\', '👍'),
          reacted(first, 'bob', 'a\\u', false),
          reacted(first, 'bob', 'a\\u'),
          reacted(first, 'ann', '🫖', false),
        );
        const [nextFirst, nextReply] = [first, reply].map((message) => entries.reduce(reviseMessage, message));
        expect(nextFirst?.reactions).toEqual([{ emoji: 'a\\u', userIds: ['ann', 'bob'] }]);
        expect(nextReply?.replyTo?.text).toBe(`${text}!`);
        expect(await load(first)).toEqual(nextFirst);
        expect(await load(reply)).toEqual(nextReply);
        const read = await store().readMessages({ conversationId: id, after: position, limit: 9, take: 'oldest' });
        expect(read.value.messages).toEqual([nextFirst, nextReply]);
        const logged = (await readAll(store(), position)).flatMap(({ event }) =>
          event.type === 'MessageSent' ? [event.message] : [],
        );
        expect(logged).toEqual([nextFirst, nextReply]);
      }
    });

    test('deleted is erased everywhere, and leaves who said something here and when', async () => {
      const id = await gather(store(), 'ann', 'bob');
      for (const secret of hostileTexts) {
        const { position } = await store().head();
        const more = { contentType: 'secret', metadata: { secret }, clientMessageId: `c ${secret}`, receiverId: 'bob' };
        const first = await send(id, 'ann', 'secret', more);
        const reply = await answer(first, 'bob', 'what?');
        await append(store(), edited(first, 'secret, too'), reacted(first, 'bob', 'secret'));
        const entries = await append(store(), deleted(first));
        const { conversationId, ordinal, sender, receiverId, clientMessageId, at } = first;
        const kept = { id: first.id, conversationId, ordinal, sender, receiverId, clientMessageId, at };
        const left = { ...kept, text: '', deletedAt: entries[0]?.at };
        expect(await load(first)).toEqual(left);
        const { replyTo: _, ...bare } = reply;
        expect(await load(reply)).toEqual(bare);
        expect(await history(id, false)).not.toContain(first.id);
        expect(await history(id, true)).toContain(first.id);
        const log = await readAll(store(), position);
        expect(JSON.stringify(log.filter(({ event }) => event.type !== 'MessageReacted'))).not.toMatch(
          /"text":"secret/,
        );
        expect(log.map(({ event }) => event.type)).toEqual([
          'MessageSent',
          'MessageSent',
          'MessageReacted',
          'MessageDeleted',
        ]);
        expect(await store().findByClientMessageId(id, 'ann', clientMessageId ?? '')).toEqual(left);
      }
    });

    test('stays one entry of the log for each message, and for each reaction', async () => {
      const id = await gather(store(), 'ann');
      const message = await send(id, 'ann', 'one');
      for (const text of ['two', 'three']) await append(store(), edited(message, text));
      for (const isSet of [true, false, true]) await append(store(), reacted(message, 'ann', '👍', isSet));
      const log = await readAll(store(), message.id);
      expect(log.map(({ event }) => event.type)).toEqual(['MessageEdited', 'MessageReacted']);
      expect(JSON.stringify(log)).not.toContain('two');
    });

    test('leaves a page of history as long as it was, without what was deleted', async () => {
      const id = await gather(store(), 'ann');
      const messages: Message[] = [];
      for (const text of ['1', '2', '3', '4', '5', '6']) messages.push(await send(id, 'ann', text));
      for (const n of [1, 3, 5]) await append(store(), deleted(messages[n] as Message));
      const page = async (take: 'oldest' | 'newest') =>
        (await store().readMessages({ conversationId: id, limit: 2, take })).value;
      expect((await page('oldest')).messages.map(({ text }) => text)).toEqual(['1', '3']);
      expect((await page('newest')).messages.map(({ text }) => text)).toEqual(['3', '5']);
      expect([(await page('oldest')).hasMore, (await page('newest')).hasMore]).toEqual([true, true]);
    });

    test('takes a deleted message out of what is unread, whoever looks', async () => {
      const id = await gather(store(), 'ann', 'bob', 'cat');
      const unread = async (): Promise<readonly (number | undefined)[]> =>
        Promise.all(
          ['ann', 'bob', 'cat'].map(async (userId) => (await store().viewConversation(id, userId))?.unreadCount),
        );
      const messages: Message[] = [];
      for (const text of ['1', '2', '3']) messages.push(await send(id, 'ann', text));
      await append(store(), marked(id, 'bob', { what: 'upTo', messageId: messages[1]?.id ?? 0 }));
      expect(await unread()).toEqual([3 - 3, 1, 3]);
      await append(store(), deleted(messages[0] as Message), deleted(messages[2] as Message));
      expect(await unread()).toEqual([0, 0, 1]);
      const views = (await store().listConversations('cat', { limit: 500 })).views;
      const view = views.find(({ conversation }) => conversation.id === id);
      expect([view?.unreadCount, view?.lastMessage?.text, view?.lastMessage?.deletedAt]).toEqual([
        1,
        '',
        expect.any(Number),
      ]);
      await say(store(), id, 'bob', '4');
      expect(await unread()).toEqual([1, 0, 2]);
      await append(store(), marked(id, 'cat', { what: 'everything' }));
      expect(await unread()).toEqual([1, 0, 0]);
    });

    test('is refused where the message is not as it was thought to be', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const other = await gather(store(), 'ann');
      const message = await send(id, 'ann', 'one');
      const holds = async (expected: Precondition): Promise<boolean> =>
        (await tryAppend(store(), item([], [expected]))).ok;
      const as = (more: object, conversationId = id): Precondition =>
        ({ is: 'messageAs', conversationId, messageId: message.id, ...more }) as Precondition;
      const reaction = (userId: UserId, emoji: string, isSet: boolean, more: object = {}): Precondition => {
        return { is: 'reaction', conversationId: id, messageId: message.id, userId, emoji, isSet, ...more };
      };
      expect([await holds(as({})), await holds(as({}, other)), await holds(as({ messageId: message.id + 1 }))]).toEqual(
        [true, false, false],
      );
      expect([await holds(as({ editedAt: null })), await holds(as({ editedAt: 1 }))]).toEqual([true, false]);
      await append(store(), reacted(message, 'bob', '\\👍'), edited(message, 'two'));
      const { editedAt } = (await load(message)) ?? {};
      expect([await holds(as({ editedAt: null })), await holds(as({ editedAt })), await holds(as({}))]).toEqual([
        false,
        true,
        true,
      ]);
      expect([await holds(reaction('bob', '\\👍', true)), await holds(reaction('bob', '\\👍', false))]).toEqual([
        true,
        false,
      ]);
      expect([await holds(reaction('ann', '\\👍', false)), await holds(reaction('bob', '👎', false))]).toEqual([
        true,
        true,
      ]);
      expect([
        await holds(reaction('ann', '\\👍', false, { below: 1 })),
        await holds(reaction('ann', '\\👍', false, { below: 2 })),
      ]).toEqual([false, true]);
      await append(store(), deleted(message));
      expect([await holds(as({})), await holds(reaction('ann', '👍', false))]).toEqual([false, false]);
    });
  });
}
