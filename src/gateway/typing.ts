import type { Bus, Clock } from '../app/ports.ts';
import type { ConversationId, TimeMs, User } from '../core/model.ts';

type Typist = { readonly conversationId: ConversationId; readonly user: User; expiresAt: TimeMs };

const sweepMs = 1_000;

/** Who is typing where. Whoever says nothing more of it has stopped: a client that vanished cannot say so. */
export class Typing {
  readonly #bus: Pick<Bus, 'tell'>;
  readonly #clock: Clock;
  readonly #expiresMs: number;
  readonly #typists = new Map<string, Typist>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(parts: { bus: Pick<Bus, 'tell'>; clock: Clock; expiresMs: number }) {
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#expiresMs = parts.expiresMs;
  }

  changed(conversationId: ConversationId, user: User, isTyping: boolean): void {
    const key = `${user.id}\n${conversationId}`;
    if (isTyping) {
      this.#typists.set(key, { conversationId, user, expiresAt: this.#clock.nowMs() + this.#expiresMs });
      this.#sweep ??= setInterval(() => this.#expire(), Math.min(sweepMs, this.#expiresMs)).unref();
    } else {
      this.#typists.delete(key);
    }
    this.#tell(conversationId, user, isTyping);
  }

  dispose(): void {
    clearInterval(this.#sweep);
    this.#typists.clear();
  }

  #expire(): void {
    const now = this.#clock.nowMs();
    for (const [key, typist] of this.#typists) {
      if (typist.expiresAt > now) continue;
      this.#typists.delete(key);
      this.#tell(typist.conversationId, typist.user, false);
    }
    if (this.#typists.size === 0) {
      clearInterval(this.#sweep);
      this.#sweep = undefined;
    }
  }

  #tell(conversationId: ConversationId, user: User, isTyping: boolean): void {
    this.#bus.tell({ type: 'TypingChanged', conversationId, user, isTyping, actorId: user.id }, this.#clock.nowMs());
  }
}
