import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Entry } from '../core/events.ts';
import type { Position } from '../core/model.ts';
import type { Horizons } from './ports.ts';
import { Forgetting, type Retention, type RetentionParts } from './retention.ts';

const dayMs = 24 * 3600 * 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A log with an entry a day, some of them holes by now, and a clock that stands a day after the newest one. */
function scene(
  retention: Retention,
  { days = 100, holes = [] as readonly number[], dayOf = (position: number): number => position } = {},
) {
  const entries = Array.from({ length: days }, (_, at) => at + 1)
    .filter((position) => !holes.includes(position))
    .map((position) => ({ position, at: dayOf(position) * dayMs, event: { type: 'UserRevoked' } }) as unknown as Entry);
  const done: string[] = [];
  const horizons = { messages: 0, notifications: 0 };
  const steps = { messages: 2, notifications: 0, audit: 1 };
  const told: Position[] = [];
  const errors: unknown[] = [];
  const store: RetentionParts['store'] = {
    head: async () => ({ position: days, epoch: 'e', secret: 's' }),
    readEntries: async ({ after, upTo = days, limit }) => {
      const found = entries.filter(({ position }) => position > after && position <= upTo).slice(0, limit);
      return { entries: found, through: found.at(-1)?.position ?? upTo };
    },
    retention: {
      loadHorizons: async (): Promise<Horizons> => ({ ...horizons }),
      async announce(kind, upTo) {
        done.push(`announce ${kind} up to ${upTo}`);
        horizons[kind] = Math.max(horizons[kind], upTo);
      },
      async forgetSome(kind) {
        done.push(`forget ${kind}`);
        return steps[kind]-- > 0;
      },
      listOldFiles: async (savedBefore, after) =>
        after === '' ? { ids: [`older than day ${savedBefore / dayMs}`], through: 'x' } : { ids: [], through: null },
      forgetFiles: async (ids) => void done.push(`forget row ${ids}`),
      async forgetSomeAudit(madeBefore) {
        done.push(`forget audit before day ${madeBefore / dayMs}`);
        return steps.audit-- > 0;
      },
    },
  };
  const forgetting = new Forgetting({
    store,
    blobs: { remove: async (id) => void done.push(`remove ${id}`) },
    clock: { nowMs: () => (days + 1) * dayMs },
    retention,
    onHorizon: (position) => told.push(position),
    onError: (error) => errors.push(error),
  });
  return { forgetting, done, told, errors, horizons, store };
}

test('what is older than its retention is announced first, and deleted in steps when every node knows', async () => {
  const { done, told, forgetting } = scene({ messages: 30 * dayMs, files: 10 * dayMs, audit: 20 * dayMs });
  const running = forgetting.run(30_000);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(done).toEqual(['announce messages up to 70']);
  expect(told).toEqual([70]);
  await vi.advanceTimersByTimeAsync(10_000);
  await running;
  expect(done.slice(1)).toEqual([
    ...['forget messages', 'forget messages', 'forget messages', 'forget notifications'],
    ...['remove older than day 91', 'forget row older than day 91'],
    ...['forget audit before day 81', 'forget audit before day 81'],
  ]);
  forgetting[Symbol.dispose]();
});

test.each([
  ['nothing is old enough', 200, [], 0],
  ['everything is', 0.5, [], 100],
  ['holes lie where it is looked', 30, [50, 51, 69, 70, 71, 72, 100], 68],
])('the horizon is the newest entry that is old enough: %s', async (_, days, holes, expected) => {
  const { done, forgetting } = scene({ messages: days * dayMs }, { holes });
  const running = forgetting.run(0);
  await vi.advanceTimersByTimeAsync(1_000);
  await running;
  expect(done[0]).toBe(`announce messages up to ${expected}`);
  forgetting[Symbol.dispose]();
});

test.each([
  ['what is young, before what a late clock has written', (position: number) => (position <= 40 ? 99 : 1), 0],
  ['what is young, between two times that the clock was late', (at: number) => (at === 31 ? 99 : 1), 30],
  ['nothing for what a clock has written that was ahead', (at: number) => (at === 31 ? 1_000 : at), 70],
])('times that run backwards keep %s', async (_, dayOf, expected) => {
  const { done, forgetting } = scene({ messages: 30 * dayMs }, { dayOf });
  const running = forgetting.run(0);
  await vi.advanceTimersByTimeAsync(1_000);
  await running;
  expect(done[0]).toBe(`announce messages up to ${expected}`);
  forgetting[Symbol.dispose]();
});

test('without a retention nothing is announced, and what was announced before still goes', async () => {
  const { done, forgetting } = scene({});
  const running = forgetting.run(0);
  await vi.advanceTimersByTimeAsync(1_000);
  await running;
  expect(done.filter((what) => what.startsWith('announce'))).toEqual([]);
  expect(done).toContain('forget messages');
  expect(done.filter((what) => what.startsWith('forget audit'))).toEqual([]);
  forgetting[Symbol.dispose]();
});

test('what another node has announced is heard of long before it goes', async () => {
  const { told, horizons, forgetting } = scene({});
  horizons.notifications = 12;
  await vi.advanceTimersByTimeAsync(31_000);
  expect(told).toEqual([12]);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(told).toEqual([12]);
  forgetting[Symbol.dispose]();
});

test('it runs soon after the start, then daily, goes on after a failure, and ends when it is disposed of', async () => {
  const { done, errors, store, forgetting } = scene({ messages: 30 * dayMs });
  const count = () => done.filter((what) => what.startsWith('announce')).length;
  await vi.advanceTimersByTimeAsync(46_000);
  expect(count()).toBe(1);
  const { announce } = store.retention;
  const failing = vi.spyOn(store.retention, 'announce').mockRejectedValue(new Error('away'));
  await vi.advanceTimersByTimeAsync(dayMs);
  expect(errors).toEqual([new Error('away')]);
  failing.mockImplementation(announce);
  await vi.advanceTimersByTimeAsync(dayMs);
  expect(count()).toBe(2);
  forgetting[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(3 * dayMs);
  expect(count()).toBe(2);
});
