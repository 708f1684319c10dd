import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { freshFolder, parlance } from '../../test/harness/command-line.ts';
import { openStore } from '../store/open.ts';

let folder: string;
let looks = 0;
const bothLooked = Promise.withResolvers<void>();

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const readdir = async (path: string, ...more: []) => {
    const found = await fs.readdir(path, ...more);
    if (path !== folder) return found;
    if (++looks === 2) bothLooked.resolve();
    await bothLooked.promise;
    return found;
  };
  return { ...fs, readdir };
});

test('of two backups that find the same folder empty, one is whole and the other removes nothing of it', async () => {
  const DATA_DIR = freshFolder();
  folder = join(DATA_DIR, 'copy');
  await (await openStore({ dataDir: DATA_DIR }))[Symbol.asyncDispose]();
  const both = await Promise.all([1, 2].map(() => parlance(`backup --to ${folder}`, { DATA_DIR })));
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect(await parlance(`restore --from ${folder}`, { DATA_DIR: freshFolder() })).toMatchObject({ code: 0 });
});
