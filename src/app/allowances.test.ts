import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BusNetwork } from '../../test/harness/bus-network.ts';
import { FakeClock } from '../../test/harness/use-cases.ts';
import { Allowances, Bucket } from './allowances.ts';

describe('a bucket', () => {
  const allowance = { perSecond: 10, burst: 50 };

  test('gives a burst at once, then as much as flows in', () => {
    const bucket = new Bucket(allowance, 0);
    for (let i = 0; i < 50; i++) expect(bucket.take(allowance, 0)).toBe(0);
    expect(bucket.take(allowance, 0)).toBe(100);
    expect(bucket.take(allowance, 50)).toBe(50);
    expect(bucket.take(allowance, 100)).toBe(0);
    expect(bucket.take(allowance, 100)).toBe(100);
  });

  test('never holds more than its burst, whatever flows in or is given back', () => {
    const bucket = new Bucket({ perSecond: 10, burst: 2 }, 0);
    bucket.giveBack({ perSecond: 10, burst: 2 });
    const taken = [1, 2, 3].map(() => bucket.take({ perSecond: 10, burst: 2 }, 60_000));
    expect(taken).toEqual([0, 0, 100]);
  });

  test('gives what it said it would when it said so, and in all no more than burst and inflow', () => {
    fc.assert(
      fc.property(
        fc.record({ perSecond: fc.integer({ min: 1, max: 100 }), burst: fc.integer({ min: 1, max: 20 }) }),
        fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 100 }),
        (limits, pauses) => {
          const bucket = new Bucket(limits, 0);
          let [now, given] = [0, 0];
          for (const pause of pauses) {
            now += pause;
            const waitMs = bucket.take(limits, now);
            if (waitMs === 0) given++;
            else if (bucket.take(limits, now + waitMs) === 0) [now, given] = [now + waitMs, given + 1];
            else expect.fail(`was told to come back after ${waitMs} ms, and refused then`);
          }
          expect(given).toBeLessThanOrEqual(limits.burst + (now * limits.perSecond) / 1000 + 1e-6);
        },
      ),
    );
  });

  test('is not emptied by a clock that is set back', () => {
    const bucket = new Bucket(allowance, 1000);
    expect(bucket.take(allowance, 0)).toBe(0);
    expect(bucket.isFull(allowance, 0)).toBe(false);
    expect(bucket.isFull(allowance, 100)).toBe(true);
  });
});

describe('allowances', () => {
  let clock: FakeClock;
  let allowances: Allowances;
  beforeEach(() => {
    clock = new FakeClock();
    allowances = new Allowances(clock, {
      messages: { perSecond: 10, burst: 2 },
      conversations: { perSecond: 0.001, burst: 1 },
      httpRequests: { perSecond: 50, burst: 3 },
      fileBytes: { perSecond: 10, burst: 100 },
    });
  });

  test('are each user’s own, and separate for messages, conversations and requests', () => {
    expect([1, 2, 3].map(() => allowances.takeMessage('ann')?.refused)).toEqual([undefined, undefined, 'RATE_LIMITED']);
    expect(allowances.takeMessage('bob')).toBeUndefined();
    expect(allowances.takeConversation('ann')).toBeUndefined();
    expect(allowances.takeHttpRequest('ann')).toBeUndefined();
  });

  test('say when to come back', () => {
    allowances.takeConversation('ann');
    const refusal = allowances.takeConversation('ann');
    expect(refusal).toMatchObject({ refused: 'RATE_LIMITED', retryAfterMs: 1_000_000 });
    expect(refusal?.message).toContain('1000000 ms');
    clock.ms += 1_000_000;
    expect(allowances.takeConversation('ann')).toBeUndefined();
  });

  test('do not count a message that was not accepted', () => {
    for (let i = 0; i < 10; i++) {
      expect(allowances.takeMessage('ann')).toBeUndefined();
      allowances.giveMessageBack('ann');
    }
  });

  test('forget users who have been quiet, and nobody who has not', () => {
    allowances.takeConversation('spent');
    for (let i = 0; i < 1500; i++) allowances.takeMessage(`u${i}`);
    clock.ms += 1000;
    for (let i = 0; i < 2; i++) allowances.takeMessage('spent');
    // Enough newcomers for another sweep.
    for (let i = 0; i < 3000; i++) allowances.takeMessage(`v${i}`);
    expect(allowances.takeConversation('spent')).toMatchObject({ refused: 'RATE_LIMITED' });
    expect(allowances.takeMessage('spent')).toMatchObject({ refused: 'RATE_LIMITED' });
    expect([1, 2, 3].map(() => allowances.takeMessage('u1')?.refused)).toEqual([undefined, undefined, 'RATE_LIMITED']);
  });
});

