import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WebhookState } from '../app/ports.ts';
import { SavedPlace } from './saved-place.ts';

const webhook = { id: 'w', generation: 3, position: 1, stragglers: [], parkedCount: 0 } as unknown as WebhookState;
let position: number;
let moved: number[];
let isAway: boolean;
let isOurs: boolean;
let superseded: number;
let errors: number;
let saved: SavedPlace;

beforeEach(() => {
  vi.useFakeTimers();
  position = 1;
  moved = [];
  isAway = false;
  isOurs = true;
  superseded = 0;
  errors = 0;
  saved = new SavedPlace(webhook, {
    followers: {
      async moveWebhook(_id, _generation, to) {
        if (isAway) throw new Error('away');
        moved.push(to.position);
        return isOurs;
      },
    },
    place: () => ({ position, stragglers: [] }),
    onSuperseded: () => void superseded++,
    onError: () => void errors++,
  });
});
afterEach(() => void vi.useRealTimers());

test('a place that could not be saved is saved later, whether or not anything is delivered meanwhile', async () => {
  position = 2;
  isAway = true;
  saved.saveSoon();
  await vi.advanceTimersByTimeAsync(1_000);
  isAway = false;
  expect(errors).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(moved).toEqual([2]);
});

test('a place that could not be saved for the last time is left', async () => {
  position = 2;
  isAway = true;
  await saved[Symbol.asyncDispose]();
  isAway = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(moved).toEqual([]);
});

test('a place that has not moved is not saved', async () => {
  saved.saveSoon();
  await vi.advanceTimersByTimeAsync(1_000);
  await saved[Symbol.asyncDispose]();
  expect(moved).toEqual([]);
});

test('whoever saves a place learns when the webhook is not as it was any more, and only then', async () => {
  for (const ours of [true, false]) {
    isOurs = ours;
    position++;
    saved.saveSoon();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(superseded).toBe(ours ? 0 : 1);
  }
});
