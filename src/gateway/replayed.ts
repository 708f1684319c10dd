import type { Entry } from '../core/events.ts';
import type { ConversationId, Position } from '../core/model.ts';
import type { Utterance } from './speech.ts';

/** A storm of clients that come back missed much the same: so many events are kept written, of so many characters in all. */
const limits = { entries: 10_000, characters: 8_000_000 } as const;
/** The next ones of a storm come sooner. */
const keptMs = 10_000;

/** An event as it was written, and what it weighs. */
type Written = { readonly utterance: Utterance; readonly characters: number };

/** What was written for those who come back, kept for a while after the last of them, the oldest first to go. */
export class Replayed {
  readonly #written = new Map<Position, Written>();
  #characters = 0;
  #usedAtMs = 0;
  #forgetting: NodeJS.Timeout | undefined;

  /** The event as it was written before, or as `write` writes it now. */
  get(entry: Entry, write: () => Utterance): Utterance {
    this.#usedAtMs = performance.now();
    const known = this.#written.get(entry.position);
    if (known) return known.utterance;
    const utterance = write();
    const characters = JSON.stringify(entry.event).length;
    this.#written.set(entry.position, { utterance, characters });
    this.#characters += characters;
    for (const position of this.#written.keys()) {
      if (this.#written.size <= limits.entries && this.#characters <= limits.characters) break;
      this.#forget(position);
    }
    this.#forgetting ??= setTimeout(() => this.#forgetAll(), keptMs).unref();
    return utterance;
  }

  /** What was written of a conversation may tell what was said there before. */
  forgetConversation(conversationId: ConversationId | undefined): void {
    for (const [position, { utterance }] of this.#written) {
      const { event } = utterance.heard;
      if ('conversationId' in event && event.conversationId === conversationId) this.#forget(position);
    }
  }

  #forget(position: Position): void {
    this.#characters -= this.#written.get(position)?.characters ?? 0;
    this.#written.delete(position);
  }

  #forgetAll(): void {
    const leftMs = this.#usedAtMs + keptMs - performance.now();
    this.#forgetting = leftMs > 0 ? setTimeout(() => this.#forgetAll(), leftMs).unref() : undefined;
    if (leftMs > 0) return;
    this.#written.clear();
    this.#characters = 0;
  }
}
