import { expect, test } from 'vitest';
import type { LogLine } from './admin-api.ts';
import { aroundId, newlyTold } from './log-lines.ts';

const page = (from: number, to: number): readonly LogLine[] =>
  Array.from({ length: to - from + 1 }, (_, index) => {
    const position = String(from + index);
    return { position, at: '', type: 'MessageSent', sentence: position };
  });
const told = (lines: readonly LogLine[]) => lines.map(({ sentence }) => sentence);

test('a page is told newest first', () => {
  expect(told(newlyTold(page(1, 3), undefined, false))).toEqual(['3', '2', '1']);
  expect(told(newlyTold(page(4, 5), '3', false))).toEqual(['5', '4']);
});

test('what was told before is not told again', () => {
  expect(told(newlyTold(page(2, 5), '3', true))).toEqual(['5', '4']);
  expect(newlyTold(page(2, 3), '3', true)).toEqual([]);
});

test('a hole in the log is no entry that was left out', () => {
  expect(told(newlyTold(page(7, 8), '3', false))).toEqual(['8', '7']);
});

test('what was left out is said to be missing', () => {
  expect(told(newlyTold(page(101, 102), '3', true))).toEqual(['102', '101', '97 entries are left out.']);
});

test.each([
  ['Ann (7) said in tea: 4 characters.', ['Ann (', '7', ') said in tea: 4 characters.']],
  ['Ann (7) reacted with (1)', ['Ann (', '7', ') reacted with (1)']],
  ['ada banned 7: “spam (twice)”.', undefined],
  ['ada added Ann (7) to “Launch (Berlin)”', ['ada added Ann (', '7', ') to “Launch (Berlin)”']],
])('of %s the id can be looked up, and nothing that is quoted', (sentence, expected) => {
  expect(aroundId(sentence)).toEqual(expected);
});
