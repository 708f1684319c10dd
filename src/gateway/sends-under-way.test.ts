import { expect, test } from 'vitest';
import { beginSend, earlierSends, endSend, type SendCounts } from './sends-under-way.ts';

const idle = (): SendCounts => ({ sendsUnderWay: 0, lastSendNumber: 0, sendWaiters: undefined });

test('there is nothing to wait for where nothing is on its way', () => {
  const counts = idle();
  expect(earlierSends(counts)).toBeUndefined();
  endSend(counts, beginSend(counts));
  expect(earlierSends(counts)).toBeUndefined();
});

test('each waits for what was on its way before it, in whichever order that ends, and for nothing later', async () => {
  const counts = idle();
  const over: string[] = [];
  const wait = (name: string) => void earlierSends(counts)?.then(() => over.push(name));
  const [one, two] = [beginSend(counts), beginSend(counts)];
  wait('first');
  const three = beginSend(counts);
  wait('second');
  const seen = async () => {
    await Promise.resolve();
    return [...over];
  };
  endSend(counts, three);
  endSend(counts, two);
  expect(await seen()).toEqual([]);
  const four = beginSend(counts);
  endSend(counts, four);
  expect(await seen()).toEqual([]);
  endSend(counts, one);
  expect(await seen()).toEqual(['first', 'second']);
  expect(counts).toEqual({ sendsUnderWay: 0, lastSendNumber: four, sendWaiters: undefined });
});
