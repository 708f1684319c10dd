import type { Clock, Telling } from '../app/ports.ts';
import type { EphemeralEvent } from '../core/events.ts';
import type { ConversationId, TimeMs, User } from '../core/model.ts';
import type { Shared } from './nodes.ts';
import { shortProfile } from './short-profile.ts';

type Typist = {
  readonly conversationId: ConversationId;
  readonly user: User;
  readonly expiresAt: TimeMs;
  /** Where they type; undefined for this node. */
  readonly node: string | undefined;
};

export type TypingParts = {
  /** Announces it to the connections of this node. */
  readonly publish: (event: EphemeralEvent) => void;
  /** Tells the other nodes. */
  readonly tell: (telling: Telling) => void;
  readonly clock: Clock;
  readonly expiresMs: number;
};

const sweepMs = 1_000;
/** How much longer a typist of another node is waited for: it is that node's to say that they have stopped. */
const elsewhereMs = 1_500;

/** Who is typing where. Whoever says nothing more of it has stopped: a client that vanished cannot say so, nor a node. */
export class Typing implements Shared {
  readonly #parts: TypingParts;
  readonly #typists = new Map<string, Typist>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(parts: TypingParts) {
    this.#parts = parts;
  }

  changed(conversationId: ConversationId, user: User, isTyping: boolean): void {
    this.#note(conversationId, user, isTyping, undefined);
    this.#parts.tell({ tells: 'typing', conversationId, user: shortProfile(user), isTyping });
    this.#publish(conversationId, user, isTyping);
  }

  hear(telling: Telling, node: string): void {
    if (telling.tells !== 'typing') return;
    const { conversationId, user, isTyping } = telling;
    this.#note(conversationId, user, isTyping, node);
    this.#publish(conversationId, user, isTyping);
  }

  /** Whoever typed on a node that is gone has stopped. One that tells everything again says nothing of typing. */
  forget(node: string, round?: number): void {
    if (round === undefined) this.#stop((typist) => typist.node === node);
  }

  *share(): Iterable<never> {}

  dispose(): void {
    clearInterval(this.#sweep);
    this.#typists.clear();
  }

  /** Where they typed last is where it expires. */
  #note(conversationId: ConversationId, user: User, isTyping: boolean, node: string | undefined): void {
    const key = `${user.id}\n${conversationId}`;
    if (!isTyping) {
      this.#typists.delete(key);
      return;
    }
    const { clock, expiresMs } = this.#parts;
    const expiresAt = clock.nowMs() + expiresMs + (node === undefined ? 0 : elsewhereMs);
    this.#typists.set(key, { conversationId, user, expiresAt, node });
    this.#sweep ??= setInterval(() => this.#expire(), Math.min(sweepMs, expiresMs)).unref();
  }

  #expire(): void {
    const now = this.#parts.clock.nowMs();
    this.#stop((typist) => typist.expiresAt <= now);
  }

  #stop(isOver: (typist: Typist) => boolean): void {
    for (const [key, typist] of this.#typists) {
      if (!isOver(typist)) continue;
      this.#typists.delete(key);
      const { conversationId, user, node } = typist;
      if (node === undefined)
        this.#parts.tell({ tells: 'typing', conversationId, user: shortProfile(user), isTyping: false });
      this.#publish(conversationId, user, false);
    }
    if (this.#typists.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  #publish(conversationId: ConversationId, user: User, isTyping: boolean): void {
    this.#parts.publish({ type: 'TypingChanged', conversationId, user, isTyping, actorId: user.id });
  }
}
