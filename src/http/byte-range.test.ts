import { expect, test } from 'vitest';
import { readRange } from './byte-range.ts';

test.each([
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=2-2', { start: 2, end: 2 }],
  ['BYTES=2-4', { start: 2, end: 4 }],
  ['bytes=9-', { start: 9, end: 9 }],
  ['bytes=8-10', { start: 8, end: 9 }],
  ['bytes=-1', { start: 9, end: 9 }],
  ['bytes=-11', { start: 0, end: 9 }],
  ['bytes=10-', 'beyond'],
  ['bytes=10-11', 'beyond'],
  ['bytes=-0', 'beyond'],
  ['bytes=3-2', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=0-1,3-4', 'whole'],
  ['bytes= 0-1', 'whole'],
  ['lines=0-1', 'whole'],
  [undefined, 'whole'],
] as const)('of ten bytes %s asks for what it says, or for all', (header, range) => {
  expect(readRange(header, 10)).toEqual(range);
});

test.each(['bytes=0-', 'bytes=-1'])('of an empty file nothing lies in %s', (header) => {
  expect(readRange(header, 0)).toBe('beyond');
});
