import type { CloseReason } from '../dialects/dialect.ts';
import type { Connection } from './connection.ts';

const waveMs = 50;
const perWaveAtLeast = 50;

/** Ends connections a few at a time, so that their clients do not all come back in the same moment. */
export async function closeInWaves(
  connections: readonly Connection[],
  reason: CloseReason,
  withinMs: number,
): Promise<void> {
  const waves = Math.max(1, Math.floor(withinMs / waveMs));
  const perWave = Math.max(perWaveAtLeast, Math.ceil(connections.length / waves));
  for (let at = 0; at < connections.length; at += perWave) {
    for (const connection of connections.slice(at, at + perWave)) connection.link.close(reason);
    if (at + perWave < connections.length) await new Promise((resolve) => setTimeout(resolve, waveMs));
  }
}
