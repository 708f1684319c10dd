import type { AckToken, Chunk, Door, Link } from '../gateway/transport.ts';
import { type CloseReason, lingerAfter, type Report, staysAway } from './close-reasons.ts';
import type { LazyWebSocket } from './lazy-websocket.ts';
import { ackPacket, engineMessage, eventPrefix } from './socket-io-packets.ts';
import { tellClosed, tellEvent } from './telling-doors.ts';

/** The session that a link belongs to. */
interface Owner {
  readonly websocket: LazyWebSocket;
  readonly readyState: 'open' | 'closing' | 'closed';
  readonly house: { readonly report: Report };
  /** Its silence is not its doing. */
  excuse(): void;
  left(link: OwnLink): void;
  close(): void;
  /** Closes it so that its client stays away. */
  dismiss(): void;
}

/** One namespace of a session that is ours, as a link. */
export class OwnLink implements Link {
  readonly transportName = 'websocket';
  readonly canResume = true;
  readonly namespace: string;
  /** What its events begin with. */
  readonly prefix: string;
  readonly #owner: Owner;
  readonly #door: Door<unknown, unknown>;
  #connection: { readonly is: unknown } | undefined;
  #isClosing = false;
  #isEnded = false;
  #isFlowing = false;

  constructor(owner: Owner, namespace: string, door: Door<unknown, unknown>) {
    this.#owner = owner;
    this.namespace = namespace;
    this.prefix = eventPrefix(namespace);
    this.#door = door;
  }

  open(admitted: unknown): void {
    try {
      this.#connection = { is: this.#door.open(admitted, this) };
    } catch (error) {
      this.#owner.house.report(error);
      this.close('broken');
      return;
    }
    if (this.#isEnded) this.#tellClosed();
  }

  send(chunks: readonly Chunk[]): void {
    const { websocket, readyState } = this.#owner;
    if (this.#isEnded || readyState !== 'open') return;
    const written = websocket.write(chunks);
    this.#isFlowing = written === 'flowing';
    if (written !== 'not') return;
    for (const { packets } of chunks) for (const packet of packets) websocket.send(engineMessage + packet);
  }

  ackPacket(token: AckToken, payload: string): string {
    return ackPacket(this.namespace, token, payload);
  }

  get bufferedBytes(): number {
    return this.#isFlowing ? 0 : this.#owner.websocket.bufferedAmount;
  }

  pause(): void {
    this.#owner.websocket.pause();
    this.#owner.excuse();
  }

  resume(): void {
    this.#owner.websocket.resume();
  }

  close(reason: CloseReason): void {
    if (this.#isClosing || this.#isEnded) return;
    this.#isClosing = true;
    if (staysAway[reason]) this.#owner.dismiss();
    else this.#owner.close();
    // What the client says now is dropped, and among it is its answer to the close.
    this.#owner.websocket.resume();
    setTimeout(cutOff, lingerAfter(reason), this.#owner.websocket).unref();
  }

  get carrier(): object {
    return this.#owner;
  }

  hear(data: readonly unknown[] | undefined, id: number | undefined): void {
    if (this.#connection === undefined || this.#isClosing) return;
    try {
      tellEvent(this.#door, this.#connection.is, data, id);
    } catch (error) {
      this.#owner.house.report(error);
      this.close('broken');
    }
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#owner.left(this);
    if (this.#connection !== undefined) this.#tellClosed();
  }

  #tellClosed(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    tellClosed(this.#door, connection.is, this.#owner.house.report);
  }
}

function cutOff(websocket: LazyWebSocket): void {
  websocket.terminate();
}
