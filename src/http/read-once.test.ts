import { expect, test } from 'vitest';
import { readOnce } from './read-once.ts';

test('what was read is kept, for whoever asked meanwhile too, and what could not be read is tried again', async () => {
  let reads = 0;
  let fails = true;
  const read = readOnce(async (name: string) => {
    reads++;
    if (fails) throw new Error('too many open files');
    return `${name} ${reads}`;
  });
  await expect(Promise.all([read('a'), read('a')])).rejects.toThrow('too many open files');
  expect(reads).toBe(1);
  fails = false;
  expect(await Promise.all([read('a'), read('a'), read('b')])).toEqual(['a 2', 'a 2', 'b 3']);
  expect(await read('a')).toBe('a 2');
});
