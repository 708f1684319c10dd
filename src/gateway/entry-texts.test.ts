import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { person } from '../../test/harness/cast.ts';
import type { Entry } from '../core/events.ts';
import type { Message, Position } from '../core/model.ts';
import { EntryTexts } from './entry-texts.ts';

const at = (position: Position) => 1_760_000_000_000 + position;
const said = (position: Position, text: string, more: Partial<Message> = {}): Entry => ({
  position,
  at: at(position),
  event: {
    type: 'MessageSent',
    conversationId: 'tea',
    actorId: 'ann',
    message: {
      id: position,
      conversationId: 'tea',
      ordinal: 7,
      sender: person('ann'),
      text,
      at: at(position),
      ...more,
    },
  },
});

const position = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.constantFrom(2 ** 31, 2 ** 40 + 255, 2 ** 40 + 256));
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('\ud800 alone', '"\\\u0000\u2028', 'x'.repeat(9_000), '€'.repeat(9_000)),
);
// What a message may have besides, also what makes it more than its text and a few columns.
const more = fc.constantFrom<Partial<Message>[]>(
  {},
  { receiverId: 'bob' },
  { clientMessageId: 'a' },
  { receiverId: 'bob', clientMessageId: 'a' },
  { metadata: { clientMessageId: 'a' } },
  { deletedAt: 5 },
  { sender: person('bob') },
  { at: 3 },
  { id: 4 },
  { conversationId: 'cake' },
  { replyToId: 1, receiverId: 'bob' },
);
const step = fc.oneof(
  fc.record({ does: fc.constant('put'), position, text, more }),
  fc.record({ does: fc.constantFrom('get', 'delete'), position, text: fc.constant(''), more: fc.constant({}) }),
);

test('what was put is got as it was, until it is replaced or deleted', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const texts = new EntryTexts();
      const wanted = new Map<Position, Entry>();
      for (const { does, position: place, text: words, more: besides } of steps) {
        if (does === 'put') {
          if (wanted.has(place)) texts.replace(said(place, words, besides));
          else texts.put(said(place, words, besides));
          wanted.set(place, said(place, words, besides));
        } else if (does === 'delete') {
          texts.delete(place);
          wanted.delete(place);
        } else expect(texts.get(place, 'tea')).toStrictEqual(wanted.get(place));
      }
      for (const [place, entry] of wanted) expect(texts.get(place, 'tea')).toStrictEqual(entry);
    }),
  );
});

test('what is asked for again is not parsed again', () => {
  const texts = new EntryTexts();
  texts.put(said(1, 'x'));
  const first = texts.get(1, 'tea');
  expect(texts.get(1, 'tea')).toBe(first);
  texts.replace(said(1, 'y'));
  expect(texts.get(1, 'tea')).toEqual(said(1, 'y'));
});

test('of what was asked for only so much is kept as it was read', () => {
  const texts = new EntryTexts();
  for (const place of [1, 2, 3]) texts.put(said(place, 'x'.repeat(3_000_000)));
  const [first, second] = [texts.get(1, 'tea'), texts.get(2, 'tea')];
  expect(texts.get(1, 'tea')).toBe(first);
  texts.get(3, 'tea');
  expect(texts.get(1, 'tea')).not.toBe(first);
  expect(texts.get(1, 'tea')).toEqual(first);
  expect(texts.get(2, 'tea')).not.toBe(second);
});

test('of the words that were replaced nothing is left in memory', () => {
  // Empty from the start: fresh memory may hold anything that the process had there before, these words too.
  const allocated = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => Buffer.alloc(size));
  const texts = new EntryTexts();
  for (const place of [1, 2, 3]) texts.put(said(place, `secret ${place}`));
  texts.replace(said(2, ''));
  const held = allocated.mock.results.map(({ value }) => (value as Buffer).toString('latin1')).join();
  expect(['secret 1', 'secret 2', 'secret 3'].map((words) => held.includes(words))).toEqual([true, false, true]);
});

test('what is replaced counts as well, once, and until it is deleted', () => {
  const texts = new EntryTexts();
  texts.put(said(1, 'x'));
  texts.put(said(2, 'x'));
  const { bytes } = texts;
  for (const sign of ['y', 'z']) texts.replace(said(1, sign.repeat(10_000)));
  expect(texts.bytes - bytes).toBeGreaterThan(10_000);
  expect(texts.bytes - bytes).toBeLessThan(11_000);
  texts.delete(1);
  expect(texts.bytes).toBe(bytes);
});

test('what is replaced again and again takes no more room than once', () => {
  const texts = new EntryTexts();
  texts.put(said(1, 'x'.repeat(10_000)));
  const before = process.memoryUsage().arrayBuffers;
  for (let time = 0; time < 2_000; time++) texts.replace(said(1, `${time}`.padEnd(10_000, 'y')));
  texts.put(said(300, 'z'));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});
