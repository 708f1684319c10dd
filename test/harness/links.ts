import type { UserId } from '../../src/core/model.ts';
import type { CloseReason, Dialect } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/index.ts';
import { Connection, OnlineUser } from '../../src/gateway/connection.ts';
import { silentVoice, type Voice, voiceOf } from '../../src/gateway/speech.ts';
import type { AckToken, Chunk, Link, Packaging } from '../../src/gateway/transport.ts';
import { person } from './cast.ts';

/** Links and connections without sockets: what was sent can be read, packet by packet. */

/** Packets one can read: `name payload`, and `@offset` for markers. */
export const plainPackaging: Packaging = {
  packet: (name, payload) => `${name} ${payload}`,
  marker: (offset) => `@${offset}`,
  framed: (packets) => Buffer.from(packets.join('\n')),
  framedInto: (packets, target, at) => at + target.write(packets.join('\n'), at),
};

export class FakeLink implements Link {
  /** What each write carried. */
  readonly writes: (readonly Chunk[])[] = [];
  readonly closes: CloseReason[] = [];
  readonly carrier = {};
  readonly transportName = 'websocket';
  bufferedBytes = 0;
  canResume = false;

  send(chunks: readonly Chunk[]): void {
    this.writes.push(chunks);
  }

  ackPacket(token: AckToken, payload: string): string {
    return `ack${token} ${payload}`;
  }

  isPaused = false;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(reason: CloseReason): void {
    this.closes.push(reason);
  }

  /** Everything sent so far, in order. */
  get packets(): readonly string[] {
    return this.writes.flat().flatMap((chunk) => chunk.packets);
  }

  /** The names of what was sent so far, in order. */
  get names(): readonly string[] {
    return this.packets.map((packet) => packet.split(' ')[0] ?? '');
  }
}

const dialectOf = (name: Dialect['name']): Dialect => {
  const found = dialects.find((dialect) => dialect.name === name);
  if (!found) throw new Error(`No dialect is called ${name}.`);
  return found;
};

/** A connection of a user, with a link to read. `silent` has not spoken yet. */
export function connect(
  userId: UserId,
  speaks: Dialect['name'] | 'silent' = 'kenz',
  online: OnlineUser = new OnlineUser(userId),
): { readonly connection: Connection; readonly link: FakeLink } {
  const link = new FakeLink();
  const dialect = dialectOf(speaks === 'silent' ? 'kenz' : speaks);
  const voice: Voice = speaks === 'silent' ? silentVoice : voiceOf[speaks];
  const connection = new Connection({
    user: person(userId),
    online,
    link,
    packaging: plainPackaging,
    baseUrl: 'https://example.org',
    address: '127.0.0.1',
    namespace: dialect.mount,
    sessionId: undefined,
    issuedAtSeconds: undefined,
    expiresAtMs: undefined,
    voice,
    lastSpoken: dialect,
  });
  connection.hasSpoken = speaks !== 'silent';
  return { connection, link };
}
