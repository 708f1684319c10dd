import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { entry, FakeLog, listenTo } from '../../test/harness/sequencer-scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a sequencer', () => {
  test('brings exactly the log in order, whatever the bus doubles, loses and mixes up', async () => {
    const events = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()), { maxLength: 80, size: 'max' });
    const holes = fc.uniqueArray(fc.integer({ min: 1, max: 39 }), { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(events, holes, async (brought, missing) => {
        const log = new FakeLog(missing);
        const { sequencer, heard, errors } = listenTo(log);
        for (const [position, pauses] of brought) {
          // What is on the bus is in the log, with everything before it.
          log.head = Math.max(log.head, position);
          if (!log.holes.has(position)) sequencer.push([entry(position), entry(position)]);
          if (pauses) await vi.advanceTimersByTimeAsync(60);
        }
        log.head = 41;
        sequencer.push([entry(41)]);
        await vi.advanceTimersByTimeAsync(1000);
        expect(heard).toEqual(log.entriesUpTo(41).map(({ position }) => position));
        expect(sequencer.position).toBe(41);
        expect(errors).toEqual([]);
        sequencer.dispose();
      }),
    );
  });

  test('reads nothing as long as nothing is missing', async () => {
    const log = new FakeLog();
    const { sequencer, heard } = listenTo(log);
    for (let position = 1; position <= 20; position++) sequencer.push([entry(position)]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toHaveLength(20);
    expect(log.reads).toBe(0);
  });

  test('gives a missing entry a moment to come before the log is read', async () => {
    const log = new FakeLog();
    log.head = 2;
    const { sequencer, heard } = listenTo(log);
    sequencer.push([entry(2)]);
    await vi.advanceTimersByTimeAsync(40);
    expect([heard, log.reads]).toEqual([[], 0]);
    sequencer.push([entry(1)]);
    await vi.advanceTimersByTimeAsync(1000);
    expect([heard, log.reads, sequencer.repairs]).toEqual([[1, 2], 0, 0]);
  });

  test('reads what another node has written, and no further than it was told', async () => {
    const log = new FakeLog([2]);
    log.head = 9;
    const { sequencer, heard } = listenTo(log);
    sequencer.head(4);
    sequencer.head(5);
    sequencer.head(1);
    await vi.advanceTimersByTimeAsync(0);
    expect([heard, sequencer.position, log.reads]).toEqual([[1, 3, 4, 5], 5, 2]);
    sequencer.push([entry(6)]);
    sequencer.head(6);
    await vi.advanceTimersByTimeAsync(1000);
    expect([heard, log.reads]).toEqual([[1, 3, 4, 5, 6], 2]);
  });

  test('does not count as behind what it was told of and is in no log, and goes on', async () => {
    const log = new FakeLog();
    log.head = 2;
    const { sequencer, heard } = listenTo(log);
    sequencer.head(1_000_000);
    expect(sequencer.newestKnown).toBe(1_000_000);
    await vi.advanceTimersByTimeAsync(0);
    expect([heard, sequencer.newestKnown]).toEqual([[1, 2], 2]);
    const { reads } = log;
    log.head = 3;
    sequencer.head(3);
    await vi.advanceTimersByTimeAsync(50);
    expect([heard, log.reads]).toEqual([[1, 2, 3], reads + 1]);
  });

  test('looks now and then, whoever tells without end of what is in no log', async () => {
    const log = new FakeLog();
    const { sequencer, heard } = listenTo(log);
    for (let ms = 0; ms < 1000; ms++) {
      sequencer.head(1_000_000 + ms);
      if (ms === 500) {
        log.head = 2;
        sequencer.head(2);
      }
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(heard).toEqual([1, 2]);
    expect(log.reads).toBeLessThan(25);
  });

  test('brings everybody who catches up to the end, however many do so at once', async () => {
    const log = new FakeLog();
    log.head = 20;
    const { sequencer, heard } = listenTo(log);
    const reached: number[] = [];
    const catchUp = () => sequencer.catchUp().then(() => reached.push(sequencer.position));
    await Promise.all([catchUp(), catchUp(), catchUp()]);
    expect(reached).toEqual([20, 20, 20]);
    expect(heard).toEqual(log.entriesUpTo(20).map(({ position }) => position));
  });

  test('lets nothing that it has read overtake the announcement of what this node had handed over', async () => {
    const log = new FakeLog();
    log.head = 2;
    const announcing = Promise.withResolvers<void>();
    const { sequencer, heard } = listenTo(log, { announced: () => announcing.promise });
    const happened: string[] = [];
    const caughtUp = sequencer.catchUp();
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual([]);
    sequencer.before(2, () => happened.push(`entered after ${heard}`));
    sequencer.push([entry(2)]);
    announcing.resolve();
    await caughtUp;
    expect(happened).toEqual(['entered after 1']);
    expect(heard).toEqual([1, 2]);
  });

  test('reads again what it was told of when the log could not be read', async () => {
    const log = new FakeLog();
    log.head = 2;
    log.fails = true;
    const { sequencer, heard, errors } = listenTo(log);
    sequencer.head(2);
    await vi.advanceTimersByTimeAsync(400);
    log.fails = false;
    await vi.advanceTimersByTimeAsync(400);
    expect([heard, errors.length]).toEqual([[1, 2], 1]);
  });

  test('goes on trying while the log cannot be read', async () => {
    const log = new FakeLog();
    log.head = 2;
    log.fails = true;
    const { sequencer, heard, errors } = listenTo(log);
    sequencer.push([entry(2)]);
    await vi.advanceTimersByTimeAsync(500);
    expect(heard).toEqual([]);
    expect(errors.length).toBeGreaterThan(2);
    log.fails = false;
    await vi.advanceTimersByTimeAsync(100);
    expect(heard).toEqual([1, 2]);
  });

  test('keeps no more than it may while the log cannot be read, and brings all of it when it can', async () => {
    const log = new FakeLog();
    log.head = 30;
    log.fails = true;
    const { sequencer, heard } = listenTo(log, { waitingLimit: 5 });
    for (const { position } of log.entriesUpTo(30, 1)) sequencer.push([entry(position)]);
    expect([sequencer.waiting, sequencer.newestKnown]).toEqual([5, 30]);
    await vi.advanceTimersByTimeAsync(200);
    expect(heard).toEqual([]);
    log.fails = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(heard).toEqual(log.entriesUpTo(30).map(({ position }) => position));
    expect(sequencer.waiting).toBe(0);
  });

  test('begins after the head that it was given, and catches up with one that it was told of', async () => {
    const log = new FakeLog([7]);
    log.head = 9;
    const { sequencer, heard } = listenTo(log, { position: 5 });
    sequencer.push([entry(4), entry(5)]);
    await sequencer.catchUp();
    expect(heard).toEqual([6, 8, 9]);
  });

  test('lets somebody in just before an entry passes, and says when it has', async () => {
    const log = new FakeLog();
    const { sequencer } = listenTo(log);
    const story: string[] = [];
    sequencer.subscribe(({ position }) => story.push(`passed ${position}`));
    sequencer.before(2, () => story.push(`before 2, at ${sequencer.position}`));
    sequencer.reached(2)?.then(() => story.push('reached 2'));
    sequencer.push([entry(1), entry(2), entry(3)]);
    await Promise.resolve();
    expect(story).toEqual(['passed 1', 'before 2, at 1', 'passed 2', 'passed 3', 'reached 2']);
    expect(sequencer.reached(3)).toBeUndefined();
    sequencer.before(3, () => story.push('at once'));
    expect(story.at(-1)).toBe('at once');
  });

  test('goes on when one who waits for an entry fails, and lets the others in', () => {
    const { sequencer, heard, errors } = listenTo(new FakeLog());
    const story: string[] = [];
    sequencer.before(1, () => {
      throw new Error('A bug.');
    });
    sequencer.before(1, () => void story.push('in'));
    sequencer.push([entry(1), entry(2)]);
    expect(story).toEqual(['in']);
    expect(heard).toEqual([1, 2]);
    expect(errors).toMatchObject([{ message: 'A bug.' }]);
  });

  test('reads what was seen in the store where the bus does not bring it in a moment, and nothing where it does', async () => {
    const log = new FakeLog();
    const { sequencer, heard } = listenTo(log);
    log.head = 2;
    const first = sequencer.caughtUp(1);
    await vi.advanceTimersByTimeAsync(40);
    sequencer.push(log.entriesUpTo(1));
    await first;
    await vi.advanceTimersByTimeAsync(100);
    expect({ heard, reads: log.reads }).toEqual({ heard: [1], reads: 0 });
    expect(sequencer.caughtUp(1)).toBeUndefined();
    const second = sequencer.caughtUp(2);
    await vi.advanceTimersByTimeAsync(49);
    expect(log.reads).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    await second;
    expect(heard).toEqual([1, 2]);
  });

  test('reads nothing more once it was disposed of, whatever is missing', async () => {
    const log = new FakeLog();
    log.head = 2;
    const { sequencer } = listenTo(log);
    sequencer.push([entry(2)]);
    sequencer.dispose();
    await vi.advanceTimersByTimeAsync(1000);
    expect(log.reads).toBe(0);
  });

  test('forgets nobody who waits for a position that turns out to be a hole', async () => {
    const log = new FakeLog([2, 4]);
    log.head = 4;
    const { sequencer } = listenTo(log);
    const story: number[] = [];
    const reached = sequencer.reached(4);
    for (const position of [2, 4]) sequencer.before(position, () => story.push(sequencer.position));
    sequencer.push([entry(3)]);
    await vi.advanceTimersByTimeAsync(60);
    await reached;
    expect(story).toEqual([1, 3]);
  });
});
