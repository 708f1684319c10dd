import type { Store } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import type { ConversationId, Position, UserId } from '../core/model.ts';
import { type Connection, OnlineUser } from './connection.ts';

export type MembershipListener = {
  onAdded(user: OnlineUser, conversationId: ConversationId): void;
  onRemoved(user: OnlineUser, conversationId: ConversationId): void;
};

type MembershipChange = {
  readonly user: OnlineUser;
  readonly event: 'MemberAdded' | 'MemberRemoved';
  readonly conversationId: ConversationId;
  readonly position: Position;
};

/**
 * Who is here, and what they are a member of: loaded when a user's first connection is admitted, several users in one read, and kept
 * right by the log.
 */
export class OnlineUsers {
  readonly #store: Pick<Store, 'loadMemberships'>;
  readonly #listener: MembershipListener;
  readonly #users = new Map<UserId, OnlineUser>();
  #wanted: OnlineUser[] = [];
  #batch: Promise<void> | undefined;
  /** Changes of users whose memberships are being read: the reading may or may not have seen them. */
  #missed: MembershipChange[] = [];

  constructor(store: Pick<Store, 'loadMemberships'>, listener: MembershipListener) {
    this.#store = store;
    this.#listener = listener;
  }

  get(id: UserId): OnlineUser | undefined {
    return this.#users.get(id);
  }

  all(): IterableIterator<OnlineUser> {
    return this.#users.values();
  }

  /** Makes sure that the user's memberships are known. Each call must be followed by one of {@link leaveDoor}. */
  async arrive(id: UserId): Promise<OnlineUser> {
    let user = this.#users.get(id);
    if (!user) {
      user = new OnlineUser(id);
      this.#users.set(id, user);
    }
    user.atTheDoor++;
    if (user.loadedAt < 0) {
      user.loading ??= this.#load(user);
      try {
        await user.loading;
      } catch (error) {
        this.leaveDoor(user);
        throw error;
      }
    }
    return user;
  }

  leaveDoor(user: OnlineUser): void {
    user.atTheDoor--;
    this.#forgetIfGone(user);
  }

  add(user: OnlineUser, connection: Connection): void {
    user.connections = user.connections.concat(connection);
  }

  remove(user: OnlineUser, connection: Connection): void {
    user.connections = user.connections.filter((other) => other !== connection);
    this.#forgetIfGone(user);
  }

  /** Every entry of the log passes here. */
  apply({ event, position }: Entry): void {
    if (event.type !== 'MemberAdded' && event.type !== 'MemberRemoved') return;
    const user = this.#users.get(event.type === 'MemberAdded' ? event.user.id : event.userId);
    if (!user) return;
    const { type, conversationId } = event;
    if (user.loadedAt < 0) this.#missed.push({ user, event: type, conversationId, position });
    else if (position > user.loadedAt) this.#change(user, type, conversationId, position);
  }

  #change(
    user: OnlineUser,
    event: MembershipChange['event'],
    conversationId: ConversationId,
    position: Position,
  ): void {
    if (event === 'MemberAdded') {
      if (user.conversationIds.has(conversationId)) return;
      user.conversationIds.set(conversationId, position);
      this.#listener.onAdded(user, conversationId);
    } else if (user.conversationIds.delete(conversationId)) {
      this.#listener.onRemoved(user, conversationId);
    }
  }

  async #load(user: OnlineUser): Promise<void> {
    this.#wanted.push(user);
    // One read serves everybody who is admitted before it starts.
    this.#batch ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#read());
    try {
      await this.#batch;
    } finally {
      user.loading = undefined;
    }
  }

  async #read(): Promise<void> {
    const users = this.#wanted;
    this.#wanted = [];
    this.#batch = undefined;
    const { position, value } = await this.#store.loadMemberships(users.map((user) => user.id));
    for (const user of users) {
      user.loadedAt = position;
      for (const { conversationId, since } of value.get(user.id) ?? []) {
        this.#change(user, 'MemberAdded', conversationId, since);
      }
    }
    const missed = this.#missed;
    this.#missed = [];
    for (const one of missed) {
      if (one.user.loadedAt < 0) {
        // Those whose reading failed are gone.
        if (this.#users.get(one.user.id) === one.user) this.#missed.push(one);
      } else if (one.position > one.user.loadedAt) this.#change(one.user, one.event, one.conversationId, one.position);
    }
  }

  #forgetIfGone(user: OnlineUser): void {
    if (user.connections.length > 0 || user.atTheDoor > 0) return;
    this.#users.delete(user.id);
    for (const conversationId of user.conversationIds.keys()) this.#listener.onRemoved(user, conversationId);
    user.conversationIds.clear();
  }
}
