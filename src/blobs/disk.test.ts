import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Blobs } from '../app/ports.ts';
import { openDiskBlobs } from './disk.ts';

const id = 'ab_0123456789-secret';
let directory: string;
let blobs: Blobs;

beforeEach(async () => {
  directory = path.join(await mkdtemp(path.join(os.tmpdir(), 'parlance-blobs-')), 'files');
  blobs = await openDiskBlobs(directory);
});
afterEach(async () => {
  await rm(path.dirname(directory), { recursive: true, force: true });
});

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(content: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (!content) return undefined;
  const parts: Uint8Array[] = [];
  for await (const chunk of content) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

async function filesLeft(): Promise<string[]> {
  const all = await readdir(directory, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map(({ name }) => name);
}

test('what was written can be read, whole and in parts, also after opening anew', async () => {
  expect(await blobs.write(id, chunks('hello ', '', 'world'), 100)).toEqual({ sizeBytes: 11 });
  expect(await textOf(await blobs.read(id))).toBe('hello world');
  expect(await textOf(await blobs.read(id, { start: 4, end: 6 }))).toBe('o w');
  expect(await textOf(await (await openDiskBlobs(directory)).read(id))).toBe('hello world');
  expect(await readFile(path.join(directory, 'ab', id), 'utf8')).toBe('hello world');
});

test('files are for their owner only', async () => {
  await blobs.write(id, chunks('x'), 1);
  expect((await stat(path.join(directory, 'ab', id))).mode & 0o077).toBe(0);
  expect((await stat(path.join(directory, 'ab'))).mode & 0o077).toBe(0);
});

test('what exceeds the limit is refused while it comes, and leaves nothing', async () => {
  let taken = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      taken += 1;
      yield Buffer.alloc(10);
    }
  }
  await expect(blobs.write(id, endless(), 25)).rejects.toMatchObject({ name: 'TooLarge' });
  expect(taken).toBe(3);
  expect(await filesLeft()).toEqual([]);
  expect(await blobs.write(id, chunks('x'.repeat(25)), 25)).toEqual({ sizeBytes: 25 });
});

test('a source that fails leaves nothing, and its failure is told', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('some');
    throw new Error('gone');
  }
  await expect(blobs.write(id, failing(), 100)).rejects.toThrow('gone');
  expect(await filesLeft()).toEqual([]);
  expect(await blobs.read(id)).toBeUndefined();
});

test('ids that could lead elsewhere are nothing', async () => {
  await writeFile(path.join(directory, 'outside'), 'x');
  for (const bad of [
    '',
    'short',
    '../outside',
    '../../outside-of-everything',
    `${id}/x`,
    `${id}\0`,
    `${id}.txt`,
    '..'.repeat(20),
  ]) {
    expect(await blobs.read(bad)).toBeUndefined();
    await expect(blobs.write(bad, chunks('x'), 10)).rejects.toThrow('id');
    await blobs.remove(bad);
  }
  expect(await filesLeft()).toEqual(['outside']);
});

test('what is removed is gone, and removing nothing is no error', async () => {
  await blobs.write(id, chunks('x'), 10);
  await blobs.remove(id);
  await blobs.remove(id);
  expect(await blobs.read(id)).toBeUndefined();
});

test('uploads that a killed server left behind are cleared a day later, fresh ones are not', async () => {
  const [old, fresh] = ['old', 'fresh'].map((name) => path.join(directory, '.uploads', name)) as [string, string];
  await writeFile(old, 'x');
  await writeFile(fresh, 'x');
  const twoDaysAgo = new Date(Date.now() - 48 * 60 * 60 * 1000);
  await utimes(old, twoDaysAgo, twoDaysAgo);
  await openDiskBlobs(directory);
  expect(await filesLeft()).toEqual(['fresh']);
});
