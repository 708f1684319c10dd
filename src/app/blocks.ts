import type { Blocking } from '../core/blocks.ts';
import type { Entry } from '../core/events.ts';
import type { UserId } from '../core/model.ts';
import type { Store } from './ports.ts';

const usersLimit = 50_000;

/**
 * Whom users block, kept in mind for those who speak in direct conversations: loaded when first asked for, kept right by the
 * log, the longest known forgotten first. In force on every node as soon as the entry has come round.
 */
export class Blocks {
  readonly #store: Pick<Store, 'loadBlocks'>;
  readonly #limit: number;
  readonly #blocked = new Map<UserId, Set<UserId>>();
  readonly #loading = new Map<UserId, Promise<void>>();
  /** Whose blocks have changed while they were read. */
  readonly #stale = new Set<UserId>();

  constructor(store: Pick<Store, 'loadBlocks'>, limit = usersLimit) {
    this.#store = store;
    this.#limit = limit;
  }

  /** Undefined when it is not known now: {@link load} both users, and ask again at once. */
  between(self: UserId, other: UserId): Blocking | undefined {
    const [own, theirs] = [this.#blocked.get(self), this.#blocked.get(other)];
    if (!own || !theirs) return undefined;
    if (theirs.has(self)) return 'byOther';
    return own.has(other) ? 'bySelf' : 'none';
  }

  /** The same, loaded where it is not known. */
  async find(self: UserId, other: UserId): Promise<Blocking> {
    const known = this.between(self, other);
    if (known !== undefined) return known;
    await this.load([self, other]);
    return this.between(self, other) ?? 'none';
  }

  async load(userIds: readonly UserId[]): Promise<void> {
    const unknown = userIds.filter((id) => !this.#blocked.has(id) && !this.#loading.has(id));
    if (unknown.length > 0) {
      const loading = this.#read(unknown).finally(() => {
        for (const id of unknown) this.#loading.delete(id);
      });
      for (const id of unknown) this.#loading.set(id, loading);
    }
    await Promise.all(userIds.map((id) => this.#loading.get(id)));
  }

  /** Every entry of the log passes here. */
  apply({ event }: Entry): void {
    if (event.type !== 'BlockChanged') return;
    const blocked = this.#blocked.get(event.userId);
    if (event.isBlocked) blocked?.add(event.blockedId);
    else blocked?.delete(event.blockedId);
    // A reading under way may be older than this entry: it is taken again.
    if (this.#loading.has(event.userId)) this.#stale.add(event.userId);
  }

  async #read(userIds: readonly UserId[]): Promise<void> {
    for (let left = userIds; left.length > 0; ) {
      for (const id of left) this.#stale.delete(id);
      const found = await this.#store.loadBlocks(left);
      for (const id of left) this.#keep(id, new Set(found.get(id)?.map((block) => block.userId)));
      left = left.filter((id) => this.#stale.has(id));
    }
  }

  #keep(userId: UserId, blocked: Set<UserId>): void {
    if (!this.#blocked.has(userId) && this.#blocked.size >= this.#limit) {
      const oldest = this.#blocked.keys().next().value;
      if (oldest !== undefined) this.#blocked.delete(oldest);
    }
    this.#blocked.set(userId, blocked);
  }
}
