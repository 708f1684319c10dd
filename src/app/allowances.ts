import type { TimeMs, UserId } from '../core/model.ts';
import { type Refusal, refuse } from '../core/refusals.ts';
import type { Clock } from './ports.ts';

/** Token buckets: so much at once, so much a second after that. */

export type Allowance = { readonly perSecond: number; readonly burst: number };

/** A bucket that was full at `at` and holds `left` now. */
export class Bucket {
  #left: number;
  #at: TimeMs;

  constructor(allowance: Allowance, now: TimeMs) {
    this.#left = allowance.burst;
    this.#at = now;
  }

  /** Takes one; 0 when it was there, else how many milliseconds until it is. */
  take(allowance: Allowance, now: TimeMs): number {
    const elapsedMs = Math.max(0, now - this.#at);
    this.#left = Math.min(allowance.burst, this.#left + (elapsedMs * allowance.perSecond) / 1000);
    this.#at = now;
    if (this.#left >= 1) {
      this.#left -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - this.#left) * 1000) / allowance.perSecond));
  }

  giveBack(allowance: Allowance): void {
    this.#left = Math.min(allowance.burst, this.#left + 1);
  }

  /** Would a fresh bucket be the same? */
  isFull(allowance: Allowance, now: TimeMs): boolean {
    return this.#left + (Math.max(0, now - this.#at) * allowance.perSecond) / 1000 >= allowance.burst;
  }
}

/** What a user may do over all their connections, dialects and HTTP together. */
export class Allowances {
  readonly #clock: Clock;
  readonly #messages: Allowance;
  readonly #conversations: Allowance;
  readonly #events: Allowance;
  readonly #buckets = new Map<string, Bucket>();
  #sweepAt = 1024;

  constructor(
    clock: Clock,
    limits: { readonly messages: Allowance; readonly conversations: Allowance; readonly httpRequests: Allowance },
  ) {
    this.#clock = clock;
    this.#messages = limits.messages;
    this.#conversations = limits.conversations;
    this.#events = limits.httpRequests;
  }

  takeMessage(userId: UserId): Refusal | undefined {
    return this.#take(`m${userId}`, this.#messages, 'messages');
  }

  /** A message that was not accepted does not count. */
  giveMessageBack(userId: UserId): void {
    this.#buckets.get(`m${userId}`)?.giveBack(this.#messages);
  }

  takeConversation(userId: UserId): Refusal | undefined {
    return this.#take(`c${userId}`, this.#conversations, 'new conversations');
  }

  takeHttpRequest(userId: UserId): Refusal | undefined {
    return this.#take(`h${userId}`, this.#events, 'requests');
  }

  #take(key: string, allowance: Allowance, what: string): Refusal | undefined {
    const now = this.#clock.nowMs();
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = new Bucket(allowance, now);
      this.#buckets.set(key, bucket);
      this.#sweep(now);
    }
    const retryAfterMs = bucket.take(allowance, now);
    if (retryAfterMs === 0) return undefined;
    return refuse('RATE_LIMITED', { message: `Too many ${what}. Try again in ${retryAfterMs} ms.`, retryAfterMs });
  }

  /** Full buckets are as good as none; looked for whenever their number has doubled. */
  #sweep(now: TimeMs): void {
    if (this.#buckets.size < this.#sweepAt) return;
    for (const [key, bucket] of this.#buckets) {
      const allowance = key[0] === 'm' ? this.#messages : key[0] === 'c' ? this.#conversations : this.#events;
      if (bucket.isFull(allowance, now)) this.#buckets.delete(key);
    }
    this.#sweepAt = Math.max(1024, this.#buckets.size * 2);
  }
}
