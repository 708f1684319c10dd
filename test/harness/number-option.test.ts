import { expect, test } from 'vitest';
import { numberOption } from './number-option.ts';

test.each([
  ['2.5', {}, 2.5],
  ['1e3', { isWhole: true }, 1000],
  [' 7 ', { isWhole: true }, 7],
  ['0', { isWhole: true, least: 0 }, 0],
])('%j of %j is a number', (text, kind, number) => {
  expect(numberOption('seconds', text, kind)).toBe(number);
});

test.each([
  ['abc', {}],
  ['', {}],
  [' ', { least: 0 }],
  ['0', {}],
  ['-1', {}],
  ['-1', { isWhole: true, least: 0 }],
  ['5s', {}],
  ['Infinity', {}],
  ['NaN', {}],
  ['2.5', { isWhole: true }],
  ['1e300', { isWhole: true }],
])('%j of %j is refused by the name of its option', (text, kind) => {
  expect(() => numberOption('seconds', text, kind)).toThrow(/^--seconds is a (whole )?number .*, and not "/);
});
