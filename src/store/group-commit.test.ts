import { describe, expect, test } from 'vitest';
import { StoreUnavailable } from '../app/ports.ts';
import type { BatchResult } from './batch.ts';
import { GroupCommit } from './group-commit.ts';

/** A writer whose batches are answered by hand; a call is its text, and its result a position. */
function handWriter() {
  const batches: {
    readonly calls: readonly unknown[];
    readonly startMs: number;
    answer(result?: BatchResult): void;
  }[] = [];
  const commit = (calls: readonly string[]): Promise<BatchResult> =>
    new Promise((resolve) => {
      // More than anybody asks for: how many items a call has is between the group and its callers.
      const done: BatchResult = new Array(20_000).fill({ done: [1] });
      batches.push({ calls, startMs: performance.now(), answer: (result = done) => resolve(result) });
    });
  const untilBatch = async (count: number): Promise<void> => {
    while (batches.length < count) await new Promise(setImmediate);
  };
  return { batches, commit, untilBatch };
}

const add = (group: GroupCommit<string>, text: string, itemCount = 1) => group.add(text, itemCount, text.length);

const turns = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await new Promise(setImmediate);
};

describe('group commit', () => {
  test('gathers the calls of one turn', async () => {
    const { batches, commit, untilBatch } = handWriter();
    const group = new GroupCommit(commit, 0);
    const calls = ['1', '2', '3'].map((text) => add(group, text));
    await untilBatch(1);
    batches[0]?.answer();
    expect(await Promise.all(calls)).toHaveLength(3);
    expect(batches.map((batch) => batch.calls)).toEqual([['1', '2', '3']]);
  });

  test('has one batch on its way, and gathers the next one meanwhile', async () => {
    const { batches, commit, untilBatch } = handWriter();
    const group = new GroupCommit(commit, 0);
    void add(group, '1');
    await untilBatch(1);
    void add(group, '2');
    await turns(3);
    void add(group, '3');
    await turns(3);
    expect(batches).toHaveLength(1);
    batches[0]?.answer();
    await untilBatch(2);
    expect(batches[1]?.calls).toEqual(['2', '3']);
  });

  test('bounds a batch, but never splits a call', async () => {
    const { batches, commit, untilBatch } = handWriter();
    const group = new GroupCommit(commit, 0);
    for (const [text, itemCount] of [
      ['1', 1_500],
      ['2', 500],
      ['3', 1],
      ['4', 9_000],
    ] as const)
      void add(group, text, itemCount);
    for (const n of [0, 1, 2]) {
      await untilBatch(n + 1);
      batches[n]?.answer();
    }
    expect(batches.map((batch) => batch.calls)).toEqual([['1', '2'], ['3'], ['4']]);
  });

  test('keeps a distance that grows with what comes', async () => {
    const distanceMs = 600;
    for (const [itemCount, atLeastMs, below] of [
      [1, 0, 290],
      // Half of what is worth the whole distance.
      [64, 295, 590],
      [1_000, 595, 10_000],
    ] as const) {
      const { batches, commit, untilBatch } = handWriter();
      const group = new GroupCommit(commit, distanceMs);
      void add(group, '1', itemCount);
      await untilBatch(1);
      batches[0]?.answer();
      await turns(2);
      void add(group, '2');
      await untilBatch(2);
      const apartMs = (batches[1]?.startMs ?? 0) - (batches[0]?.startMs ?? 0);
      expect([itemCount, apartMs >= atLeastMs, apartMs < below]).toEqual([itemCount, true, true]);
    }
  });

  test('lets commits start at once after one that waited and gathered nothing', async () => {
    const distanceMs = 600;
    const { batches, commit, untilBatch } = handWriter();
    const group = new GroupCommit(commit, distanceMs);
    for (const [n, itemCount] of [1_000, 1, 1, 1].entries()) {
      void add(group, String(n), itemCount);
      await untilBatch(n + 1);
      batches[n]?.answer();
      await turns(2);
    }
    const [first = 0, second = 0, , last = 0] = batches.map(({ startMs }) => startMs);
    expect(second - first).toBeGreaterThan(distanceMs - 5);
    expect(last - second).toBeLessThan(distanceMs / 2);
  });

  test('waits no longer than until as many are there as come in the time', async () => {
    const { batches, commit, untilBatch } = handWriter();
    const group = new GroupCommit(commit, 10_000);
    // Half of what is worth the whole distance: eight a distance, so that four are worth half of it.
    void add(group, '1', 64);
    await untilBatch(1);
    batches[0]?.answer();
    await turns(2);
    void add(group, '2');
    void add(group, '3');
    await turns(5);
    expect(batches).toHaveLength(1);
    void add(group, '4');
    void add(group, '5');
    await untilBatch(2);
    expect(batches[1]?.calls).toEqual(['2', '3', '4', '5']);
    expect((batches[1]?.startMs ?? 0) - (batches[0]?.startMs ?? 0)).toBeLessThan(1_000);
  });

  test('waits again when something comes while a commit is on its way', async () => {
    const distanceMs = 80;
    const { batches, commit, untilBatch } = handWriter();
    const group = new GroupCommit(commit, distanceMs);
    for (const [n, itemCount] of [1_000, 1].entries()) {
      void add(group, String(n), itemCount);
      await untilBatch(n + 1);
      if (n === 0) batches[n]?.answer();
      await turns(2);
    }
    void add(group, 'meanwhile');
    batches[1]?.answer();
    await untilBatch(3);
    const [, second = 0, third = 0] = batches.map(({ startMs }) => startMs);
    expect(third - second).toBeGreaterThan(distanceMs - 5);
  });

  test('rejects a whole batch that could not be written, and goes on', async () => {
    const { batches, commit, untilBatch } = handWriter();
    const group = new GroupCommit(commit, 0);
    const failed = Promise.allSettled([add(group, '1'), add(group, '2')]);
    await untilBatch(1);
    batches[0]?.answer({ unavailable: 'The disk is full.' });
    for (const call of await failed) {
      expect(call.status === 'rejected' && call.reason).toBeInstanceOf(StoreUnavailable);
    }
    const next = add(group, '3');
    await untilBatch(2);
    batches[1]?.answer();
    expect(await next).toEqual([{ done: [1] }]);
  });

  test('refuses more than may wait', async () => {
    const { batches, commit, untilBatch } = handWriter();
    const group = new GroupCommit(commit, 0);
    const large = 'x'.repeat(30_000_000);
    const [first, second] = [add(group, large), add(group, large)];
    await expect(add(group, large)).rejects.toThrow(StoreUnavailable);
    for (const n of [0, 1]) {
      await untilBatch(n + 1);
      batches[n]?.answer();
    }
    expect(await Promise.all([first, second])).toHaveLength(2);
  });

  test('is idle when nothing waits any more', async () => {
    const { batches, commit, untilBatch } = handWriter();
    const group = new GroupCommit(commit, 0);
    await group.idle();
    const order: string[] = [];
    const call = add(group, '1').then(() => order.push('written'));
    const idle = group.idle().then(() => order.push('idle'));
    await untilBatch(1);
    expect(order).toEqual([]);
    batches[0]?.answer();
    await Promise.all([call, idle]);
    expect(order).toEqual(['written', 'idle']);
  });
});
