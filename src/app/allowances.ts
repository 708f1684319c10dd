import type { TimeMs, UserId } from '../core/model.ts';
import { type Refusal, refuse } from '../core/refusals.ts';
import type { Bus, Clock } from './ports.ts';

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
    const waitMs = this.waitMs(allowance, now);
    if (waitMs === 0) this.#left -= 1;
    return waitMs;
  }

  /** 0 when there is one, else how many milliseconds until it is. */
  waitMs(allowance: Allowance, now: TimeMs): number {
    const elapsedMs = Math.max(0, now - this.#at);
    this.#left = Math.min(allowance.burst, this.#left + (elapsedMs * allowance.perSecond) / 1000);
    this.#at = now;
    if (this.#left >= 1) return 0;
    return Math.max(1, Math.ceil(((1 - this.#left) * 1000) / allowance.perSecond));
  }

  giveBack(allowance: Allowance): void {
    this.#left = Math.min(allowance.burst, this.#left + 1);
  }

  /** What was taken unasked, as on other nodes: it may leave less than nothing, which has to be waited for. */
  spend(allowance: Allowance, now: TimeMs, count: number): void {
    const elapsedMs = Math.max(0, now - this.#at);
    const left = this.#left + (elapsedMs * allowance.perSecond) / 1000 - count;
    this.#left = Math.max(-allowance.burst, Math.min(allowance.burst, left));
    this.#at = now;
  }

  /** Would a fresh bucket be the same? */
  isFull(allowance: Allowance, now: TimeMs): boolean {
    return this.#left + (Math.max(0, now - this.#at) * allowance.perSecond) / 1000 >= allowance.burst;
  }
}

/** How long what was taken here gathers until the other nodes hear of it. */
const tellEveryMs = 100;
/** Keys of one telling; a bus carries only so much of one. */
const tellingLimitCharacters = 1_500;

/** Messages, new conversations, HTTP requests and bytes of files: the letters under which nodes tell each other of them. */
const kinds = ['m', 'c', 'h', 'f'] as const;
type Kind = (typeof kinds)[number];

/** The buckets of one kind that are not full, by user. */
type Kept = { readonly allowance: Allowance; readonly buckets: Map<UserId, Bucket>; sweepAt: number };

const sweepFrom = 1024;
const keptOf = (allowance: Allowance): Kept => ({ allowance, buckets: new Map(), sweepAt: sweepFrom });

/** What a user may do over all their connections, dialects and HTTP together. */
export class Allowances {
  readonly #clock: Clock;
  readonly #kept: { readonly [K in Kind]: Kept };
  #bus: Pick<Bus, 'tell'> | undefined;
  /** Not told to the other nodes yet, by kind and user in one word. */
  #taken = new Map<string, number>();
  #tellSoon: NodeJS.Timeout | undefined;

  constructor(
    clock: Clock,
    limits: {
      readonly messages: Allowance;
      readonly conversations: Allowance;
      readonly httpRequests: Allowance;
      readonly fileBytes: Allowance;
    },
  ) {
    this.#clock = clock;
    this.#kept = {
      m: keptOf(limits.messages),
      c: keptOf(limits.conversations),
      h: keptOf(limits.httpRequests),
      f: keptOf(limits.fileBytes),
    };
  }

  /**
   * From now on what is taken here counts on the other nodes, and what is taken there here. Whoever asks several nodes at the same
   * moment may get the burst of each, and owes what was too much.
   */
  shareOver(bus: Pick<Bus, 'tell' | 'subscribe'>): void {
    this.#bus = bus;
    bus.subscribe({
      told: (telling) => {
        if (telling.tells !== 'taken') return;
        const now = this.#clock.nowMs();
        for (const [key, count] of telling.taken) {
          const kept = this.#kept[kindOf(key)];
          bucketIn(kept, key.slice(1), now).spend(kept.allowance, now, count);
        }
      },
    });
  }

  takeMessage(userId: UserId, now = this.#clock.nowMs()): Refusal | undefined {
    return this.#take('m', userId, 'messages', now);
  }

  /** A message that was not accepted does not count. */
  giveMessageBack(userId: UserId): void {
    const { buckets, allowance } = this.#kept.m;
    buckets.get(userId)?.giveBack(allowance);
    this.#count('m', userId, -1);
  }

  takeConversation(userId: UserId): Refusal | undefined {
    return this.#take('c', userId, 'new conversations');
  }

  takeHttpRequest(userId: UserId): Refusal | undefined {
    return this.#take('h', userId, 'requests');
  }

  /**
   * Takes what an upload may come to, so that many at once are no way around it; {@link settleUpload} is told what it has come to.
   * Whoever may upload anything may upload the whole, and waits longer then.
   */
  takeUpload(userId: UserId, atMostBytes: number): Refusal | undefined {
    const { f: kept } = this.#kept;
    const retryAfterMs = kept.buckets.get(userId)?.waitMs(kept.allowance, this.#clock.nowMs()) ?? 0;
    if (retryAfterMs > 0) return tooMany('bytes of files', retryAfterMs);
    this.#spendBytes(userId, this.#takenFor(atMostBytes));
    return undefined;
  }

  /** `sizeBytes`: 0 where nothing was kept. */
  settleUpload(userId: UserId, atMostBytes: number, sizeBytes: number): void {
    this.#spendBytes(userId, sizeBytes - this.#takenFor(atMostBytes));
  }

  #takenFor(atMostBytes: number): number {
    return Math.min(atMostBytes, this.#kept.f.allowance.burst);
  }

  #spendBytes(userId: UserId, bytes: number): void {
    const now = this.#clock.nowMs();
    const { f: kept } = this.#kept;
    bucketIn(kept, userId, now).spend(kept.allowance, now, bytes);
    this.#count('f', userId, bytes);
  }

  #take(kind: Kind, userId: UserId, what: string, now = this.#clock.nowMs()): Refusal | undefined {
    const kept = this.#kept[kind];
    const retryAfterMs = bucketIn(kept, userId, now).take(kept.allowance, now);
    if (retryAfterMs === 0) {
      this.#count(kind, userId, 1);
      return undefined;
    }
    return tooMany(what, retryAfterMs);
  }

  #count(kind: Kind, userId: UserId, count: number): void {
    if (this.#bus === undefined) return;
    const key = kind + userId;
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + count);
    this.#tellSoon ??= setTimeout(() => this.#tellTaken(), tellEveryMs).unref();
  }

  #tellTaken(): void {
    this.#tellSoon = undefined;
    let taken: [string, number][] = [];
    let characters = 0;
    const tell = (): void => {
      if (taken.length > 0) this.#bus?.tell({ tells: 'taken', taken });
      [taken, characters] = [[], 0];
    };
    for (const [key, count] of this.#taken) {
      if (count === 0) continue;
      taken.push([key, count]);
      characters += key.length + 10;
      if (characters >= tellingLimitCharacters) tell();
    }
    tell();
    this.#taken.clear();
  }
}

const kindOf = (key: string): Kind => kinds.find((kind) => kind === key[0]) ?? 'h';

const tooMany = (what: string, retryAfterMs: number): Refusal =>
  refuse('RATE_LIMITED', { message: `Too many ${what}. Try again in ${retryAfterMs} ms.`, retryAfterMs });

function bucketIn(kept: Kept, userId: UserId, now: TimeMs): Bucket {
  let bucket = kept.buckets.get(userId);
  if (!bucket) {
    bucket = new Bucket(kept.allowance, now);
    kept.buckets.set(userId, bucket);
    sweep(kept, now);
  }
  return bucket;
}

/** Full buckets are as good as none; looked for whenever their number has doubled. */
function sweep(kept: Kept, now: TimeMs): void {
  if (kept.buckets.size < kept.sweepAt) return;
  for (const [userId, bucket] of kept.buckets) {
    if (bucket.isFull(kept.allowance, now)) kept.buckets.delete(userId);
  }
  kept.sweepAt = Math.max(sweepFrom, kept.buckets.size * 2);
}
