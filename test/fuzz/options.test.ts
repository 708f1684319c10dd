import { expect, test } from 'vitest';
import { liveTargetNames, liveTargets } from './live.ts';
import { readOptions } from './options.ts';

const names = ['packets', 'tokens'];

test('what is not said is a minute of all targets', () => {
  expect(readOptions([], names)).toMatchObject({ minutes: 1, target: undefined, seed: expect.any(Number) });
  expect(readOptions(['--minutes', '0.5', '--target', 'tokens', '--seed', '0'], names)).toEqual({
    minutes: 0.5,
    target: 'tokens',
    seed: 0,
  });
});

test.each([
  ['--minutes=abc', '--minutes is a number'],
  ['--minutes=-1', '--minutes is a number'],
  ['--seed=1.5', '--seed is a whole number'],
  ['--target=nonsense', 'There is no target "nonsense". Use one of packets, tokens.'],
])('%s is refused', (option, words) => {
  expect(() => readOptions([option], names)).toThrow(words);
});

test('the targets of the whole server are known by their names before there is one', () => {
  expect(liveTargets({} as never).map(({ name }) => name)).toEqual(liveTargetNames);
});
