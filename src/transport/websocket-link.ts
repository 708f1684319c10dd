import { isUtf8 } from 'node:buffer';
import { WebSocket } from 'ws';
import type { Chunk, Door, Link } from '../gateway/transport.ts';
import { type CloseReason, lingerAfter, type Report } from './close-reasons.ts';
import { LazyWebSocket } from './lazy-websocket.ts';
import { tellClosed } from './telling-doors.ts';

/** What a link needs of its mount. */
export type Mount<Admitted, Connection> = {
  readonly door: Door<Admitted, Connection>;
  /** The close code and the words (at most 123 bytes) of each reason. */
  closeWords(reason: CloseReason): { readonly code: number; readonly words: string };
  readonly report: Report;
};

/** A websocket that knows its link. */
export class RoomSocket extends LazyWebSocket {
  link: WebSocketLink<unknown, unknown> | undefined;
  /** The others that are pinged together with this one. */
  pulse: Set<RoomSocket> | undefined;
  /** Heartbeat rounds since the last sign of life. */
  silentRounds = 0;

  hearText(text: string | undefined): void {
    this.silentRounds = 0;
    this.link?.hear(text);
  }

  /** Text may come in bytes. */
  hearBinary(bytes: Buffer): void {
    this.hearText(isUtf8(bytes) ? bytes.toString('utf8') : undefined);
  }

  override hearPong(): void {
    this.silentRounds = 0;
  }

  hearClose(): void {
    this.pulse?.delete(this);
    this.link?.end();
  }
}

/** One plain websocket as a link. */
export class WebSocketLink<Admitted, Connection> implements Link {
  readonly transportName = 'websocket';
  readonly canResume = false;

  get carrier(): object {
    return this;
  }

  readonly #websocket: RoomSocket;
  readonly #mount: Mount<Admitted, Connection>;
  /** Lets go of what is held back on its socket, until it has been. */
  #release: (() => void) | undefined;
  #connection: { readonly is: Connection } | undefined;
  /** The last write left no more than the socket is willing to hold. */
  #isFlowing = false;
  /** It is not read: from the start until the door has opened, and whenever the gateway says so. */
  #isPaused = true;
  #isClosing = false;
  #isEnded = false;

  /** `release` lets the answer to the upgrade go, which waits for what is said first. */
  constructor(websocket: RoomSocket, mount: Mount<Admitted, Connection>, release: () => void) {
    this.#websocket = websocket;
    this.#mount = mount;
    this.#release = release;
  }

  open(admitted: Admitted): void {
    if (this.#isClosing || this.#isEnded || this.#websocket.readyState !== WebSocket.OPEN) {
      this.#mount.door.forsake(admitted);
      return;
    }
    this.#isPaused = false;
    try {
      this.#connection = { is: this.#mount.door.open(admitted, this) };
    } catch (error) {
      this.#mount.report(error);
      this.close('broken');
    }
    // Whom the door opens to may have to wait still.
    if (!this.#isPaused) this.resume();
  }

  #letGo(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  send(chunks: readonly Chunk[]): void {
    const websocket = this.#websocket;
    if (websocket.readyState !== WebSocket.OPEN) return;
    const written = websocket.write(chunks);
    this.#isFlowing = written === 'flowing';
    if (written === 'not') {
      for (const chunk of chunks) for (const packet of chunk.packets) websocket.send(packet);
    }
    if (this.#release !== undefined) this.#letGo();
  }

  /** Nothing asks for acknowledgements here, so nobody calls this. */
  ackPacket(_token: number, payload: string): string {
    return payload;
  }

  /** The little that a socket holds while it flows counts as nothing. */
  get bufferedBytes(): number {
    return this.#isFlowing ? 0 : this.#websocket.bufferedAmount;
  }

  pause(): void {
    if (this.#isClosing) return;
    this.#isPaused = true;
    this.#websocket.pause();
    this.#websocket.silentRounds = 0;
  }

  resume(): void {
    this.#isPaused = false;
    this.#websocket.resume();
    // What is said in this turn leaves at its end.
    if (this.#release !== undefined) setImmediate(() => this.#letGo());
  }

  close(reason: CloseReason): void {
    if (this.#isClosing || this.#isEnded) return;
    this.#isClosing = true;
    const { code, words } = this.#mount.closeWords(reason);
    this.#websocket.close(code, words);
    this.#letGo();
    // What the client says now is dropped, and among it is its answer to the close.
    this.#websocket.resume();
    setTimeout(cutOff, lingerAfter(reason), this.#websocket).unref();
  }

  hear(text: string | undefined): void {
    if (this.#connection === undefined || this.#isClosing) return;
    const { listener } = this.#mount.door;
    const payload = text === undefined ? undefined : parsedObject(text);
    try {
      if (payload === undefined) listener.onMalformed(this.#connection.is);
      else listener.onPacket(this.#connection.is, '', payload, undefined);
    } catch (error) {
      this.#mount.report(error);
      this.close('broken');
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#letGo();
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    tellClosed(this.#mount.door, connection.is, this.#mount.report);
  }
}

function parsedObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What goes wrong with a socket ends it, and its end is told. */
export function ignoreError(): void {}

function cutOff(websocket: RoomSocket): void {
  websocket.terminate();
}
