import { randomFillSync } from 'node:crypto';
import { createRequire } from 'node:module';

/**
 * Socket.IO draws the random part of each socket's id by a call of its own as soon as several come at once, which costs much more
 * than the bytes do. Here they are drawn many at a time; the ids are the library's.
 */

/** What socket.io 4.8.4 keeps private and this file needs. */
type Inside = { readonly base64id?: { getRandomBytes?: (count: number) => Buffer } };

const poolBytes = 4096;

let isDone = false;

/** For all servers of the process; may be said again. Does nothing where the library's inside is another. */
export function drawIdsTogether(): void {
  if (isDone) return;
  isDone = true;
  const { base64id } = insideOfLibrary();
  if (typeof base64id?.getRandomBytes !== 'function') return;
  const library = base64id.getRandomBytes.bind(base64id);
  const pool = Buffer.allocUnsafeSlow(poolBytes);
  let at = poolBytes;
  base64id.getRandomBytes = (count) => {
    if (!(count > 0 && count <= poolBytes)) return library(count);
    if (at + count > poolBytes) {
      randomFillSync(pool);
      at = 0;
    }
    at += count;
    return Buffer.from(pool.subarray(at - count, at));
  };
}

function insideOfLibrary(): Inside {
  try {
    const ours = createRequire(import.meta.url);
    return createRequire(ours.resolve('socket.io'))('./contrib/base64id.js') as Inside;
  } catch {
    return {};
  }
}
