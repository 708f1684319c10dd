import { describe, expect, test } from 'vitest';
import type { MessageRange, Store } from '../../app/ports.ts';
import type { Message } from '../../core/model.ts';
import { added, append, expectEvent, gather, nextTimeMs, readAll, said, say, userOf } from './scene.contract.ts';

export function describeMessages(store: () => Store): void {
  describe('the messages of a conversation', () => {
    test('are found between any two places, from either end', async () => {
      const [id, other] = [await gather(store(), 'ann'), await gather(store(), 'ann')];
      for (const n of [1, 2, 3, 4, 5]) {
        await append(store(), said(other, 'ann', 'elsewhere'), added(id, `guest ${n}`), said(id, 'ann', `${n}`));
      }
      const { position } = await store().head();
      const whole = (await store().readMessages({ conversationId: id, limit: 100, take: 'oldest' })).value;
      const all = whole.messages.map((message) => message.id);
      expect([all.length, whole.hasMore]).toEqual([5, false]);
      const bounds = [undefined, 0, ...all.flatMap((messageId) => [messageId - 1, messageId, messageId + 1])];
      for (const after of bounds) {
        for (const before of bounds) {
          const between = all.filter((messageId) => messageId > (after ?? 0) && messageId < (before ?? position + 1));
          for (const [limit, take] of [
            [2, 'oldest'],
            [2, 'newest'],
            [5, 'oldest'],
            [5, 'newest'],
          ] as const) {
            const bound = { ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }) };
            const range: MessageRange = { conversationId: id, ...bound, limit, take };
            const { value } = await store().readMessages(range);
            const expected = take === 'oldest' ? between.slice(0, limit) : between.slice(-limit);
            expect([range, value.messages.map((message) => message.id)]).toEqual([range, expected]);
            expect([range, value.hasMore]).toEqual([range, between.length > limit]);
          }
        }
      }
    });

    test('are read at a position up to which they are complete', async () => {
      const id = await gather(store(), 'ann');
      await say(store(), id, 'ann', 'a');
      const { position, value } = await store().readMessages({ conversationId: id, limit: 10, take: 'newest' });
      expect(position).toBe((await store().head()).position);
      expect(value.messages).toHaveLength(1);
    });

    test('are complete up to the position of every reading while others write', async () => {
      const id = await gather(store(), 'ann');
      const first = (await store().head()).position + 1;
      const writing = Promise.all(Array.from({ length: 400 }, (_, n) => append(store(), said(id, 'ann', `${n}`))));
      for (let reading = 0; reading < 20; reading++) {
        const { position, value } = await store().readMessages({ conversationId: id, limit: 500, take: 'newest' });
        expect(value.messages.map((message) => message.id)).toEqual(
          Array.from({ length: Math.max(0, position - first + 1) }, (_, n) => first + n),
        );
        const conversation = await store().loadConversation(id);
        expect(conversation.value?.ordinal).toBe(conversation.position - first + 1);
      }
      await writing;
    });

    test('are loaded one by one, from their own conversation alone', async () => {
      const [id, other] = [await gather(store(), 'ann'), await gather(store(), 'ann')];
      const [entry] = await append(store(), said(id, 'ann', 'hi'));
      const { message } = expectEvent(entry === undefined ? [] : [entry], 'MessageSent');
      expect(await store().loadMessage(id, message.id)).toEqual(message);
      expect(await store().loadMessage(other, message.id)).toBeUndefined();
      expect(await store().loadMessage(id, message.id - 1)).toBeUndefined();
    });

    test('of an unknown conversation are none', async () => {
      const { value } = await store().readMessages({ conversationId: 'never made', limit: 10, take: 'newest' });
      expect(value).toEqual({ messages: [], hasMore: false });
    });

    test('keep every field and every character', async () => {
      const texts = [
        '',
        ' ',
        '\u0000',
        'a\u0000b',
        '\ud800',
        '\udc00\ud800',
        '👩‍👩‍👧‍👦',
        '\u2028\u2029',
        '\\u0000',
        '"\'`\\',
        '\ufeff',
        '\n\r\t\b',
        '𝕏',
      ];
      const id = await gather(store(), 'ann');
      const { position } = await store().head();
      const sender = { ...userOf('ann'), name: texts.join('|') };
      const replyTo = { id: 1, ordinal: 1, conversationId: id, sender, text: texts.join(''), at: nextTimeMs() };
      const drafts = texts.map((text) =>
        said(id, 'ann', text, {
          sender,
          receiverId: 'bob',
          contentType: text,
          attachment: { url: `https://example.org/${text}`, type: text, name: text, sizeBytes: 2 ** 40, fileId: 'f' },
          replyToId: 1,
          replyTo,
          metadata: JSON.parse(`{"__proto__": {"a": 1}, "constructor": null, "": [1.5, -0.25, 1e300, true, "x"]}`),
        }),
      );
      const entries = await append(store(), ...drafts);
      const messages = entries.map((entry) => expectEvent([entry], 'MessageSent').message);
      const sent = drafts.map((draft) => (draft.type === 'MessageSent' ? draft.message : undefined));
      expect(messages.map(({ id: _id, ordinal: _ordinal, ...rest }: Message) => rest)).toStrictEqual(sent);
      expect(await readAll(store(), position)).toStrictEqual(entries);
      const read = await store().readMessages({ conversationId: id, limit: 100, take: 'oldest' });
      expect(read.value.messages).toStrictEqual(messages);
    });
  });
}
