import { expect, test } from 'vitest';
import { beginSaying, endSaying, type Sayer, saidBefore } from './said-before.ts';

const silent = (): Sayer => ({ sayingCount: 0, lastSaying: 0, saidWaiters: undefined });

test('there is nothing to wait for where nothing is on its way', () => {
  const sayer = silent();
  expect(saidBefore(sayer)).toBeUndefined();
  endSaying(sayer, beginSaying(sayer));
  expect(saidBefore(sayer)).toBeUndefined();
});

test('each waits for what was on its way before it, in whichever order that ends, and for nothing later', async () => {
  const sayer = silent();
  const over: string[] = [];
  const wait = (name: string) => void saidBefore(sayer)?.then(() => over.push(name));
  const [one, two] = [beginSaying(sayer), beginSaying(sayer)];
  wait('first');
  const three = beginSaying(sayer);
  wait('second');
  const seen = async () => {
    await Promise.resolve();
    return [...over];
  };
  endSaying(sayer, three);
  endSaying(sayer, two);
  expect(await seen()).toEqual([]);
  const four = beginSaying(sayer);
  endSaying(sayer, four);
  expect(await seen()).toEqual([]);
  endSaying(sayer, one);
  expect(await seen()).toEqual(['first', 'second']);
  expect(sayer).toEqual({ sayingCount: 0, lastSaying: four, saidWaiters: undefined });
});
