import { mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { StoreUnavailable } from '../app/ports.ts';
import { type BlobsScene, blobId, chunks, keepsContents } from './blobs.contract.ts';
import { openDiskBlobs } from './disk.ts';

async function openScene(): Promise<BlobsScene & { readonly directory: string }> {
  const parent = await mkdtemp(path.join(os.tmpdir(), 'parlance-blobs-'));
  const directory = path.join(parent, 'files');
  return {
    directory,
    blobs: await openDiskBlobs(directory),
    reopen: () => openDiskBlobs(directory),
    async everything() {
      const all = await readdir(parent, { recursive: true, withFileTypes: true });
      return all.filter((entry) => entry.isFile()).map(({ name }) => name);
    },
    [Symbol.asyncDispose]: () => rm(parent, { recursive: true, force: true }),
  };
}

keepsContents(openScene);

test('files are for their owner only, under names that say no more than the id', async () => {
  await using scene = await openScene();
  await scene.blobs.write(blobId, chunks('x'), 1);
  const folder = path.join(scene.directory, 'ab');
  expect((await stat(path.join(folder, blobId))).mode & 0o077).toBe(0);
  expect((await stat(folder)).mode & 0o077).toBe(0);
  expect(await readFile(path.join(folder, blobId), 'utf8')).toBe('x');
});

test('an upload that another node ends while one starts does not keep it from starting', async () => {
  await using scene = await openScene();
  // What is listed and gone when it is looked at.
  await symlink('nowhere', path.join(scene.directory, '.uploads', 'ended'));
  expect(await (await openDiskBlobs(scene.directory)).read(blobId)).toBeUndefined();
});

test('uploads that a killed server left behind are cleared a day later, fresh ones are not', async () => {
  await using scene = await openScene();
  const [old = '', fresh = ''] = ['old', 'fresh'].map((name) => path.join(scene.directory, '.uploads', name));
  await writeFile(old, 'x');
  await writeFile(fresh, 'x');
  const twoDaysAgo = new Date(Date.now() - 48 * 60 * 60 * 1000);
  await utimes(old, twoDaysAgo, twoDaysAgo);
  await scene.reopen();
  expect(await scene.everything()).toEqual(['fresh']);
});

test('a folder that cannot be written is a store that is away, and is told of without the id', async () => {
  await using scene = await openScene();
  const told: string[] = [];
  const blobs = await openDiskBlobs(scene.directory, (error) => told.push(String(error)));
  await rm(path.join(scene.directory, '.uploads'), { recursive: true });
  await expect(blobs.write(blobId, chunks('x'), 1)).rejects.toThrow(StoreUnavailable);
  await writeFile(path.join(scene.directory, blobId.slice(0, 2)), 'in the way');
  await expect(blobs.read(blobId)).rejects.toThrow(StoreUnavailable);
  expect(told).toHaveLength(2);
  expect(told.join()).not.toContain(blobId);
});
