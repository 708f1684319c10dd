import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { drawIdsTogether } from './library-ids.ts';

const load = createRequire(createRequire(import.meta.url).resolve('socket.io'));
const { base64id } = load('./contrib/base64id.js') as {
  base64id: { generateId(): string; getRandomBytes(count: number): Buffer };
};

test('ids are as long as the library makes them, and no two are alike', () => {
  const byLibrary = base64id.generateId();
  drawIdsTogether();
  const drawn = base64id.getRandomBytes;
  // The library's own is a method of its kind.
  expect(Object.hasOwn(base64id, 'getRandomBytes')).toBe(true);
  drawIdsTogether();
  expect(base64id.getRandomBytes).toBe(drawn);
  const random = Array.from({ length: 2_000 }, () => base64id.getRandomBytes(12).toString('hex'));
  expect(new Set(random).size).toBe(2_000);
  const ids = Array.from({ length: 2_000 }, () => base64id.generateId());
  expect(new Set(ids).size).toBe(2_000);
  for (const id of ids) expect(id).toHaveLength(byLibrary.length);
  expect(base64id.getRandomBytes(5_000)).toHaveLength(5_000);
});

test('bytes that were drawn stay as they are when more are drawn', () => {
  const first = base64id.getRandomBytes(12);
  const as = first.toString('hex');
  for (let count = 0; count < 1_000; count++) base64id.getRandomBytes(12);
  expect(first.toString('hex')).toBe(as);
});
