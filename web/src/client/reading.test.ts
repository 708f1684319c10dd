import { expect, test } from 'vitest';
import { idOf, numberOf, oneOf, someText, timeOf } from './reading.ts';

test('what the server did not say, or says otherwise than expected, is nothing', () => {
  for (const value of [undefined, null, {}, 'no time']) {
    expect([numberOf(value), timeOf(value)]).toEqual([0, 0]);
  }
  expect([numberOf(3), timeOf('1970-01-01T00:00:01Z'), timeOf(1_000)]).toEqual([3, 1_000, 0]);
  expect(['', 7, 'x'].map(someText)).toEqual([undefined, undefined, 'x']);
  expect([7, '7', null].map(idOf)).toEqual(['7', '7', '']);
  expect(['a', 'b', undefined].map((value) => oneOf(['a', 'c'], value, 'c'))).toEqual(['a', 'c', 'c']);
});
