import type { Telling } from '../app/ports.ts';
import type { Id, TimeMs } from '../core/model.ts';
import type { Shared } from './nodes.ts';
import type { Place } from './pids.ts';

type Stray = { readonly text: string; readonly place: Place; readonly at: TimeMs };

const sessionsLimit = 50_000;
const perSessionLimit = 8;
/** Between two of the same words no more than this lies, where nobody can say which of them a client heard last. */
const confusionMs = 10_000;

/**
 * Clients take any event that ends in a string for their place in the log, also documented ones such as the name of a room that
 * was joined. The right place follows in the same write; a client that is cut off between the two shows the words instead. So it
 * is kept in mind which place each session was told before which words, here and on the other nodes, to which the client may come
 * back. Where nobody has heard of it any more, such a client is new.
 */
export class Strays implements Shared {
  readonly #tell: (telling: Telling) => void;
  readonly #sessions = new Map<Id, readonly Stray[]>();

  constructor(tell: (telling: Telling) => void) {
    this.#tell = tell;
  }

  /** To be called before the words leave: what tells the others then leaves within a few ms of them. */
  said(sessionId: Id, text: string, place: Place, at: TimeMs): void {
    const last = this.#sessions.get(sessionId)?.at(-1);
    // Refusals come in bursts, in the same words.
    const isRepeated = last?.text === text && last.place.position === place.position && at - last.at < confusionMs;
    if (isRepeated) return;
    this.#note(sessionId, { text, place, at });
    this.#tell({ tells: 'words', sessionId, text, place });
  }

  hear(telling: Telling): void {
    if (telling.tells !== 'words') return;
    const { sessionId, text, place } = telling;
    this.#note(sessionId, { text, place: { position: place.position, at: place.at }, at: Date.now() });
  }

  /** A client that comes from a node that is gone is who all this is for. */
  forget(): void {}

  *share(): Iterable<never> {}

  #note(sessionId: Id, stray: Stray): void {
    const before = this.#sessions.get(sessionId);
    this.#sessions.delete(sessionId);
    if (this.#sessions.size >= sessionsLimit) {
      const oldest = this.#sessions.keys().next().value;
      if (oldest !== undefined) this.#sessions.delete(oldest);
    }
    this.#sessions.set(sessionId, before ? [...before.slice(1 - perSessionLimit), stray] : [stray]);
  }

  /** Where a client was that shows these words: of several possible places the first, so that nothing is missed. */
  placeBefore(sessionId: Id, text: string): Place | undefined {
    const same = this.#sessions.get(sessionId)?.filter((stray) => stray.text === text) ?? [];
    const last = same.at(-1);
    // What was repeated at one place is kept as said first, up to as long before.
    return last && same.find((stray) => stray.at >= last.at - 2 * confusionMs)?.place;
  }
}
