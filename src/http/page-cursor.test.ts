import { expect, test } from 'vitest';
import { readPageCursor, writePageCursor } from './page-cursor.ts';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a place in a list is read back as it was written', () => {
  const cursor = { updatedAt: 1_760_000_000_000, id: 'tea/é' };
  expect(readPageCursor(writePageCursor(cursor))).toEqual(cursor);
});

test.each([
  [''],
  ['nonsense'],
  [encoded('1a')],
  [encoded({ 0: 1, 1: 'a', length: 2 })],
  [encoded([1])],
  [encoded([1, 'a', 2])],
  [encoded(['1', 'a'])],
  [encoded([1.5, 'a'])],
  [encoded([1, 2])],
  [encoded([1, ''])],
])('%s is no place in a list', (text) => {
  expect(readPageCursor(text)).toBeUndefined();
});
