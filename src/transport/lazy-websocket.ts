import type { Socket } from 'node:net';
import { type RawData, type ServerOptions, WebSocket } from 'ws';
import type { Chunk } from '../gateway/transport.ts';
import { pongFrame, readFrames, type TextListener, textListenerOf } from './fast-frames.ts';
import { fastWrite, type Written, writeBytes, writeChunks } from './fast-write.ts';
import { isAtRest } from './handle-write.ts';

/**
 * A websocket without the library's objects (a websocket, a receiver, a sender and the listeners between them) for as long as
 * nothing is said on it but whole texts, pings and pongs, and nobody closes it. With the first other thing they are made, are given the bytes from
 * there on, and decide everything that follows: what is sound, how a connection is closed, and with which code.
 */
export abstract class LazyWebSocket implements TextListener {
  readonly #options: ServerOptions;
  #socket: Socket | undefined;
  #library: LateWebSocket | undefined;
  #state: WebSocket['readyState'] = WebSocket.CONNECTING;
  #isPaused = true;
  /** Leaves before what is written next. */
  #held: Buffer | undefined;
  #onClosed: (() => void) | undefined;

  /** As that of the library's websocket is called by its server, with options that all share. */
  constructor(_address: null, _protocols: undefined, options: ServerOptions) {
    this.#options = options;
  }

  /** A whole text, which was valid UTF-8. Never throws. */
  abstract hearText(text: string): void;
  abstract hearBinary(bytes: Buffer): void;
  /** It is closed, and says and hears nothing any more. */
  abstract hearClose(): void;
  hearPong(): void {}
  /** The library has found that something is not sound, and closes it. */
  hearError(): void {}

