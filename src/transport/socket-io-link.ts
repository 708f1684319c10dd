import type { Socket } from 'socket.io';
import type { WebSocket } from 'ws';
import type { AckToken, Chunk, Door, Link } from '../gateway/transport.ts';
import { type CloseReason, lingerAfter, type Report, staysAway } from './close-reasons.ts';
import { readFast, stopReading } from './fast-read.ts';
import { fastWrite } from './fast-write.ts';
import { ackPacket } from './socket-io-packets.ts';
import { tellClosed, tellEvent } from './telling-doors.ts';
import { UnsentBytes } from './unsent-bytes.ts';

type QueuedPacket = { readonly type: 'message'; readonly data: string; readonly options: { readonly compress: true } };

/** What engine.io keeps private and this file needs, as read in engine.io 6.6.12. */
type Engine = {
  readonly readyState: 'opening' | 'open' | 'closing' | 'closed';
  readonly protocol: number;
  /** Replaced by a new array when it is flushed. */
  readonly writeBuffer: { readonly data?: unknown }[];
  readonly transport: { readonly name: string; readonly perMessageDeflate?: unknown; readonly socket?: WebSocket };
  /** Runs while a pong is awaited. */
  readonly pingTimeoutTimer: { refresh(): unknown } | null | undefined;
  write(data: string, options: { compress: boolean }): unknown;
  close(discard?: boolean): void;
};

/** What socket.io keeps private and this file needs, as read in socket.io 4.8.4. */
type SocketInside = {
  onevent(packet: { readonly data?: readonly unknown[]; readonly id?: number }): void;
};

export type IoSocket = Socket<never, never, never, unknown>;

const engineOf = (socket: IoSocket): Engine => socket.conn as unknown as Engine;

const queued = (data: string): QueuedPacket => ({ type: 'message', data, options: { compress: true } });

/** One Socket.IO socket as a link. It lives in `socket.data`, so that the listeners can be shared by all sockets. */
export class SocketIoLink<Admitted, Connection> implements Link {
  // What every packet asks for comes first, and so lies together in memory.
  readonly canResume: boolean;
  /** The last write went past the library, and left no more than the socket is willing to hold. */
  #isFlowing = false;
  #isEnded = false;
  readonly #engine: Engine;
  /** The engine's transport when something was sent last, and its websocket if that may be written to past the library. */
  #transport: Engine['transport'] | undefined;
  #websocket: WebSocket | undefined;
  #isClosing = false;
  #connection: { readonly is: Connection } | undefined;
  readonly #door: Door<Admitted, Connection>;
  readonly #socket: IoSocket;
  readonly #report: Report;
  readonly #onLeft: (socket: IoSocket) => void;
  readonly #unsent = new UnsentBytes();

  /** `onLeft` is told when the socket has left its namespace, whether or not its connection goes on. */
  constructor(socket: IoSocket, door: Door<Admitted, Connection>, report: Report, onLeft: (socket: IoSocket) => void) {
    this.#socket = socket;
    this.#engine = engineOf(socket);
    this.canResume = this.#engine.protocol === 4;
    this.#door = door;
    this.#report = report;
    this.#onLeft = onLeft;
  }

