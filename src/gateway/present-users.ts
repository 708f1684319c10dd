import type { Telling } from '../app/ports.ts';
import type { EphemeralEvent } from '../core/events.ts';
import type { ConversationId, User, UserId } from '../core/model.ts';
import type { Shared, ShareTelling } from './nodes.ts';
import { shortProfile } from './short-profile.ts';

type Own = { connections: number; leaving: NodeJS.Timeout | undefined };

type Present = {
  /** As the connection that has joined last names them. */
  user: User;
  /** Their connections on this node. */
  own: Own | undefined;
  /** Other nodes that have connections of theirs, each with the round in which it said so. */
  elsewhere: Map<string, number> | undefined;
};

export type PresentUsersParts = {
  /** Announces it to the connections of this node. */
  readonly publish: (event: EphemeralEvent) => void;
  /** Tells the other nodes. */
  readonly tell: (telling: ShareTelling) => void;
  readonly graceMs: number;
};

/**
 * Who is present in a conversation: some connection of theirs, on any node, has joined it. News of it follow the user, not the
 * connection; a user whose last connection was lost is given a moment to come back.
 */
export class PresentUsers implements Shared {
  readonly #parts: PresentUsersParts;
  readonly #conversations = new Map<ConversationId, Map<UserId, Present>>();

  constructor(parts: PresentUsersParts) {
    this.#parts = parts;
  }

  joined(conversationId: ConversationId, user: User): void {
    const present = this.#present(conversationId, user);
    present.user = user;
    if (present.own) {
      present.own.connections++;
      clearTimeout(present.own.leaving);
      present.own.leaving = undefined;
      return;
    }
    const isNew = !present.elsewhere;
    present.own = { connections: 1, leaving: undefined };
    this.#parts.tell({ tells: 'present', conversationId, user: shortProfile(user), isPresent: true });
    if (isNew) this.#publish(conversationId, user, true);
  }

  /** One of their connections is in it no more, by their own word or that of others. */
  left(conversationId: ConversationId, userId: UserId): void {
    const present = this.#conversations.get(conversationId)?.get(userId);
    const own = present?.own;
    if (own && --own.connections <= 0) this.#gone(conversationId, present, own);
  }

  /** One of their connections was lost: they may be back in a moment. */
  lost(conversationId: ConversationId, userId: UserId): void {
    const present = this.#conversations.get(conversationId)?.get(userId);
    const own = present?.own;
    if (!own || --own.connections > 0) return;
    own.leaving = setTimeout(() => this.#gone(conversationId, present, own), this.#parts.graceMs);
    own.leaving.unref();
  }

  /** In the order in which they came. */
  list(conversationId: ConversationId): User[] {
    return [...(this.#conversations.get(conversationId)?.values() ?? [])].map((present) => present.user);
  }

  /** Whether another node has a connection of the user that has joined. */
  isElsewhere(conversationId: ConversationId, userId: UserId): boolean {
    return this.#conversations.get(conversationId)?.get(userId)?.elsewhere !== undefined;
  }

  hear(telling: Telling, node: string, round: number): void {
    if (telling.tells !== 'present') return;
    const { conversationId, user, isPresent } = telling;
    if (!isPresent) {
      const present = this.#conversations.get(conversationId)?.get(user.id);
      if (present?.elsewhere?.has(node)) this.#goneElsewhere(conversationId, present, node);
      return;
    }
    const present = this.#present(conversationId, user);
    const isNew = !present.own && !present.elsewhere;
    present.elsewhere ??= new Map();
    const isNewThere = !present.elsewhere.has(node);
    if (isNewThere) present.user = user;
    present.elsewhere.set(node, round);
    if (isNew) this.#publish(conversationId, present.user, true);
    // Whom this node has just lost are back over there, which alone tells now whether they stay.
    const { own } = present;
    if (isNewThere && own && own.connections <= 0) this.#gone(conversationId, present, own);
  }

  forget(node: string, round?: number): void {
    for (const [conversationId, users] of this.#conversations) {
      for (const present of users.values()) {
        const there = present.elsewhere?.get(node);
        if (there !== undefined && there !== round) this.#goneElsewhere(conversationId, present, node);
      }
    }
  }

  *share(): Iterable<ShareTelling> {
    for (const [conversationId, users] of this.#conversations) {
      for (const { user, own } of users.values()) {
        if (own) yield { tells: 'present', conversationId, user: shortProfile(user), isPresent: true };
      }
    }
  }

  dispose(): void {
    for (const users of this.#conversations.values()) {
      for (const present of users.values()) clearTimeout(present.own?.leaving);
    }
    this.#conversations.clear();
  }

  #present(conversationId: ConversationId, user: User): Present {
    let users = this.#conversations.get(conversationId);
    if (!users) {
      users = new Map();
      this.#conversations.set(conversationId, users);
    }
    let present = users.get(user.id);
    if (!present) {
      present = { user, own: undefined, elsewhere: undefined };
      users.set(user.id, present);
    }
    return present;
  }

  #gone(conversationId: ConversationId, present: Present, own: Own): void {
    clearTimeout(own.leaving);
    if (present.own !== own) return;
    present.own = undefined;
    this.#parts.tell({ tells: 'present', conversationId, user: shortProfile(present.user), isPresent: false });
    this.#dropIfGone(conversationId, present);
  }

  #goneElsewhere(conversationId: ConversationId, present: Present, node: string): void {
    present.elsewhere?.delete(node);
    if (present.elsewhere?.size === 0) present.elsewhere = undefined;
    this.#dropIfGone(conversationId, present);
  }

  #dropIfGone(conversationId: ConversationId, present: Present): void {
    const users = this.#conversations.get(conversationId);
    if (present.own || present.elsewhere || users?.get(present.user.id) !== present) return;
    users.delete(present.user.id);
    if (users.size === 0) this.#conversations.delete(conversationId);
    this.#publish(conversationId, present.user, false);
  }

  #publish(conversationId: ConversationId, user: User, isPresent: boolean): void {
    this.#parts.publish({ type: 'PresentUsersChanged', conversationId, user, isPresent, actorId: user.id });
  }
}
