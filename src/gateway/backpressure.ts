import type { Pressure } from '../app/commit.ts';
import type { Link } from './transport.ts';

/**
 * Of each up to 64 KiB are read before it can be paused again: so few at a time that the room there is when the last ones are let go
 * on is enough for what they have said.
 */
const atATime = 16;
/** Often enough that no transport's patience with the silent ends between two. */
const againMs = 5_000;

type Held = ReadonlySet<{
  readonly link: Pick<Link, 'pause' | 'resume'>;
  /** Paused by its entrance, which lets it go on. */
  readonly isEntering: boolean;
}>;

/**
 * Stops reading all websockets while more is on its way to the log than it can take: what clients say waits in their sockets, and
 * nobody has to be refused. When there is room again, they are read again a few at a time.
 */
export class Backpressure implements Pressure, Disposable {
  readonly #connections: Held;
  /** Counts how often somebody was held or let go on: whoever began before ends then. */
  #round = 0;
  /** Who is let go on next. It goes round, so that the first ones do not take all the room each time. */
  #next = 0;
  #again: NodeJS.Timeout | undefined;

  constructor(connections: Held) {
    this.#connections = connections;
  }

  /** A link that is paused takes the silence until then for no sign of death, so it is said again for as long as it lasts. */
  crowded(): void {
    this.#round++;
    this.#pauseAll();
    this.#again ??= setInterval(() => this.#pauseAll(), againMs).unref();
  }

  roomy(): void {
    this[Symbol.dispose]();
    const round = ++this.#round;
    const connections = [...this.#connections];
    let left = connections.length;
    const letGo = (): void => {
      if (round !== this.#round) return;
      for (let count = Math.min(atATime, left); count > 0; count--, left--) {
        const connection = connections[this.#next++ % connections.length];
        if (connection?.isEntering === false) connection.link.resume();
      }
      if (left > 0) setImmediate(letGo);
    };
    letGo();
  }

  #pauseAll(): void {
    for (const { link } of this.#connections) link.pause();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#again);
    this.#again = undefined;
  }
}
