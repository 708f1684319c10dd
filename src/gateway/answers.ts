import type { Refusal, RefusalCode } from '../core/refusals.ts';
import type { Answered, Dialect, Frame } from '../dialects/dialect.ts';
import type { Connection } from './connection.ts';
import type { Flush } from './flush.ts';
import type { AckToken, Packaging } from './transport.ts';

/** Puts answers and refusals into the asking connection's turn: first the events, then the acknowledgement. */
export class Reply {
  readonly #flush: Flush;
  /** How often each code was refused with. */
  readonly refusals: { [C in RefusalCode]?: number } = {};

  constructor(flush: Flush) {
    this.#flush = flush;
  }

  frames(connection: Connection, frames: readonly Frame[]): void {
    this.#flush.direct(connection, packetsOf(connection, frames), wordsOf(frames));
  }

  answer(connection: Connection, answered: Answered, ack: AckToken | undefined): void {
    // Where what everybody hears is the answer, and there is no place to be told either, nothing is left to say.
    if (answered.frames.length === 0 && ack === undefined && !connection.link.canResume) return;
    const acked = ack === undefined ? undefined : connection.link.ackPacket(ack, JSON.stringify(answered.ack));
    this.#flush.direct(connection, packetsOf(connection, answered.frames, acked), wordsOf(answered.frames));
  }

  /** The same where the answer says what everybody hears: with that text, in the event of this name if there is one. */
  answerAsHeard(connection: Connection, event: string | undefined, text: string, ack: AckToken | undefined): void {
    const { link, packaging } = connection;
    const packets = event === undefined ? [] : [packaging.packet(event, text)];
    if (ack !== undefined) {
      packets.push(link.ackPacket(ack, event === undefined ? text : `{"event":"${event}","data":${text}}`));
    }
    if (packets.length > 0 || link.canResume) this.#flush.direct(connection, packets);
  }

  /** `saySo` false leaves the error event out; an acknowledgement is always called. */
  refuse(
    connection: Connection,
    dialect: Dialect,
    refusal: Refusal,
    event: string | undefined,
    ack: AckToken | undefined,
    saySo = true,
  ): void {
    this.refusals[refusal.refused] = (this.refusals[refusal.refused] ?? 0) + 1;
    const words = dialect.words?.[refusal.refused];
    const payload = dialect.error.write(words === undefined ? refusal : { ...refusal, message: words }, event);
    const frames = saySo ? [{ name: 'error', payload }] : [];
    const acked =
      ack === undefined ? undefined : connection.link.ackPacket(ack, JSON.stringify({ event: 'error', data: payload }));
    this.#flush.direct(connection, packetsOf(connection, frames, acked), wordsOf(frames));
  }
}

/** The frames, and after them the acknowledgement, if there is one. */
function packetsOf({ packaging }: Connection, frames: readonly Frame[], acked?: string): string[] {
  const [only] = frames;
  // What nearly every answer is, in lists of just that length: one that grows keeps room for many.
  if (only === undefined && acked !== undefined) return [acked];
  if (only !== undefined && frames.length === 1) {
    const packet = packetOf(packaging, only);
    return acked === undefined ? [packet] : [packet, acked];
  }
  const packets: string[] = [];
  for (const frame of frames) packets.push(packetOf(packaging, frame));
  if (acked !== undefined) packets.push(acked);
  return packets;
}

const packetOf = (packaging: Packaging, { name, payload }: Frame): string =>
  packaging.packet(name, JSON.stringify(payload));

const noWords: readonly string[] = [];

function wordsOf(frames: readonly Frame[]): readonly string[] {
  let words: string[] | undefined;
  for (const { payload } of frames) {
    if (typeof payload !== 'string') continue;
    words ??= [];
    words.push(payload);
  }
  return words ?? noWords;
}
