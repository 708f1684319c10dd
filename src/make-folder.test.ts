import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'parlance-folder-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test('makes what is missing, for its owner only, and leaves what is there', () => {
  const folder = join(base, 'one', 'two');
  makeFolder(folder);
  for (const made of [folder, join(base, 'one')]) expect(statSync(made).mode & 0o777).toBe(0o700);
  writeFileSync(join(folder, 'kept'), '');
  makeFolder(folder);
  expect(existsSync(join(folder, 'kept'))).toBe(true);
});

test('a file in the way is said', () => {
  writeFileSync(join(base, 'file'), '');
  expect(() => makeFolder(join(base, 'file'))).toThrow(/EEXIST/);
  expect(() => makeFolder(join(base, 'file', 'below'))).toThrow(/EEXIST|ENOTDIR/);
});

test.skipIf(!existsSync('/proc/self'))('where nothing can be made, it ends and says so', () => {
  for (const folder of ['/proc/parlance', '/proc/parlance/below']) expect(() => makeFolder(folder)).toThrow(/mkdir/);
});
