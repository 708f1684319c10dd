import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ArchiveDamaged } from './format.ts';

type Chunk = string | Uint8Array;

/** What a stream brings, unpacked where it is gzip: that is how people keep archives. Rejects with {@link ArchiveDamaged}. */
export async function* unpacked(stream: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  const chunks = stream[Symbol.asyncIterator]();
  const { done, value: first } = await chunks.next();
  if (done) return;
  async function* all(): AsyncGenerator<Chunk> {
    yield first;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  if (!isGzip(first)) {
    yield* all();
    return;
  }
  const gunzip = createGunzip();
  // Whoever reads from it hears of every error.
  pipeline(all(), gunzip, () => undefined);
  try {
    yield* gunzip;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // What ends early has no end inside either, and is told of like any other.
    if (code === 'Z_BUF_ERROR') return;
    if (code === 'Z_DATA_ERROR') {
      throw new ArchiveDamaged('The gzip around the archive is damaged. Get the file once more, or export again.');
    }
    throw error;
  }
}

/** By its first two bytes; text begins with none such. */
const isGzip = (chunk: Chunk): boolean => typeof chunk !== 'string' && chunk[0] === 0x1f && chunk[1] === 0x8b;
