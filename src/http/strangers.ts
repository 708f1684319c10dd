import { type Allowance, Bucket } from '../app/allowances.ts';
import type { Clock } from '../app/ports.ts';
import { refuse } from '../core/refusals.ts';
import { type Problem, problemOf } from './status.ts';

/** Addresses kept in mind at once: one that has not been heard of for longest is forgotten, and begins anew. */
const addressesLimit = 10_000;

/** Requests of those who have not shown who they are, counted by their address: there is nothing else to count them by. */
export class Strangers {
  readonly #allowance: Allowance;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #buckets = new Map<string, Bucket>();

  /** Twice as many at once as in a second: a page loads all that it needs together. */
  constructor(perSecond: number, clock: Clock) {
    this.#allowance = { perSecond, burst: 2 * perSecond };
    this.#clock = clock;
  }

  /** Takes one request of this address; the problem to answer with when it has had too many. */
  take(address: string): Problem | undefined {
    const now = this.#clock.nowMs();
    const bucket = this.#buckets.get(address) ?? new Bucket(this.#allowance, now);
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > addressesLimit && oldest !== undefined) this.#buckets.delete(oldest);
    const retryAfterMs = bucket.take(this.#allowance, now);
    if (retryAfterMs === 0) return undefined;
    const message = `Too many requests from this address. Try again in ${retryAfterMs} ms.`;
    return problemOf(refuse('RATE_LIMITED', { message, retryAfterMs }));
  }
}
