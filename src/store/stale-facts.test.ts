import { expect, test } from 'vitest';
import { StaleFacts } from './stale-facts.ts';

const tea = (facts: number) => ({ conversationId: 'tea', facts });

test('what stands on the same facts as a broken decision, or on older ones, is stale', () => {
  const stale = new StaleFacts();
  expect(stale.isStale(tea(5))).toBe(false);
  stale.broken(tea(5));
  stale.broken(tea(3));
  expect([3, 5].map((facts) => stale.isStale(tea(facts)))).toEqual([true, true]);
  expect(stale.isStale({ conversationId: 'cake', facts: 1 })).toBe(false);
});

test('what stands on newer facts is not, nor anything after it', () => {
  const stale = new StaleFacts();
  stale.broken(tea(5));
  expect(stale.isStale(tea(6))).toBe(false);
  expect(stale.isStale(tea(6))).toBe(false);
});
