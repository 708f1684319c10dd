import { busFrames, busWords, returns, signedTokens, tokens } from './credentials.ts';
import { entrances, inboundFrames } from './dialects.ts';
import { fastPackets, packets } from './packets.ts';
import type { Target } from './target.ts';
import { addresses, archives, cursors, ranges, searches, settings, uploads } from './texts.ts';

/** Every parser of what comes from outside, by itself. The whole server is in `live.ts`. */
export const targets: readonly Target[] = [
  ...[inboundFrames, entrances, packets, fastPackets],
  ...[tokens, signedTokens, returns, busFrames, busWords],
  ...[archives, ranges, cursors, uploads, addresses, searches, settings],
];
