import { expect, test } from 'vitest';
import type { Entry } from '../core/events.ts';
import { Ring } from './ring.ts';

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
  expect(positionsOf(ring.after(3))).toEqual([4, 6]);
  expect(positionsOf(ring.ofTopics(3, ofAnn))).toEqual([4, 6]);
  ring.add(entryOf(8));
  expect(positionsOf(ring.ofTopics(3, ofAnn))).toEqual([4, 6, 8]);
});

test('a horizon never moves back, and may lie before or beyond all that the ring holds', () => {
  const ring = filled([1, 2, 3, 4, 5, 6, 7, 8], 4);
  ring.forgetThrough(2);
  expect(positionsOf(ring.after(4))).toEqual([5, 6, 7, 8]);
  ring.forgetThrough(20);
  ring.forgetThrough(1);
  expect(ring.horizon).toBe(20);
  expect(ring.after(4)).toEqual([]);
  expect(ring.ofTopics(4, ofAnn)).toEqual([]);
  ring.add(entryOf(10));
  expect(positionsOf(ring.ofTopics(8, ofAnn))).toEqual([10]);
});
