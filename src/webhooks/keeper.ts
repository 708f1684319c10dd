import type { Store, Webhook, WebhookState } from '../app/ports.ts';
import type { Id, Position } from '../core/model.ts';
import { type FollowerParts, WebhookFollower } from './follower.ts';

export type KeeperParts = Omit<FollowerParts, 'store' | 'followers' | 'onSuperseded'> & {
  readonly store: Pick<Store, 'readEntries' | 'head' | 'followers'>;
  /** Names this node among those that share a database. */
  readonly node: Id;
  /** What the settings name; it comes and goes with them. */
  readonly configured: Pick<Webhook, 'url' | 'secret' | 'events'> | undefined;
  /** How long a node that died keeps others from going on. */
  readonly leaseMs?: number;
};

const lease = 'webhooks';
const configuredId = 'settings';
/** The doorbell rings for every batch; several of them are one look into the log. */
const wakeMs = 20;

/**
 * Follows the log for every webhook there is, on one of the nodes that share it: whoever has the lease. The others look now
 * and then whether it has run out, and go on from the places that were saved.
 */
export class WebhookKeeper implements AsyncDisposable {
  readonly #parts: KeeperParts;
  readonly #followers = new Map<Id, { readonly made: string; readonly follower: WebhookFollower }>();
  readonly #leaseMs: number;
  readonly #tick: NodeJS.Timeout;
  #leasedUntil = 0;
  #wakeTimer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #isLookWaiting = false;
  #isClosed = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#leaseMs = parts.leaseMs ?? 9_000;
    this.#tick = setInterval(() => this.changed(), this.#leaseMs / 3);
    this.#tick.unref();
  }

  /** Brings what the settings name into the list, or takes it out, and begins. */
  async start(): Promise<void> {
    const { configured, store, clock } = this.#parts;
    const { position } = await store.head();
    const known = (await store.followers.loadWebhooks()).find(({ id }) => id === configuredId);
    if (configured) {
      const webhook = { id: configuredId, ...configured, createdAt: known?.createdAt ?? clock.nowMs() };
      // A server must start on a disk that is full: what is there already is not written again.
      if (!known || !isSame(known, webhook)) await store.followers.saveWebhook(webhook, position);
    } else if (known) await store.followers.removeWebhook(configuredId);
    this.changed();
  }

  /** The log has grown, or may have. */
  wake(): void {
    if (this.#followers.size === 0) return;
    this.#wakeTimer ??= setTimeout(() => {
      this.#wakeTimer = undefined;
      for (const { follower } of this.#followers.values()) follower.wake();
    }, wakeMs).unref();
  }

  /** Webhooks were made, changed or removed, or it is time to look. */
  changed(): void {
    // One look that has not begun sees all that came before it.
    if (this.#isLookWaiting) return;
    this.#isLookWaiting = true;
    const look = (): Promise<void> => {
      this.#isLookWaiting = false;
      return this.#look();
    };
    this.#work = this.#work.then(look).catch((error) => this.#failed(error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#tick);
    clearTimeout(this.#wakeTimer);
    await this.#work;
    await this.#release();
    if (this.#leasedUntil > 0) {
      await this.#parts.store.followers.takeLease(lease, this.#parts.node, 0).catch(this.#parts.onError);
    }
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return;
    const { store, node } = this.#parts;
    const wanted = await store.followers.loadWebhooks();
    if (wanted.length === 0) {
      await this.#release();
      return;
    }
    const askedAt = performance.now();
    if (!(await store.followers.takeLease(lease, node, this.#leaseMs))) {
      this.#leasedUntil = 0;
      await this.#release();
      return;
    }
    this.#leasedUntil = askedAt + this.#leaseMs;
    const { position: head } = await store.head();
    await this.#release(new Set(wanted.map(({ id }) => id)));
    for (const webhook of wanted) await this.#follow(webhook, head);
  }

  async #follow(webhook: WebhookState, head: Position): Promise<void> {
    const { position, stragglers: _, failure: __, parkedCount: ___, ...rest } = webhook;
    const made = JSON.stringify(rest);
    const known = this.#followers.get(webhook.id);
    if (known?.made === made) {
      known.follower.wake();
      return;
    }
    await known?.follower[Symbol.asyncDispose]();
    this.#followers.delete(webhook.id);
    // A restored backup: what it was told of never happened, and what happens now has not been told.
    if (position > head) {
      await this.#parts.store.followers.replayWebhook(webhook.id, head);
      this.changed();
      return;
    }
    const { store } = this.#parts;
    const follower = new WebhookFollower(
      { ...this.#parts, store, followers: store.followers, onSuperseded: () => this.changed() },
      webhook,
    );
    this.#followers.set(webhook.id, { made, follower });
    follower.wake();
  }

  /** Lets go of all followers but these. */
  async #release(but: ReadonlySet<Id> = new Set()): Promise<void> {
    const gone = [...this.#followers].filter(([id]) => !but.has(id));
    for (const [id] of gone) this.#followers.delete(id);
    await Promise.all(gone.map(([, { follower }]) => follower[Symbol.asyncDispose]()));
  }

  /** Without the store's word the lease lasts only as long as was promised. */
  async #failed(error: unknown): Promise<void> {
    this.#parts.onError(error);
    if (performance.now() >= this.#leasedUntil - this.#leaseMs / 3) await this.#release();
  }
}

function isSame(known: Webhook, { url, secret, events }: Webhook): boolean {
  return known.url === url && known.secret === secret && JSON.stringify(known.events) === JSON.stringify(events);
}
