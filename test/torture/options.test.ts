import { expect, test } from 'vitest';
import { defaults, readOptions } from './options.ts';

test('what is not said is as the defaults say, with a seed of its own', () => {
  const { seed, ...options } = readOptions([]);
  expect({ ...options, seed: defaults.seed }).toEqual(defaults);
  expect(Number.isSafeInteger(seed) && seed > 0).toBe(true);
});

test.each([
  ['--minutes abc', '--minutes is a number above 0'],
  ['--minutes Infinity', '--minutes is a number above 0'],
  ['--seed 1.5', '--seed is a whole number above 0'],
  ['--clients=-3', '--clients is a whole number above 0'],
  ['--rate x', '--rate is a number above 0'],
  ['--fault-every-ms 0', '--fault-every-ms is a number above 0'],
  ['--window 0.5', '--window is a whole number above 0'],
  ['--nodes 2.5 --store postgres', '--nodes is a whole number above 0'],
])('%s is refused', (line, words) => {
  expect(() => readOptions(line.split(' '))).toThrow(words);
});
