import { expect, test } from 'vitest';
import { UsageError } from './command.ts';
import { parseSeconds } from './options.ts';

test.each([
  ['90', 90],
  ['90s', 90],
  ['30m', 1_800],
  ['12h', 43_200],
  ['7d', 604_800],
])('%s is a duration of %d seconds', (text, seconds) => {
  expect(parseSeconds('ttl', text)).toBe(seconds);
});

test.each(['', '0', '0d', '-1', '1.5h', '1w', 'h', '1 h', '1234567890'])('"%s" is no duration', (text) => {
  expect(() => parseSeconds('ttl', text)).toThrow(UsageError);
});
