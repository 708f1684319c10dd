import fc from 'fast-check';
import { expect, test } from 'vitest';
import { person } from '../../test/harness/cast.ts';
import { type Entry, keyOf, type LoggedEvent } from '../core/events.ts';
import { quote } from '../core/messages.ts';
import type { Message, Position } from '../core/model.ts';
import { reviseMessage, takesWordsBack } from '../core/revisions.ts';
import { Ring } from './ring.ts';

const said = (id: number, text: string, more: Partial<Message> = {}): Message => ({
  id,
  conversationId: 'tea',
  ordinal: id,
  sender: person('ann'),
  text,
  at: id,
  ...more,
});
const entry = (position: number, event: LoggedEvent): Entry => ({ position, at: position, event }) as Entry;
const sent = (message: Message): Entry =>
  entry(message.id, { type: 'MessageSent', conversationId: message.conversationId, message, actorId: 'ann' });
const edited = (position: number, message: Message, text: string): Entry => {
  const now = { ...quote(message), text, editedAt: position };
  return entry(position, { type: 'MessageEdited', conversationId: now.conversationId, message: now, actorId: 'ann' });
};
const deleted = (position: number, { id: messageId, conversationId }: Message): Entry =>
  entry(position, { type: 'MessageDeleted', conversationId, messageId, senderId: 'ann', actorId: 'ann' });

const topics = { conversationIds: ['tea'], userId: 'bob' };

test('words that were taken back are nowhere told, and nothing else is lost', () => {
  const ring = new Ring(100, 0);
  const first = said(1, 'secret');
  const reply = said(2, 'what?', { replyToId: 1, replyTo: quote(first) });
  for (const one of [sent(first), sent(reply), edited(3, first, 'secret, too'), sent(said(4, 'else'))]) ring.add(one);
  expect(JSON.stringify(ring.ofTopics(0, topics))).toContain('secret, too');
  expect(JSON.stringify(ring.ofTopics(0, topics))).not.toContain('"secret"');
  ring.add(deleted(5, first));
  for (const told of [ring.ofConversation(0, 'tea'), ring.ofTopics(0, topics)]) {
    expect(JSON.stringify(told)).not.toContain('secret');
    expect(told.map(({ position }) => position)).toEqual([1, 2, 4, 5]);
  }
  expect(ring.at(3)).toBeUndefined();
  expect(ring.at(1)?.event).toMatchObject({ message: { id: 1, text: '', deletedAt: 5 } });
});

test('words that were taken back are not told by a quote either, where the message and an earlier quote have left the ring', () => {
  const ring = new Ring(4, 0);
  const first = said(1, 'secret');
  const quoting = (id: number) => sent(said(id, 'what?', { replyToId: 1, replyTo: quote(first) }));
  for (const one of [sent(first), quoting(2), sent(said(3, 'a')), quoting(4), sent(said(5, 'b')), sent(said(6, 'c'))]) {
    ring.add(one);
  }
  expect(JSON.stringify(ring.at(4))).toContain('secret');
  ring.add(deleted(7, first));
  expect(ring.ofConversation(3, 'tea').map(({ position }) => position)).toEqual([4, 5, 6, 7]);
  expect(JSON.stringify(ring.ofConversation(3, 'tea'))).not.toContain('secret');
});

test('a ring that has let go of a message takes its revisions, and lets go of them in turn', () => {
  const ring = new Ring(4, 0);
  const messages = [1, 2, 3, 4, 5].map((id) => said(id, `text ${id}`));
  for (const message of messages) ring.add(sent(message));
  for (const [index, message] of messages.entries()) ring.add(edited(6 + index, message, 'new'));
  expect(ring.ofTopics(6, topics).map(({ position }) => position)).toEqual([7, 8, 9, 10]);
  for (let position = 11; position < 20; position++) ring.add(deleted(position, said(position - 10, '')));
  expect(ring.ofTopics(15, topics).map(({ position }) => position)).toEqual([16, 17, 18, 19]);
  expect(ring.covers(15)).toBe(true);
});

const entryOf = (position: number): Entry => ({
  position,
  at: position,
  event: { type: 'UserRevoked', userId: position % 2 === 0 ? 'ann' : 'bob', revokedAtSeconds: position },
});

function filled(positions: readonly number[], capacity = 10): Ring {
  const ring = new Ring(capacity, 0);
  for (const position of positions) ring.add(entryOf(position));
  return ring;
}

const ofAnn = { userId: 'ann', conversationIds: [] };
const positionsOf = (entries: readonly Entry[]) => entries.map(({ position }) => position);

test('what lies before the horizon is told no more, and what lies behind it as ever', () => {
  const ring = filled([1, 2, 3, 4, 6]);
  ring.forgetThrough(3);
  expect(ring.horizon).toBe(3);
  expect([ring.covers(2), ring.covers(3)]).toEqual([false, true]);
  expect([ring.at(3), ring.at(4)?.position]).toEqual([undefined, 4]);
  expect(positionsOf(ring.ofTopics(3, ofAnn))).toEqual([4, 6]);
  ring.add(entryOf(8));
  expect(positionsOf(ring.ofTopics(3, ofAnn))).toEqual([4, 6, 8]);
});

