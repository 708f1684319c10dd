import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgetSessions } from './forget-sessions.ts';

const dayMs = 24 * 3600 * 1000;

beforeEach(() => vi.useFakeTimers({ now: 100 * dayMs }));
afterEach(() => vi.useRealTimers());

function begin(store: { forgetSessions(savedBefore: number): Promise<number> }) {
  const errors: unknown[] = [];
  const clock = { nowMs: () => Date.now() };
  const forgetting = forgetSessions({ store, clock, retentionMs: 7 * dayMs, onError: (error) => errors.push(error) });
  return { errors, stop: () => forgetting[Symbol.dispose]() };
}

test('what is older than the retention is forgotten soon after the start, and once a day', async () => {
  const asked: number[] = [];
  const { stop } = begin({
    async forgetSessions(savedBefore) {
      asked.push(savedBefore);
      return 0;
    },
  });
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([93 * dayMs + 30_000]);
  await vi.advanceTimersByTimeAsync(2 * dayMs);
  expect(asked).toEqual([93 * dayMs + 30_000, 94 * dayMs, 95 * dayMs]);
  stop();
  await vi.advanceTimersByTimeAsync(2 * dayMs);
  expect(asked.length).toBe(3);
});

test('a failure is reported, and the next day it is tried again', async () => {
  const { errors, stop } = begin({ forgetSessions: () => Promise.reject(new Error('no disk')) });
  await vi.advanceTimersByTimeAsync(dayMs);
  expect(errors).toEqual([new Error('no disk'), new Error('no disk')]);
  stop();
});

test('what fails because the store is being closed is not reported', async () => {
  let fail = (): void => undefined;
  const { errors, stop } = begin({
    forgetSessions: () =>
      new Promise((_, reject) => {
        fail = () => reject(new Error('closed'));
      }),
  });
  await vi.advanceTimersByTimeAsync(60_000);
  stop();
  fail();
  await vi.advanceTimersByTimeAsync(1);
  expect(errors).toEqual([]);
});
