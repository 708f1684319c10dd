import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Blobs } from '../app/ports.ts';

/** What a driver is tested with. */
export type BlobsScene = AsyncDisposable & {
  readonly blobs: Blobs;
  /** The same place, opened by another server. */
  reopen(): Promise<Blobs>;
  /** The names of everything that lies there, half an upload included. */
  everything(): Promise<readonly string[]>;
};

export const blobId = 'ab_0123456789-secret';

export async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

export async function contentOf(content: AsyncIterable<Uint8Array> | undefined): Promise<Buffer | undefined> {
  return content && buffer(content);
}

const textOf = async (content: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> =>
  (await contentOf(content))?.toString();

/** Longer than one part of any driver, and different everywhere. */
const longContent = Buffer.from(Uint32Array.from({ length: 3 * 1024 * 1024 }, (_, n) => n * 2654435761).buffer);
const pieces = (size: number) => Array.from({ length: Math.ceil(longContent.length / size) }, (_, n) => n * size);

/** The laws of {@link Blobs}, for every driver. */
export function keepsContents(open: () => Promise<BlobsScene>): void {
  test('what was written can be read, whole and in parts, also after opening anew', async () => {
    await using scene = await open();
    const { blobs } = scene;
    expect(await blobs.write(blobId, chunks('hello ', '', 'world'), 100)).toEqual({ sizeBytes: 11 });
    expect(await textOf(await blobs.read(blobId))).toBe('hello world');
    expect(await textOf(await blobs.read(blobId, { start: 4, end: 6 }))).toBe('o w');
    expect(await textOf(await blobs.read(blobId, { start: 10, end: 10 }))).toBe('d');
    expect(await textOf(await (await scene.reopen()).read(blobId))).toBe('hello world');
  });

  test('nothing at all is a content too', async () => {
    await using scene = await open();
    expect(await scene.blobs.write(blobId, chunks(), 100)).toEqual({ sizeBytes: 0 });
    expect(await textOf(await scene.blobs.read(blobId))).toBe('');
  });

  test.each([64 * 1024, 5 * 1024 * 1024, 7_000_001])(
    'a long content arrives as it was, in pieces of %i bytes',
    async (size) => {
      await using scene = await open();
      const { blobs } = scene;
      const given = chunks(...pieces(size).map((at) => longContent.subarray(at, at + size)));
      expect(await blobs.write(blobId, given, longContent.length)).toEqual({ sizeBytes: longContent.length });
      const read = await contentOf(await blobs.read(blobId));
      expect(read !== undefined && longContent.equals(read)).toBe(true);
      const part = await contentOf(await blobs.read(blobId, { start: 5_242_870, end: 5_242_890 }));
      expect(part).toEqual(longContent.subarray(5_242_870, 5_242_891));
    },
  );

  test.each([10, 4 * 1024 * 1024])(
    'what exceeds the limit is refused while it comes, and leaves nothing: chunks of %i',
    async (size) => {
      await using scene = await open();
      const { blobs } = scene;
      let taken = 0;
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) {
          taken += 1;
          yield Buffer.alloc(size);
        }
      }
      await expect(blobs.write(blobId, endless(), 2.5 * size)).rejects.toMatchObject({ name: 'TooLarge' });
      expect(taken).toBe(3);
      expect(await scene.everything()).toEqual([]);
      expect(await blobs.read(blobId)).toBeUndefined();
      expect(await blobs.write(blobId, chunks('x'.repeat(25)), 25)).toEqual({ sizeBytes: 25 });
    },
  );

  test.each([4, 6 * 1024 * 1024])(
    'a source that fails after %i bytes leaves nothing, and its failure is told',
    async (size) => {
      await using scene = await open();
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(size);
        throw new Error('gone');
      }
      await expect(scene.blobs.write(blobId, failing(), 10_000_000)).rejects.toThrow('gone');
      expect(await scene.everything()).toEqual([]);
      expect(await scene.blobs.read(blobId)).toBeUndefined();
    },
  );

  test('ids that could lead elsewhere are nothing', async () => {
    await using scene = await open();
    const { blobs } = scene;
    for (const bad of [
      '',
      'short',
      '../outside',
      '../../outside-of-all',
      `${blobId}/x`,
      `${blobId}\0`,
      `${blobId}.txt`,
    ]) {
      expect(await blobs.read(bad)).toBeUndefined();
      await expect(blobs.write(bad, chunks('x'), 10)).rejects.toThrow('id');
      await blobs.remove(bad);
      expect(blobs.redirect?.addressOf(bad, { type: 'text/plain', disposition: 'inline' })).toBeUndefined();
    }
    expect(await scene.everything()).toEqual([]);
  });

  test('what is removed is gone, and removing nothing is no error', async () => {
    await using scene = await open();
    const { blobs } = scene;
    await blobs.write(blobId, chunks('x'), 10);
    await blobs.remove(blobId);
    await blobs.remove(blobId);
    expect(await blobs.read(blobId)).toBeUndefined();
    expect(await scene.everything()).toEqual([]);
  });
}
