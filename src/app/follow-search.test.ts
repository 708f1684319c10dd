import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SearchFollower } from './follow-search.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Pages of a log that grows, and how often they were asked for. */
class Pages {
  left = 0;
  asked = 0;
  failsNext = false;
  /** Another node takes them in. */
  isElsewhere = false;
  async advance(): Promise<boolean | 'elsewhere'> {
    this.asked++;
    await new Promise((taken) => setTimeout(taken, 1));
    if (this.isElsewhere) return 'elsewhere';
    if (this.failsNext) {
      this.failsNext = false;
      throw new Error('away');
    }
    if (this.left > 0) this.left--;
    return this.left > 0;
  }
}

const gatherMs = 5;
const lookAgainMs = 20;
/** Enough for all that there is. */
const longMs = 1_000;

const follow = (index: Pages, errors: unknown[] = []) =>
  new SearchFollower({ index, gatherMs, retryMs: 10, lookAgainMs, onError: (error) => errors.push(error) });

test('what was written before it began, and then all that is written, is taken in, and a quiet log is left alone', async () => {
  const pages = new Pages();
  pages.left = 3;
  await using follower = follow(pages);
  await vi.advanceTimersByTimeAsync(longMs);
  expect(pages.left).toBe(0);
  for (let round = 0; round < 5; round++) {
    pages.left += 2;
    follower.written();
    follower.written();
    await vi.advanceTimersByTimeAsync(longMs);
    expect(pages.left).toBe(0);
  }
  const { asked } = pages;
  await vi.advanceTimersByTimeAsync(100 * longMs);
  expect(pages.asked).toBe(asked);
});

test('what is written while a page is taken in is not forgotten', async () => {
  const pages = new Pages();
  await using follower = follow(pages);
  await vi.advanceTimersByTimeAsync(gatherMs);
  expect(pages.asked).toBe(1);
  follower.written();
  await vi.advanceTimersByTimeAsync(longMs);
  expect(pages.asked).toBe(2);
});

test('what another node did not come to take in is taken in here, though nothing more is written', async () => {
  const pages = new Pages();
  pages.left = 2;
  pages.isElsewhere = true;
  await using _follower = follow(pages);
  await vi.advanceTimersByTimeAsync(gatherMs + lookAgainMs + 1);
  expect(pages).toMatchObject({ asked: 2, left: 2 });
  pages.isElsewhere = false;
  await vi.advanceTimersByTimeAsync(longMs);
  expect(pages.left).toBe(0);
});

test('a failure is told, and tried again', async () => {
  const pages = new Pages();
  pages.failsNext = true;
  pages.left = 2;
  const errors: unknown[] = [];
  await using _follower = follow(pages, errors);
  await vi.advanceTimersByTimeAsync(longMs);
  expect(pages.left).toBe(0);
  expect(errors).toHaveLength(1);
});

test('it rests nine times as long as it has worked', async () => {
  const pages = new Pages();
  pages.left = 100;
  await using _follower = follow(pages);
  // A page takes a millisecond here, and the rest after it nine: this ends in the middle of a rest.
  await vi.advanceTimersByTimeAsync(gatherMs + 45);
  expect(pages.asked).toBe(5);
});

test('after it was disposed of nothing is asked for any more', async () => {
  const pages = new Pages();
  pages.left = 100;
  const follower = follow(pages);
  await vi.advanceTimersByTimeAsync(gatherMs);
  expect(pages.asked).toBe(1);
  const disposed = follower[Symbol.asyncDispose]();
  await vi.advanceTimersByTimeAsync(1);
  await disposed;
  follower.written();
  await vi.advanceTimersByTimeAsync(longMs);
  expect(pages.asked).toBe(1);
});
