import type { Bus, Clock } from '../app/ports.ts';
import type { ConversationId, User, UserId } from '../core/model.ts';

type Present = { readonly user: User; connections: number; leaving: NodeJS.Timeout | undefined };

/**
 * Who is present in a conversation: some connection of theirs has joined it. News of it follow the user, not the connection; a
 * user whose last connection was lost is given a moment to come back.
 */
export class PresentUsers {
  readonly #bus: Pick<Bus, 'tell'>;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #conversations = new Map<ConversationId, Map<UserId, Present>>();

  constructor(parts: { bus: Pick<Bus, 'tell'>; clock: Clock; graceMs: number }) {
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#graceMs = parts.graceMs;
  }

  joined(conversationId: ConversationId, user: User): void {
    let users = this.#conversations.get(conversationId);
    if (!users) {
      users = new Map();
      this.#conversations.set(conversationId, users);
    }
    const present = users.get(user.id);
    if (present) {
      present.connections++;
      clearTimeout(present.leaving);
      present.leaving = undefined;
      return;
    }
    users.set(user.id, { user, connections: 1, leaving: undefined });
    this.#tell(conversationId, user, true);
  }

  /** `byOwnWord`: at once; otherwise the transport was lost, and they may be back in a moment. */
  left(conversationId: ConversationId, userId: UserId, byOwnWord: boolean): void {
    const present = this.#conversations.get(conversationId)?.get(userId);
    if (!present) return;
    present.connections--;
    if (present.connections > 0) return;
    if (byOwnWord) {
      this.#gone(conversationId, present);
      return;
    }
    present.leaving = setTimeout(() => this.#gone(conversationId, present), this.#graceMs);
    present.leaving.unref();
  }

  /** In the order in which they came. */
  list(conversationId: ConversationId): User[] {
    return [...(this.#conversations.get(conversationId)?.values() ?? [])].map((present) => present.user);
  }

  dispose(): void {
    for (const users of this.#conversations.values()) {
      for (const present of users.values()) clearTimeout(present.leaving);
    }
    this.#conversations.clear();
  }

  #gone(conversationId: ConversationId, present: Present): void {
    clearTimeout(present.leaving);
    const users = this.#conversations.get(conversationId);
    if (users?.get(present.user.id) !== present) return;
    users.delete(present.user.id);
    if (users.size === 0) this.#conversations.delete(conversationId);
    this.#tell(conversationId, present.user, false);
  }

  #tell(conversationId: ConversationId, user: User, isPresent: boolean): void {
    this.#bus.tell({ type: 'PresentChanged', conversationId, user, isPresent, actorId: user.id }, this.#clock.nowMs());
  }
}
