import { expect, test } from 'vitest';
import { ann, member } from '../../test/harness/cast.ts';
import type { Lane } from './lane.ts';
import { LaneCache } from './lane-cache.ts';

function know(lane: Lane<string>, count: number): void {
  for (let n = 0; n < count; n++) lane.remember(`user-${n}`, { value: member(ann), position: 1 });
}

test('of many crowds only so many standings are known in all, and those of the longest unused lane are forgotten first', () => {
  const lanes = new LaneCache<string>({ lanes: 100, standings: 10 });
  for (const id of ['a', 'b', 'c']) know(lanes.use(id), 3);
  lanes.use('a');
  know(lanes.use('d'), 3);
  lanes.use('d');
  expect(['a', 'b', 'c', 'd'].map((id) => lanes.find(id)?.standings.size)).toEqual([3, undefined, 3, 3]);
  // What was forgotten does not count any more, however it was.
  lanes.find('a')?.forget();
  know(lanes.use('e'), 4);
  lanes.use('e');
  expect(['a', 'c', 'd', 'e'].map((id) => lanes.find(id)?.standings.size)).toEqual([0, 3, 3, 4]);
});

test('of conversations that are spoken in but once only so many are known, and the oldest are forgotten', () => {
  const lanes = new LaneCache<string>({ lanes: 2, standings: 100 });
  for (const id of ['a', 'b', 'c', 'd']) lanes.use(id);
  expect(['a', 'b', 'c', 'd'].filter((id) => lanes.find(id))).toEqual(['c', 'd']);
});

test('a lane in which something is under way is kept, however much is known of it', () => {
  const lanes = new LaneCache<string>({ lanes: 2, standings: 2 });
  const busy = lanes.use('busy');
  know(busy, 3);
  busy.queue.push('somebody');
  for (const id of ['a', 'b', 'c']) know(lanes.use(id), 3);
  lanes.use('c');
  expect(lanes.find('busy')).toBe(busy);
  expect(lanes.find('a') ?? lanes.find('b')).toBeUndefined();
  expect(lanes.find('c')?.standings.size).toBe(3);
});
