import { expect, test } from 'vitest';
import { isRefusal } from '../core/refusals.ts';
import { SearchGate } from './search-gate.ts';

const query = { terms: [{ word: 'tea', isPrefix: false }], limit: 1 };

/** An index that answers when it is told to. */
function slowIndex() {
  const waiting: { answer: () => void; fail: () => void }[] = [];
  const find = () =>
    new Promise<{ messages: []; through: number }>((resolve, reject) => {
      waiting.push({ answer: () => resolve({ messages: [], through: 1 }), fail: () => reject(new Error('away')) });
    });
  return { gate: new SearchGate({ find }), waiting };
}

test('a user waits for their own searches, and takes no place from others', async () => {
  const { gate, waiting } = slowIndex();
  const first = [gate.find(query, 'ann'), gate.find(query, 'ann')];
  expect(await gate.find(query, 'ann')).toMatchObject({ refused: 'RATE_LIMITED', retryAfterMs: 1000 });
  const other = gate.find(query, 'bob');
  for (const one of waiting) one.answer();
  expect((await Promise.all([...first, other])).some(isRefusal)).toBe(false);
  const again = gate.find(query, 'ann');
  waiting.at(-1)?.answer();
  expect(isRefusal(await again)).toBe(false);
});

test('no more are let in than can be answered in a moment, and one that fails makes room', async () => {
  const { gate, waiting } = slowIndex();
  const searches = Array.from({ length: 64 }, (_, n) => gate.find(query, `user ${n}`));
  expect(await gate.find(query, undefined)).toMatchObject({ refused: 'UNAVAILABLE' });
  waiting[0]?.fail();
  await expect(searches[0]).rejects.toThrow('away');
  const host = gate.find(query, undefined);
  for (const one of waiting) one.answer();
  expect(isRefusal(await host)).toBe(false);
});
