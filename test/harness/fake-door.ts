import {
  type AckToken,
  Chunk,
  type Door,
  type Handshake,
  type Link,
  type Packaging,
} from '../../src/gateway/transport.ts';

type Frame = { readonly name: string; readonly payload: unknown };
type Answer = Awaited<ReturnType<Door<string, FakeSession>['admit']>>;

export type FakeSession = { readonly admitted: string; readonly link: Link };
export type HeardPacket = {
  readonly session: FakeSession;
  readonly event: string;
  readonly payload: unknown;
  readonly ack: AckToken | undefined;
};

/** A door that remembers what happened at it. Whoever shows the token `good` comes in, unless `admit` is told otherwise. */
export class FakeDoor implements Door<string, FakeSession> {
  readonly packaging: Packaging;
  readonly handshakes: Handshake[] = [];
  readonly sessions: FakeSession[] = [];
  readonly heard: HeardPacket[] = [];
  readonly malformed: FakeSession[] = [];
  readonly closed: FakeSession[] = [];
  readonly forsaken: string[] = [];
  decide: (handshake: Handshake) => Answer | Promise<Answer> = ({
    credentials: { auth, authorization, query, cookie },
  }) =>
    [auth, authorization?.slice('Bearer '.length), query, cookie].includes('good')
      ? { ok: true, admitted: 'good' }
      : { ok: false, reason: 'unauthenticated' };
  onOpen: (session: FakeSession) => void = () => {};
  onPacket: (packet: HeardPacket) => void = () => {};

  constructor(packaging: Packaging) {
    this.packaging = packaging;
  }

  readonly listener = {
    onPacket: (session: FakeSession, event: string, payload: unknown, ack: AckToken | undefined) => {
      const packet = { session, event, payload, ack };
      this.heard.push(packet);
      this.onPacket(packet);
    },
    onMalformed: (session: FakeSession) => {
      this.malformed.push(session);
    },
    onClose: (session: FakeSession) => {
      this.closed.push(session);
    },
  };

  async admit(handshake: Handshake): Promise<Answer> {
    this.handshakes.push(handshake);
    return this.decide(handshake);
  }

  open(admitted: string, link: Link): FakeSession {
    const session = { admitted, link };
    this.sessions.push(session);
    this.onOpen(session);
    return session;
  }

  forsake(admitted: string): void {
    this.forsaken.push(admitted);
  }

  /** These frames as one chunk. */
  chunk(...frames: readonly Frame[]): Chunk {
    return new Chunk(
      frames.map((frame) => this.packaging.packet(frame.name, JSON.stringify(frame.payload))),
      this.packaging,
    );
  }

  /** The packets as they are, as one chunk. */
  raw(...packets: readonly string[]): Chunk {
    return new Chunk(packets, this.packaging);
  }

  get latest(): FakeSession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error('Nobody has come in yet');
    return session;
  }
}
