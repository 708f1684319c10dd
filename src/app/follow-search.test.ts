import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../../test/harness/until.ts';
import { SearchFollower } from './follow-search.ts';

/** Pages of a log that grows, and how often they were asked for. */
class Pages {
  left = 0;
  asked = 0;
  failsNext = false;
  /** Another node takes them in. */
  isElsewhere = false;
  async advance(): Promise<boolean | 'elsewhere'> {
    this.asked++;
    await wait(1);
    if (this.isElsewhere) return 'elsewhere';
    if (this.failsNext) {
      this.failsNext = false;
      throw new Error('away');
    }
    if (this.left > 0) this.left--;
    return this.left > 0;
  }
}

const follow = (index: Pages, errors: unknown[] = []) =>
  new SearchFollower({ index, gatherMs: 5, retryMs: 10, lookAgainMs: 20, onError: (error) => errors.push(error) });

test('what was written before it began, and then all that is written, is taken in, and a quiet log is left alone', async () => {
  const pages = new Pages();
  pages.left = 3;
  await using follower = follow(pages);
  const isQuiet = () => pages.left === 0;
  await until(isQuiet, () => `${pages.left} pages left`);
  for (let round = 0; round < 5; round++) {
    pages.left += 2;
    follower.written();
    follower.written();
    await until(isQuiet, () => `${pages.left} pages left in round ${round}`);
  }
  await wait(30);
  const asked = pages.asked;
  await wait(50);
  expect(pages.asked).toBe(asked);
});

test('what is written while a page is taken in is not forgotten', async () => {
  const pages = new Pages();
  await using follower = follow(pages);
  await until(
    () => pages.asked === 1,
    () => 'nothing was asked for',
  );
  follower.written();
  await until(
    () => pages.asked === 2,
    () => `asked ${pages.asked} times`,
  );
});

test('what another node did not come to take in is taken in here, though nothing more is written', async () => {
  const pages = new Pages();
  pages.left = 2;
  pages.isElsewhere = true;
  await using _follower = follow(pages);
  await until(
    () => pages.asked > 1,
    () => 'nobody looks again',
  );
  pages.isElsewhere = false;
  await until(
    () => pages.left === 0,
    () => `${pages.left} pages left`,
  );
});

test('a failure is told, and tried again', async () => {
  const pages = new Pages();
  pages.failsNext = true;
  pages.left = 2;
  const errors: unknown[] = [];
  await using _follower = follow(pages, errors);
  await until(
    () => pages.left === 0,
    () => `${pages.left} pages left`,
  );
  expect(errors).toHaveLength(1);
});

test('after it was disposed of nothing is asked for any more', async () => {
  const pages = new Pages();
  pages.left = 100;
  const follower = follow(pages);
  await until(
    () => pages.asked > 1,
    () => 'nothing was asked for',
  );
  await follower[Symbol.asyncDispose]();
  const asked = pages.asked;
  follower.written();
  await wait(30);
  expect(pages.asked).toBe(asked);
});