  /** Its upgrade is in order, and its answer held. Nothing is read before {@link resume}. */
  setSocket(socket: Socket, head: Buffer): void {
    this.#socket = socket;
    this.#state = WebSocket.OPEN;
    socket.setTimeout(0);
    socket.setNoDelay();
    socket.on('close', hearSocketClose);
    socket.on('end', hearSocketEnd);
    socket.on('error', hearSocketError);
    const isRead = readFrames(this, socket, this.#options.maxPayload);
    if (head.length > 0) socket.unshift(head);
    if (!isRead || head.length > 0) this.needLibrary();
  }

  /** Where its bytes go, once it is open. */
  get socket(): Socket | undefined {
    return this.#socket;
  }

  get library(): WebSocket | undefined {
    return this.#library;
  }

  /** One of the library's, with the library's meanings. */
  get readyState(): WebSocket['readyState'] {
    return this.#library === undefined ? this.#state : this.#library.readyState;
  }

  /** From now on everything is the library's. Only for one that is open. */
  needLibrary(): WebSocket {
    this.letGo();
    const socket = this.#socket;
    if (this.#library !== undefined || socket === undefined) return this.#library as WebSocket;
    socket.removeListener('close', hearSocketClose);
    socket.removeListener('end', hearSocketEnd);
    socket.removeListener('error', hearSocketError);
    const library = new LateWebSocket(this, this.#options);
    library.on('message', hearMessage);
    library.on('pong', hearPong);
    library.on('error', hearError);
    library.on('close', hearClose);
    (library as unknown as LibraryInside).setSocket(socket, noBytes, this.#options);
    // It would flow from when the library listens.
    if (this.#isPaused) library.pause();
    this.#library = library;
    return library;
  }

  /** What these bytes say waits, to leave in one write with what is said next, or when it is let go. */
  hold(bytes: Buffer): void {
    this.#held = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
  }

  letGo(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && this.#socket?.writable) writeBytes(this.#socket, held);
  }

  /** Whole frames, after everything that was written before. */
  writeFrames(bytes: Buffer): void {
    this.hold(bytes);
    this.letGo();
  }

  /** Like {@link fastWrite}. */
  write(chunks: readonly Chunk[]): Written {
    const held = this.#held;
    if (this.#library !== undefined && held === undefined) return fastWrite(this.#library, chunks);
    if (this.readyState !== WebSocket.OPEN || this.#socket === undefined) return 'not';
    this.#held = undefined;
    return writeChunks(this.#socket, chunks, held);
  }

  /** One text, after everything that was written before. */
  send(text: string): void {
    if (this.readyState === WebSocket.OPEN) this.needLibrary().send(text, ignoreError);
  }

  get bufferedAmount(): number {
    return this.#library?.bufferedAmount ?? this.#socket?.writableLength ?? 0;
  }

  ping(): void {
    if (this.#library !== undefined) this.needLibrary().ping();
    else if (this.#state === WebSocket.OPEN) this.writeFrames(pingFrame);
  }

  /** Whether the answer leaves at once. The library counts those that wait. */
  answerPing(content: Uint8Array): boolean {
    const socket = this.#socket;
    if (socket === undefined || !socket.writable || !isAtRest(socket)) return false;
    this.writeFrames(pongFrame(content));
    return true;
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#library !== undefined) this.#library.pause();
    else this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#library !== undefined) this.#library.resume();
    else this.#socket?.resume();
  }

  close(code?: number, words?: string): void {
    if (this.#library === undefined && this.#state !== WebSocket.OPEN) return;
    // What was held back leaves in one write with it.
    this.#socket?.cork();
    this.needLibrary().close(code, words);
    this.#socket?.uncork();
  }

  terminate(): void {
    if (this.#library !== undefined) this.#library.terminate();
    else this.socketError();
  }

  /** Resolves when it is closed, or never when it is already. */
  whenClosed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  /** As the library does at the end of what a client says. */
  socketEnd(): void {
    this.letGo();
    this.#state = WebSocket.CLOSING;
    this.#socket?.end();
  }

  /** And when the socket breaks. */
  socketError(): void {
    if (this.#state === WebSocket.OPEN) this.#state = WebSocket.CLOSING;
    this.#socket?.destroy();
  }

  closed(): void {
    this.#state = WebSocket.CLOSED;
    this.hearClose();
    this.#onClosed?.();
  }
}

/** What ws keeps private and this file needs, as read in ws 8.23.0. */
type LibraryInside = { setSocket(socket: Socket, head: Buffer, options: ServerOptions): void };

const noBytes = Buffer.alloc(0);
const pingFrame = Buffer.from([0x89, 0]);

/** The library's, made when it is needed. */
class LateWebSocket extends WebSocket {
  readonly early: LazyWebSocket;

  constructor(early: LazyWebSocket, options: ServerOptions) {
    // As its server makes it, which the published types do not know.
    super(null as unknown as string, undefined, options as object);
    this.early = early;
  }
}

function hearMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  // With its default binary type ws hands out a Buffer, whatever the frame; of a text frame it has checked the UTF-8.
  if (!(this instanceof LateWebSocket) || !Buffer.isBuffer(data)) return;
  if (isBinary) this.early.hearBinary(data);
  else this.early.hearText(data.toString('utf8'));
}

function hearPong(this: WebSocket): void {
  if (this instanceof LateWebSocket) this.early.hearPong();
}

function hearError(this: WebSocket): void {
  if (this instanceof LateWebSocket) this.early.hearError();
}

function hearClose(this: WebSocket): void {
  if (this instanceof LateWebSocket) this.early.closed();
}

function hearSocketClose(this: Socket): void {
  lazyOf(this)?.closed();
}

function hearSocketEnd(this: Socket): void {
  lazyOf(this)?.socketEnd();
}

function hearSocketError(this: Socket): void {
  lazyOf(this)?.socketError();
}

function lazyOf(socket: Socket): LazyWebSocket | undefined {
  const listener = textListenerOf(socket);
  return listener instanceof LazyWebSocket ? listener : undefined;
}

/** After an error ws closes, and `close` tells it. */
function ignoreError(): void {}
