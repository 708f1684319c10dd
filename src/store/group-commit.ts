import { StoreUnavailable } from '../app/ports.ts';
import type { BatchResult, ItemResult } from './batch.ts';

/** Hears of every batch that was committed, or could not be: how many items it had, and how long it took. */
export type OnBatch = (items: number, durationMs: number) => void;

/** One waiting call: its items as the driver writes them, and who waits for them. */
type WaitingCall<C> = {
  readonly call: C;
  readonly characters: number;
  readonly itemCount: number;
  readonly resolve: (results: readonly ItemResult[]) => void;
  readonly reject: (error: Error) => void;
};

const batchLimit = { items: 2_000, characters: 16_000_000 } as const;
const waitingLimitCharacters = 64_000_000;
/** As many items in one distance are worth the whole of it; what brings fewer waits for a part only, and answers sooner. */
const itemsOfWholeDistance = 12;
/** Over how many distances the pace of arrivals is taken. */
const paceMemory = 8;
/** Commits that leave at once after one that waited and found no company: what comes next may wait for its answer. */
const unpacedAfterVain = 16;

/**
 * Gathers calls while a batch is on its way to disk, and commits all that has gathered as the next one. At rest a call
 * leaves at once; the faster calls come, the farther apart are the starts of two commits, up to `distanceMs`, so that each
 * carries more.
 */
export class GroupCommit<C> {
  readonly #commit: (calls: readonly C[]) => Promise<BatchResult>;
  readonly #distanceMs: number;
  readonly #onBatch: OnBatch | undefined;
  #waiting: WaitingCall<C>[] = [];
  #waitingCharacters = 0;
  #isScheduled = false;
  #isCommitting = false;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #hasWaited = false;
  /** Items, each counting less the longer ago it was committed. */
  #recentItems = 0;
  /** How many commits still leave at once. */
  #unpaced = 0;
  #whenIdle: (() => void)[] = [];
  #whenAnswered: (() => void)[] = [];

  constructor(commit: (calls: readonly C[]) => Promise<BatchResult>, distanceMs: number, onBatch?: OnBatch) {
    this.#commit = commit;
    this.#distanceMs = distanceMs;
    this.#onBatch = onBatch;
  }

  /** Adds the items of one call, which weigh so many characters. */
  add(call: C, itemCount: number, characters: number): Promise<readonly ItemResult[]> {
    return new Promise((resolve, reject) => {
      if (this.#waitingCharacters + characters > waitingLimitCharacters && this.#waiting.length > 0) {
        reject(
          new StoreUnavailable(
            'Too much waits to be written: the database is slower than what arrives. Try again shortly.',
          ),
        );
        return;
      }
      this.#waiting.push({ call, characters, itemCount, resolve, reject });
      this.#waitingCharacters += characters;
      this.#schedule();
    });
  }

  /** Refuses what waits, and leaves what is on its way. */
  refuseWaiting(words: string): void {
    this.#waitingCharacters = 0;
    rejectAll(this.#waiting.splice(0), new StoreUnavailable(words));
  }

  /** Resolves when nothing waits and nothing is on its way. */
  idle(): Promise<void> {
    if (!this.#isCommitting && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Resolves when the batch that is on its way now has been answered, and all who waited for it have heard so. */
  async answered(): Promise<void> {
    if (this.#isCommitting) await new Promise<void>((resolve) => this.#whenAnswered.push(resolve));
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isCommitting || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    const start = (): void => {
      this.#isScheduled = false;
      void this.#commitNext();
    };
    const waitMs = this.#waitMs();
    this.#hasWaited = waitMs > 0;
    // Not at once: what is added in the same breath shares the commit.
    if (waitMs > 0) setTimeout(start, waitMs);
    else queueMicrotask(start);
  }

  #waitMs(): number {
    if (this.#unpaced > 0) {
      this.#unpaced--;
      return 0;
    }
    const share = this.#recentItems / paceMemory / itemsOfWholeDistance;
    return this.#lastStartMs + this.#distanceMs * Math.min(1, share) - performance.now();
  }

  #keepPace(itemCount: number): void {
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#lastStartMs;
    const remembered = this.#distanceMs > 0 ? Math.exp(-elapsedMs / (this.#distanceMs * paceMemory)) : 0;
    this.#recentItems = this.#recentItems * remembered + itemCount;
    this.#lastStartMs = nowMs;
    if (this.#hasWaited && itemCount === 1) this.#unpaced = unpacedAfterVain;
  }

  async #commitNext(): Promise<void> {
    const calls = this.#takeBatch();
    this.#isCommitting = true;
    const itemCount = calls.reduce((count, call) => count + call.itemCount, 0);
    this.#keepPace(itemCount);
    try {
      const result = await this.#commit(calls.map(({ call }) => call));
      if ('unavailable' in result) rejectAll(calls, new StoreUnavailable(result.unavailable));
      else settleAll(calls, result);
    } catch (error) {
      rejectAll(calls, error instanceof Error ? error : new Error(String(error)));
    }
    this.#onBatch?.(itemCount, performance.now() - this.#lastStartMs);
    this.#isCommitting = false;
    // The callers go on in this turn's microtasks.
    for (const tellAnswered of this.#whenAnswered.splice(0)) setImmediate(tellAnswered);
    this.#schedule();
    if (this.#waiting.length > 0) return;
    for (const tellIdle of this.#whenIdle.splice(0)) tellIdle();
  }

  #takeBatch(): readonly WaitingCall<C>[] {
    let [taken, items, characters] = [0, 0, 0];
    for (const call of this.#waiting) {
      items += call.itemCount;
      if (taken > 0 && (items > batchLimit.items || characters + call.characters > batchLimit.characters)) break;
      characters += call.characters;
      taken++;
    }
    this.#waitingCharacters -= characters;
    return this.#waiting.splice(0, taken);
  }
}

function settleAll(calls: readonly WaitingCall<unknown>[], results: readonly ItemResult[]): void {
  let at = 0;
  for (const call of calls) {
    const ofCall = results.slice(at, at + call.itemCount);
    at += call.itemCount;
    if (ofCall.length === call.itemCount) call.resolve(ofCall);
    else call.reject(new Error('The writer answered for fewer items than it was given.'));
  }
}

function rejectAll(calls: readonly WaitingCall<unknown>[], error: Error): void {
  for (const call of calls) call.reject(error);
}
