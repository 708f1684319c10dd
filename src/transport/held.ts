import type { Socket } from 'node:net';
import { holdSocket } from './fast-write.ts';

/**
 * Holds back our answers to upgrades until there is more to say, so that both leave in one write; but never for long, whatever it is
 * that takes its time. One timer for all of them.
 */
export class Held implements Disposable {
  readonly #limitMs: number;
  /** Since when, the longest first. */
  readonly #waiting = new Map<Socket, { readonly since: number; readonly release: () => void }>();
  readonly #timer: NodeJS.Timeout;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = setInterval(() => this.#sweep(), limitMs / 4).unref();
  }

  /** What is written to the socket from now on waits. */
  hold(socket: Socket): void {
    if (!this.#waiting.has(socket)) {
      this.#waiting.set(socket, { since: performance.now(), release: holdSocket(socket) });
    }
  }

  /** What waits leaves. May be said again. */
  release(socket: Socket): void {
    const held = this.#waiting.get(socket);
    if (held === undefined) return;
    this.#waiting.delete(socket);
    held.release();
  }

  #sweep(): void {
    // Whoever is left until the next time would have waited too long by then.
    const tooOld = performance.now() - (this.#limitMs * 3) / 4;
    for (const [socket, { since }] of this.#waiting) {
      if (since > tooOld) return;
      this.release(socket);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const socket of this.#waiting.keys()) this.release(socket);
  }
}