test('a horizon within holes at the end of the log counts as well', () => {
  const ring = filled([1, 2]);
  ring.skipTo(6);
  ring.forgetThrough(4);
  expect([ring.covers(3), ring.covers(4)]).toEqual([false, true]);
});

test('a horizon never moves back, and may lie before or beyond all that the ring holds', () => {
  const ring = filled([1, 2, 3, 4, 5, 6, 7, 8], 4);
  ring.forgetThrough(2);
  expect(positionsOf(ring.ofTopics(4, ofAnn))).toEqual([6, 8]);
  ring.forgetThrough(20);
  ring.forgetThrough(1);
  expect(ring.horizon).toBe(20);
  expect(ring.ofTopics(4, ofAnn)).toEqual([]);
  ring.add(entryOf(10));
  expect(positionsOf(ring.ofTopics(8, ofAnn))).toEqual([10]);
});

/** What the ring must tell, kept as whole entries and looked through one by one. */
class PlainRing {
  entries: Entry[] = [];
  readonly #capacity: number;
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(entry: Entry): void {
    const replaces = takesWordsBack(entry) ? keyOf(entry.event) : undefined;
    this.entries = this.entries.flatMap((earlier) => {
      if (replaces === undefined) return [earlier];
      if (keyOf(earlier.event) === replaces) return [];
      if (earlier.event.type !== 'MessageSent') return [earlier];
      const message = reviseMessage(earlier.event.message, entry);
      return [{ ...earlier, event: { ...earlier.event, message } }];
    });
    this.entries.push(entry);
    this.forgetThrough(entry.position - this.#capacity);
  }

  forgetThrough(position: Position): void {
    this.entries = this.entries.filter((entry) => entry.position > position);
  }
}

const step = fc.record({
  do: fc.constantFrom('say', 'quote', 'edit', 'delete', 'revoke', 'forget'),
  skip: fc.integer({ min: 0, max: 3 }),
  back: fc.integer({ min: 0, max: 12 }),
  text: fc.string({ unit: 'binary', maxLength: 12 }),
});

test('whatever is said, quoted, edited, deleted and forgotten, it tells what whole entries would', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.array(step, { maxLength: 60 }), (capacity, story) => {
      const ring = new Ring(capacity, 0);
      const plain = new PlainRing(capacity);
      const messages: Message[] = [];
      let position = 0;
      for (const { do: does, skip, back, text } of story) {
        position += 1 + skip;
        const earlier = messages.at(-1 - back);
        const conversationId = position % 2 === 0 ? 'tea' : 'cake';
        let next = entryOf(position);
        if (does === 'forget') {
          for (const each of [ring, plain]) each.forgetThrough(position - 1 - back);
        } else if (does === 'say' || (does === 'quote' && !earlier)) {
          messages.push(said(position, text, { conversationId }));
          next = sent(messages.at(-1) as Message);
        } else if (does === 'quote' && earlier) {
          const { conversationId: where } = earlier;
          messages.push(
            said(position, text, { conversationId: where, replyToId: earlier.id, replyTo: quote(earlier) }),
          );
          next = sent(messages.at(-1) as Message);
        } else if (does === 'edit' && earlier) next = edited(position, earlier, text);
        else if (does === 'delete' && earlier) next = deleted(position, earlier);
        for (const each of [ring, plain]) each.add(next);
        for (let at = 0; at <= position; at++) {
          expect(ring.at(at)).toEqual(plain.entries.find((entry) => entry.position === at));
        }
        const all = { conversationIds: ['tea', 'cake'], userId: 'ann' };
        const from = Math.max(position - capacity, ring.horizon);
        const wanted = plain.entries.filter((entry) => entry.position > from && !isOfBob(entry));
        expect(ring.ofTopics(from, all)).toEqual(wanted);
      }
    }),
  );
});

test('long texts are kept only as far as there is room for their bytes, and the ring does not speak for those before', () => {
  const ring = new Ring(10_000, 0, 4_000_000);
  const long = 'x'.repeat(10_000);
  for (let position = 1; position <= 2_000; position++) ring.add(sent(said(position, long)));
  const kept = Array.from({ length: 2_000 }, (_, at) => at + 1).filter((position) => ring.at(position));
  expect(kept.length).toBeLessThan(420);
  expect(kept.length).toBeGreaterThan(100);
  expect(kept.at(-1)).toBe(2_000);
  const oldest = kept[0] as Position;
  expect([ring.covers(oldest - 2), ring.covers(oldest - 1)]).toEqual([false, true]);
  expect(ring.ofTopics(oldest - 1, topics)).toHaveLength(kept.length);
  // What is revised is kept beside, and counts as well.
  const [last] = kept.slice(-1);
  for (let position = 2_001; position <= 2_600; position++) {
    ring.add(sent(said(position, 'short')));
    ring.add(edited(++position, said(position - 1, 'short'), long));
  }
  expect(ring.covers((last as Position) - 1)).toBe(false);
  expect(ring.at(2_600)).toBeDefined();
});

const isOfBob = ({ event }: Entry) => event.type === 'UserRevoked' && event.userId === 'bob';
