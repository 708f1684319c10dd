import type { EphemeralEvent } from '../core/events.ts';
import type { TimeMs, UserId } from '../core/model.ts';
import type { Store } from './ports.ts';

const saveEveryMs = 2_000;
/** Users that wait to be saved at the most; what comes beyond them is left out. */
const waitingLimit = 100_000;

type Parts = {
  readonly store: Pick<Store, 'saveLastSeen'>;
  readonly onError: (error: unknown) => void;
  readonly everyMs?: number;
};

/**
 * Keeps when users were seen last, many at once and off the way of everything else. It is no part of the log: a server that is
 * killed forgets the last seconds.
 */
export class LastSeen implements AsyncDisposable {
  readonly #parts: Parts;
  #waiting = new Map<UserId, TimeMs>();
  #saving: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Every ephemeral event passes here. */
  hear(event: EphemeralEvent): void {
    if (event.type === 'PresenceChanged') this.note(event.userId, event.lastActive);
  }

  note(userId: UserId, at: TimeMs): void {
    const known = this.#waiting.get(userId);
    if (known === undefined && this.#waiting.size >= waitingLimit) return;
    this.#waiting.set(userId, Math.max(at, known ?? 0));
    this.#saveSoon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#saving;
    clearTimeout(this.#timer);
    if (this.#waiting.size > 0) await this.#save();
  }

  /** One saving at a time: what comes while a store is slow waits together, and is no more than may wait. */
  #saveSoon(): void {
    if (this.#saving) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#saving = this.#save().finally(() => {
        this.#saving = undefined;
        if (this.#waiting.size > 0) this.#saveSoon();
      });
    }, this.#parts.everyMs ?? saveEveryMs).unref();
  }

  async #save(): Promise<void> {
    const seen = this.#waiting;
    this.#waiting = new Map();
    await this.#parts.store.saveLastSeen(seen).catch(this.#parts.onError);
  }
}
