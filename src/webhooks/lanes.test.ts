import { expect, test } from 'vitest';
import type { WebhookPlace } from '../app/ports.ts';
import { type Lane, Lanes, stragglersLimit, windowEntries } from './lanes.ts';

const begin = (place: WebhookPlace = { position: 0, stragglers: [] }) => new Lanes(place);
const topic = (conversationId: string) => ({ conversationId });

/** Reads entries of these conversations, one after the other. */
function read(lanes: Lanes, ...conversationIds: readonly string[]): void {
  for (const id of conversationIds) {
    const position = lanes.through + 1;
    lanes.add(topic(id), { position, type: 'message.sent', attempts: 0, write: undefined });
    lanes.readThrough(position);
  }
}

const times = (count: number, id: string): string[] => Array.from({ length: count }, () => id);

function taken(lanes: Lanes, evenAgain = true): Lane {
  const lane = lanes.take(evenAgain);
  if (!lane) throw new Error('nobody is ready');
  return lane;
}

/** It was sent to, and that failed. */
function fail(lane: Lane): Lane {
  const [first] = lane.queue;
  if (!first) throw new Error('nothing is sent');
  first.attempts++;
  lane.isSlow = true;
  return lane;
}

test('who fails is gone past once the log is far ahead, makes room for the others, and keeps what was on its way', () => {
  const lanes = begin();
  read(lanes, ...times(windowEntries, 'bad'));
  const bad = taken(lanes);
  lanes.goPast();
  expect(lanes).toMatchObject({ room: 0, place: { position: 0, stragglers: [] } });
  fail(bad);
  lanes.goPast();
  expect(lanes).toMatchObject({
    room: windowEntries,
    place: { position: windowEntries, stragglers: [{ conversationId: 'bad', position: 0 }] },
  });
  expect(bad.queue.map(({ position }) => position)).toEqual([1]);
  read(lanes, 'bad', 'good', 'bad');
  expect(taken(lanes)).toMatchObject({ topic: topic('good'), queue: [{ position: windowEntries + 2 }] });
  expect(lanes.room).toBe(windowEntries - 1);
});

test('who fails and is near, or is well and far behind, is waited for', () => {
  const lanes = begin();
  read(lanes, 'bad', ...times(100, 'good'));
  fail(taken(lanes));
  lanes.goPast();
  expect(lanes.place.stragglers).toEqual([]);
  read(lanes, ...times(100, 'good'));
  lanes.goPast();
  expect(lanes.place).toEqual({ position: 1, stragglers: [{ conversationId: 'bad', position: 0 }] });
});

test('a straggler goes on from where it was until it has come as far as what was read, then it waits in line again', () => {
  const lanes = begin({ position: 500, stragglers: [{ ...topic('bad'), position: 7 }] });
  const bad = taken(lanes);
  expect(bad).toMatchObject({ queue: [], through: 7 });
  lanes.found(bad, { position: 20, type: 'message.sent', attempts: 0, write: undefined });
  expect(lanes.place.stragglers).toEqual([{ conversationId: 'bad', position: 19 }]);
  lanes.done(bad);
  expect(lanes.place.stragglers).toEqual([{ conversationId: 'bad', position: 20 }]);
  expect(taken(lanes)).toBe(bad);
  // What was read while it looked for more is found by the next look.
  read(lanes, 'bad');
  lanes.foundNone(bad, 500);
  expect(taken(lanes)).toBe(bad);
  lanes.foundNone(bad, 501);
  expect(lanes.place).toEqual({ position: 501, stragglers: [] });
  read(lanes, 'bad');
  expect(lanes.place).toEqual({ position: 501, stragglers: [] });
  expect(taken(lanes).queue.map(({ position }) => position)).toEqual([502]);
});

test('there are so many stragglers at the most, then the log waits', () => {
  const lanes = begin();
  for (let n = 0; lanes.room > 0; n++) {
    read(lanes, `${n}`);
    fail(taken(lanes));
    lanes.goPast();
  }
  expect(lanes.place.stragglers.length).toBe(stragglersLimit);
  expect(lanes.place.position).toBe(stragglersLimit);
  expect(lanes.through).toBe(stragglersLimit + windowEntries);
});

test('who has not failed can be taken before those who have', () => {
  const lanes = begin();
  read(lanes, 'bad', 'good');
  lanes.ready(fail(taken(lanes)));
  expect(taken(lanes, false).topic).toEqual(topic('good'));
  expect(lanes.take(false)).toBeUndefined();
  expect(taken(lanes).topic).toEqual(topic('bad'));
});

test('a straggler can be left for later until it has been taken once', () => {
  const lanes = begin({ position: 500, stragglers: [{ ...topic('bad'), position: 7 }] });
  expect(lanes.take(false)).toBeUndefined();
  const bad = taken(lanes);
  bad.isSlow = false;
  lanes.ready(bad);
  expect(taken(lanes, false)).toBe(bad);
});

test('of a straggler more is looked through each time that nothing is wanted, and little again once something was', () => {
  const lanes = begin({ position: 5000, stragglers: [{ ...topic('bad'), position: 7 }] });
  const bad = taken(lanes);
  const looks: number[] = [];
  for (const through of [100, 200, 300, 400]) {
    looks.push(bad.entriesAtOnce);
    lanes.foundNone(bad, through);
  }
  expect([...looks, bad.entriesAtOnce]).toEqual([8, 32, 128, 256, 256]);
  lanes.found(bad, { position: 500, type: 'message.sent', attempts: 0, write: undefined });
  expect(bad.entriesAtOnce).toBe(8);
});
