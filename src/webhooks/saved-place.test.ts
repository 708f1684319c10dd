import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WebhookState } from '../app/ports.ts';
import { SavedPlace } from './saved-place.ts';

const webhook = { id: 'w', generation: 3, position: 1, stragglers: [], parkedCount: 0 } as unknown as WebhookState;
let position: number;
let moved: number[];
let isAway: boolean;
let saved: SavedPlace;

beforeEach(() => {
  vi.useFakeTimers();
  position = 1;
  moved = [];
  isAway = false;
  saved = new SavedPlace(webhook, {
    followers: {
      async moveWebhook(_id, _generation, to) {
        if (isAway) throw new Error('away');
        moved.push(to.position);
        return true;
      },
    },
    place: () => ({ position, stragglers: [] }),
    onSuperseded: () => undefined,
    onError: () => undefined,
  });
});
afterEach(() => void vi.useRealTimers());

test('a place that could not be saved is saved later, whether or not anything is delivered meanwhile', async () => {
  position = 2;
  isAway = true;
  saved.saveSoon();
  await vi.advanceTimersByTimeAsync(1_000);
  isAway = false;
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