describe('allowances over several nodes', () => {
  const limits = {
    messages: { perSecond: 10, burst: 50 },
    conversations: { perSecond: 1, burst: 10 },
    httpRequests: { perSecond: 50, burst: 200 },
    fileBytes: { perSecond: 10, burst: 100 },
  };
  let a: Allowances;
  let b: Allowances;
  let network: BusNetwork;
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_760_000_000_000 });
    network = new BusNetwork();
    [a, b] = ['a', 'b'].map((node) => {
      const allowances = new Allowances({ nowMs: () => Date.now() }, limits);
      allowances.shareOver(network.open(node));
      return allowances;
    }) as [Allowances, Allowances];
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const spend = (allowances: Allowances, count: number): number =>
    Array.from({ length: count }, () => allowances.takeMessage('ann')).filter((refusal) => !refusal).length;

  test('are taken from by all of them', () => {
    expect(spend(a, 30)).toBe(30);
    vi.advanceTimersByTime(100);

    expect(spend(b, 50)).toBe(20);
    expect(b.takeMessage('bob')).toBeUndefined();
  });

  test('are spent by the bytes of a file on all of them, and what was too much is waited for', () => {
    expect(a.takeUpload('ann', 150)).toBeUndefined();
    a.settleUpload('ann', 150, 150);
    expect(a.takeUpload('ann', 1)).toMatchObject({ refused: 'RATE_LIMITED', retryAfterMs: 5_100 });
    vi.advanceTimersByTime(100);
    expect(b.takeUpload('ann', 1)).toMatchObject({ refused: 'RATE_LIMITED' });
    expect(b.takeUpload('bob', 1)).toBeUndefined();
    vi.advanceTimersByTime(5_100);
    expect([a, b].map((node) => node.takeUpload('ann', 1))).toEqual([undefined, undefined]);
  });

  test('are taken by files while they are on their way, and given back as far as they were smaller', () => {
    const taken = () => Array.from({ length: 20 }, () => a.takeUpload('ann', 40)).filter((refusal) => !refusal).length;
    expect(taken()).toBe(3);
    for (const sizeBytes of [10, 0, 20]) a.settleUpload('ann', 40, sizeBytes);
    expect(taken()).toBe(2);
    vi.advanceTimersByTime(100);
    expect(b.takeUpload('ann', 1)).toMatchObject({ refused: 'RATE_LIMITED' });
  });

  test('are owed by whoever asked several at once', () => {
    expect(spend(a, 60) + spend(b, 60)).toBe(100);
    vi.advanceTimersByTime(100);
    vi.advanceTimersByTime(4_000);
    expect(spend(a, 1) + spend(b, 1)).toBe(0);
    vi.advanceTimersByTime(1_100);
    expect(spend(a, 1)).toBe(1);
  });

  test('come back on all of them when a message was not accepted', () => {
    spend(a, 50);
    vi.advanceTimersByTime(100);
    for (let n = 0; n < 50; n++) a.giveMessageBack('ann');
    vi.advanceTimersByTime(100);
    expect(spend(b, 60)).toBe(50);
  });

  test('are told in few words, and not at all when nothing was taken', () => {
    const heard = network.open('c').heard;
    for (let n = 0; n < 200; n++) a.takeMessage(`${n}`);
    vi.advanceTimersByTime(10_000);
    expect(heard.length).toBeLessThan(5);
    expect(heard.flatMap((telling) => (telling.tells === 'taken' ? telling.taken : []))).toHaveLength(200);
  });
});
