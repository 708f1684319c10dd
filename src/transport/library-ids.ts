import { randomFillSync } from 'node:crypto';
import { createRequire } from 'node:module';

/**
 * Socket.IO draws the random part of each socket's id by a call of its own as soon as several come at once, which costs much more
 * than the bytes do. Here they are drawn many at a time; the ids are the library's.
 */

/** What socket.io 4.8.4 keeps private and this file needs. */
type Inside = { readonly base64id?: { getRandomBytes?: (count: number) => Buffer } };

const pool = Buffer.allocUnsafeSlow(4096);
let drawn = pool.length;

/** Random bytes, at most 4,096. */
export function drawBytes(count: number): Buffer {
  if (drawn + count > pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += count;
  return Buffer.from(pool.subarray(drawn - count, drawn));
}

let isDone = false;

/** For all servers of the process; may be said again. Does nothing where the library's inside is another. */
export function drawIdsTogether(): void {
  if (isDone) return;
  isDone = true;
  const { base64id } = insideOfLibrary();
  if (typeof base64id?.getRandomBytes !== 'function') return;
  const library = base64id.getRandomBytes.bind(base64id);
  base64id.getRandomBytes = (count) => (count > 0 && count <= pool.length ? drawBytes(count) : library(count));
}

function insideOfLibrary(): Inside {
  try {
    const ours = createRequire(import.meta.url);
    return createRequire(ours.resolve('socket.io'))('./contrib/base64id.js') as Inside;
  } catch {
    return {};
  }
}