  /** Opens the door for this link and starts to hear, in one tick. */
  open(admitted: Admitted): void {
    this.#socket.data = this;
    (this.#socket as unknown as SocketInside).onevent = hearEvent;
    this.#socket.on('disconnect', hearDisconnect);
    try {
      this.#connection = { is: this.#door.open(admitted, this) };
    } catch (error) {
      this.#report(error);
      this.close('broken');
      return;
    }
    if (this.#isEnded) this.#tellClosed();
    else readFast(this.#socket, this);
  }

  send(chunks: readonly Chunk[]): void {
    const engine = this.#engine;
    if (this.#isEnded || engine.readyState !== 'open') return;
    this.#isFlowing = false;
    const websocket = this.#websocketOf(engine.transport);
    // With an empty write buffer the engine has handed everything to the websocket, so what is written now comes after it.
    if (websocket !== undefined && engine.writeBuffer.length === 0) {
      const written = fastWrite(websocket, chunks);
      this.#isFlowing = written === 'flowing';
      if (written !== 'not') return;
    }
    this.#queue(engine, chunks);
  }

  /** Until an upgrade is complete the transport is the polling one; what a transport is it stays. */
  #websocketOf(transport: Engine['transport']): WebSocket | undefined {
    if (transport !== this.#transport) {
      this.#transport = transport;
      const isPlain = transport.name === 'websocket' && !transport.perMessageDeflate;
      this.#websocket = isPlain ? transport.socket : undefined;
    }
    return this.#websocket;
  }

  /** Puts everything into the engine's buffer before the one call that flushes it, so that one poll answer carries all. */
  #queue(engine: Engine, chunks: readonly Chunk[]): void {
    let last: string | undefined;
    for (const chunk of chunks) {
      for (const packet of chunk.packets) {
        if (last !== undefined) engine.writeBuffer.push(queued(last));
        last = packet;
      }
    }
    if (last !== undefined) engine.write(last, { compress: true });
  }

  ackPacket(token: AckToken, payload: string): string {
    return ackPacket(this.#socket.nsp.name, token, payload);
  }

  /** The little that a socket holds while it flows counts as nothing. */
  get bufferedBytes(): number {
    if (this.#isFlowing) return 0;
    return this.#unsent.of(this.#engine);
  }

  pause(): void {
    const { transport, pingTimeoutTimer } = engineOf(this.#socket);
    transport.socket?.pause();
    pingTimeoutTimer?.refresh();
  }

  resume(): void {
    engineOf(this.#socket).transport.socket?.resume();
  }

  close(reason: CloseReason): void {
    if (this.#isClosing || this.#isEnded) return;
    this.#isClosing = true;
    const engine = engineOf(this.#socket);
    const websocket = engine.transport.socket;
    if (staysAway[reason]) this.#socket.disconnect(true);
    else engine.close(reason === 'slowConsumer');
    setTimeout(cutOff, lingerAfter(reason), engine, websocket).unref();
  }

  get carrier(): object {
    return this.#socket.conn;
  }

  get transportName(): 'websocket' | 'polling' {
    return engineOf(this.#socket).transport.name === 'websocket' ? 'websocket' : 'polling';
  }

  /** An event packet came in. An exception must not reach the library, where it would end the process. */
  hear(data: readonly unknown[] | undefined, id: number | undefined): void {
    if (this.#connection === undefined || this.#isClosing) return;
    try {
      tellEvent(this.#door, this.#connection.is, data, id);
    } catch (error) {
      this.#report(error);
      this.close('broken');
    }
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    stopReading(this.#socket, this);
    this.#onLeft(this.#socket);
    if (this.#connection !== undefined) this.#tellClosed();
  }

  #tellClosed(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    tellClosed(this.#door, connection.is, this.#report);
  }
}

/** Ends a connection without a closing handshake. */
export function cutOffAtOnce(conn: IoSocket['conn']): void {
  const engine = conn as unknown as Engine;
  cutOff(engine, engine.transport.socket);
}

/** Ends what a closing handshake could not. */
function cutOff(engine: Engine, websocket: WebSocket | undefined): void {
  engine.close(true);
  websocket?.terminate();
}

/**
 * Takes the place of the library's `onevent`, which would make an acknowledgement function and emit the client's word as an
 * event of the socket.
 */
function hearEvent(this: unknown, packet: Parameters<SocketInside['onevent']>[0]): void {
  linkOf(this)?.hear(packet.data, packet.id);
}

function hearDisconnect(this: unknown): void {
  linkOf(this)?.end();
}

function linkOf(socket: unknown): SocketIoLink<unknown, unknown> | undefined {
  const { data } = socket as IoSocket;
  return data instanceof SocketIoLink ? data : undefined;
}
