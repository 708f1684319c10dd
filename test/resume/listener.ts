import { io, type Socket } from 'socket.io-client';
import { patienceMs, until } from '../harness/until.ts';

/** What a handler was called with. */
export type Call = { readonly event: string; readonly args: readonly unknown[] };

/** An unmodified client of today that only connects, listens, and lets its library reconnect. */
export class Listener implements Disposable {
  readonly socket: Socket;
  /** Every call of a handler, in order; the server's own `position` is not among them. */
  readonly calls: Call[] = [];
  readonly refusals: string[] = [];
  /** Resume offsets, in the order in which they came. */
  readonly offsets: unknown[] = [];
  connects = 0;

  /** Listens from the first moment on. */
  constructor(url: string, token: string, options: Record<string, unknown> = {}) {
    this.socket = io(url, {
      forceNew: true,
      transports: ['websocket'],
      auth: { token },
      reconnectionDelay: 10,
      reconnectionDelayMax: 40,
      randomizationFactor: 0,
      ...options,
    });
    this.socket.on('connect', () => this.connects++);
    this.socket.on('connect_error', (error) => this.refusals.push(error.message));
    this.socket.onAny((event: string, ...args: unknown[]) => {
      if (event === 'position') this.offsets.push(...args);
      else this.calls.push({ event, args });
    });
  }

  /** Resolves once it is connected and knows its place, for the nth time. */
  async connected(times = 1): Promise<this> {
    await until(
      () => this.connects >= times && this.socket.connected,
      () => `connected ${this.connects} of ${times} times; refused: ${this.refusals}`,
    );
    return this;
  }

  /** What handlers of this event were given first. */
  heard(event: string): unknown[] {
    return this.calls.filter((call) => call.event === event).map((call) => call.args[0]);
  }

  /** One field of what handlers of this event were given. */
  fields(event: string, field: string): unknown[] {
    return this.heard(event).map((payload) => (payload as Record<string, unknown>)[field]);
  }

  /** Resolves once handlers of this event were called so many times. */
  async hears(event: string, times: number): Promise<void> {
    let seen = -1;
    // As long as more is coming it may take its time.
    while (seen < this.heard(event).length && this.heard(event).length < times) {
      seen = this.heard(event).length;
      await until(
        () => this.heard(event).length >= times || this.heard(event).length > seen + 200,
        () => `${event}: ${this.heard(event).length} of ${times}; last ${JSON.stringify(this.calls.slice(-3))}`,
      );
    }
  }

  /** Asks, and resolves with the acknowledgement. */
  ask(event: string, payload: unknown): Promise<unknown> {
    return this.socket.timeout(patienceMs).emitWithAck(event, payload);
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}
