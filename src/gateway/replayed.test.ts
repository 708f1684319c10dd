import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Entry } from '../core/events.ts';
import { Replayed } from './replayed.ts';
import type { Utterance } from './speech.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ann = { id: 'ann', email: '', role: 'USER', name: 'ann' };
const entry = (position: number, conversationId = 'den', name = 'ann'): Entry => ({
  position,
  at: 1,
  event: { type: 'MemberLeft', conversationId, user: { ...ann, name }, actorId: 'ann' },
});

/** Counts what has to be written. */
function scene() {
  const replayed = new Replayed();
  const written: number[] = [];
  const get = (one: Entry): Utterance =>
    replayed.get(one, () => {
      written.push(one.position);
      return { heard: { event: one.event } } as unknown as Utterance;
    });
  return { replayed, written, get };
}

test('an event is written once for all who come back, and again when nobody has for a while', () => {
  const { written, get } = scene();
  const first = get(entry(1));
  vi.advanceTimersByTime(9_000);
  expect(get(entry(1))).toBe(first);
  vi.advanceTimersByTime(9_000);
  expect(get(entry(1))).toBe(first);
  vi.advanceTimersByTime(10_001);
  expect(get(entry(1))).not.toBe(first);
  expect(written).toEqual([1, 1]);
  expect(vi.getTimerCount()).toBe(1);
});

test.each([
  ['many', 10_000, ''],
  ['large', 80, 'x'.repeat(100_000 - 110)],
])('the oldest are let go where there are too many: %s', (_, kept, name) => {
  const { written, get } = scene();
  for (let position = 1; position <= kept + 1; position++) get(entry(position, 'den', name));
  written.length = 0;
  get(entry(3, 'den', name));
  expect(written).toEqual([]);
  get(entry(1, 'den', name));
  expect(written).toEqual([1]);
});

test('nothing of a conversation is kept in which words were taken back', () => {
  const { replayed, written, get } = scene();
  for (const one of [entry(1, 'den'), entry(2, 'loft')]) get(one);
  replayed.forgetConversation('den');
  written.length = 0;
  for (const one of [entry(1, 'den'), entry(2, 'loft')]) get(one);
  expect(written).toEqual([1]);
});
