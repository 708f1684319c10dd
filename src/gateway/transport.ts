import type { CloseReason, DialectName } from '../dialects/dialect.ts';

/**
 * The port between the socket libraries and the gateway. A transport turns sockets into links, inbound packets into calls of
 * {@link LinkListener}, and chunks into bytes; it knows no dialect and no rule.
 */

/** How a mount's frames look as packets. Pure. */
export interface Packaging {
  /** The packet of one frame, as text, without what the wire adds around it. `name`: a word of its dialect, with nothing to escape; `payload`: its JSON. */
  packet(name: string, payload: string): string;
  /** The packet that tells a client where in the log it is; undefined where clients cannot be told. */
  marker(offset: string): string | undefined;
  /** The bytes of these packets on an open, uncompressed websocket, each framed by itself, in one buffer. */
  framed(packets: readonly string[]): Buffer;
  /** Writes the same into `target` from `at` on, and answers where it ended; -1 where it might not fit. */
  framedInto(packets: readonly string[], target: Buffer, at: number): number;
}

/**
 * Packets that leave together, in order, in one write. Shared by all links that get the same. What many hear is made into bytes
 * once, on first need; what few hear when it is needed a second time, since mostly it is not.
 */
export class Chunk {
  readonly packets: readonly string[];
  /** Many others get the same bytes. */
  readonly isShared: boolean;
  readonly #packaging: Packaging;
  #bytes: Buffer | undefined;
  #wasWritten = false;

  constructor(packets: readonly string[], packaging: Packaging, heardBy: 'few' | 'many' = 'many') {
    this.packets = packets;
    this.#packaging = packaging;
    this.isShared = heardBy === 'many';
  }

  get bytes(): Buffer {
    this.#bytes ??= this.#packaging.framed(this.packets);
    return this.#bytes;
  }

  /** Writes the bytes into `target` from `at` on, and answers where they ended; -1 where they might not fit. */
  writeInto(target: Buffer, at: number): number {
    if (!this.isShared && !this.#wasWritten) {
      this.#wasWritten = true;
      return this.#packaging.framedInto(this.packets, target, at);
    }
    const { bytes } = this;
    if (at + bytes.length > target.length) return -1;
    target.set(bytes, at);
    return at + bytes.length;
  }
}

/** One live connection as the transport sees it. */
export interface Link {
  /**
   * Sends chunks in order, after everything sent before, in one write where the socket allows it. Never throws; a link that is
   * gone drops them.
   */
  send(chunks: readonly Chunk[]): void;
  /** The packet that answers an acknowledgement asked for with `token`. `payload`: its JSON. */
  ackPacket(token: AckToken, payload: string): string;
  /** Bytes accepted by `send` that the other side has not taken yet. */
  readonly bufferedBytes: number;
  /** Hears nothing for a while, and takes silence for no sign of death: what the client says waits in its socket. Polling goes on. */
  pause(): void;
  resume(): void;
  /** Ends the link; `onClose` follows. Bytes on their way are given a moment to leave. */
  close(reason: CloseReason): void;
  /** Does the client understand markers? */
  readonly canResume: boolean;
  /** The carrier that several namespaces of one client share. */
  readonly carrier: object;
  readonly transportName: 'websocket' | 'polling';
}

/** Names one acknowledgement of one link. */
export type AckToken = number;

/**
 * What the gateway wants to hear of a link; one object a mount, so that a connection costs no closures. `Connection`: what
 * {@link Door.open} answered, which a transport keeps and hands back.
 */
export interface LinkListener<Connection> {
  /**
   * One inbound packet. `event` is the event's name (`''` on a plain WebSocket), `payload` the decoded first argument,
   * `undefined` when there is none.
   */
  onPacket(connection: Connection, event: string, payload: unknown, ack: AckToken | undefined): void;
  /** One that could not be decoded. */
  onMalformed(connection: Connection): void;
  onClose(connection: Connection): void;
}

/** What a client shows when it connects, over whichever transport. */
export type Handshake = {
  /** Where the token may stand, in this order; whatever was there, strings or not. */
  readonly credentials: {
    readonly auth: unknown;
    readonly authorization: string | undefined;
    readonly query: unknown;
    readonly cookie: string | undefined;
  };
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
  readonly host: string | undefined;
  readonly isSecure: boolean;
  readonly address: string;
  /** The hint that names the dialect at once, from auth or query. */
  readonly dialect: DialectName | undefined;
  /** What a client that can come back to a session shows of it; undefined where clients cannot. */
  readonly resume: { readonly pid: string | undefined; readonly offset: string | undefined } | undefined;
  /** Plain WebSocket: the name in the path, decoded; '' elsewhere. */
  readonly room: string;
  readonly query: URLSearchParams;
};

export type Admission<Admitted> =
  /** `pid`: what the client shall show to come back to this session. */
  | { readonly ok: true; readonly admitted: Admitted; readonly pid?: string }
  | { readonly ok: false; readonly reason: CloseReason };

/**
 * The door of a mount. `admit` decides before anything is heard; `open` is called in the same tick in which the link starts to
 * hear, and attaches everything synchronously, so that no early packet is lost. Everyone admitted is one of the connections that
 * there may be until their link is closed, so either `open` or `forsake` follows.
 */
export interface Door<Admitted, Connection> {
  /** Who it is, or the reason why not. Never throws. */
  admit(handshake: Handshake): Promise<Admission<Admitted>>;
  open(admitted: Admitted, link: Link): Connection;
  /** The client has gone, and its door will not be opened. */
  forsake(admitted: Admitted): void;
  readonly listener: LinkListener<Connection>;
  readonly packaging: Packaging;
}
