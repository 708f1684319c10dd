import { setTimeout as wait } from 'node:timers/promises';
import type { CloseReason } from '../dialects/dialect.ts';
import type { Connection } from './connection.ts';

const waveMs = 50;
const perWaveAtLeast = 50;
const lookEveryMs = 5;

/**
 * Ends connections a few at a time, so that their clients do not all come back in the same moment. Each is heard no more, is told
 * what came of all that it had said, and is closed then. `flush` writes what has been answered.
 */
export async function closeInWaves(
  connections: readonly Connection[],
  reason: CloseReason,
  { withinMs, flush }: { readonly withinMs: number; readonly flush: () => void },
): Promise<void> {
  const end = performance.now() + withinMs;
  for (let at = 0; at < connections.length; ) {
    // On a machine that falls behind, the waves that are left are larger.
    const wavesLeft = Math.max(1, Math.floor((end - performance.now()) / waveMs));
    const perWave = Math.max(perWaveAtLeast, Math.ceil((connections.length - at) / wavesLeft));
    const wave = connections.slice(at, at + perWave);
    at += wave.length;
    for (const connection of wave) connection.isLeaving = true;
    await wait(waveMs);
    // A disk that does not answer any more must not keep everybody.
    while (wave.some(isWaiting) && performance.now() < end) await wait(lookEveryMs);
    flush();
    for (const connection of wave) connection.link.close(reason);
  }
}

function isWaiting({ requestsUnderWay, isClosed }: Connection): boolean {
  return requestsUnderWay > 0 && !isClosed;
}
