import type { DecidedIn } from '../app/ports.ts';
import type { ConversationId } from '../core/model.ts';

/**
 * What was decided on facts that have turned out to be wrong. A precondition may hold again by the time a later batch is written
 * (somebody came, and somebody else went): then the later of two decisions on the same facts would pass, and overtake the earlier
 * one, which is decided again.
 */
export class StaleFacts {
  readonly #wrong = new Map<ConversationId, number>();

  /** A decision came back, because somebody else was faster. */
  broken({ conversationId, facts }: DecidedIn): void {
    this.#wrong.set(conversationId, Math.max(facts, this.#wrong.get(conversationId) ?? 0));
  }

  /** Whether it must come back as well. */
  isStale({ conversationId, facts }: DecidedIn): boolean {
    const wrong = this.#wrong.get(conversationId);
    if (wrong === undefined) return false;
    if (facts <= wrong) return true;
    // Whoever decides on newer facts has seen all that stood on these.
    this.#wrong.delete(conversationId);
    return false;
  }
}
