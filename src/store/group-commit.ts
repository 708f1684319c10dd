import { StoreUnavailable } from '../app/ports.ts';
import type { BatchResult, ItemResult } from './batch.ts';
import { CommitPace } from './commit-pace.ts';

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

/**
 * Gathers calls while a batch is on its way to disk, and commits all that has gathered as the next one. At rest a call
 * leaves at once; the faster calls come, the farther apart are the starts of two commits, up to `distanceMs`, so that each
 * carries more (`CommitPace`).
 */
export class GroupCommit<C> {
  readonly #commit: (calls: readonly C[]) => Promise<BatchResult>;
  readonly #pace: CommitPace;
  readonly #onBatch: OnBatch | undefined;
  #waiting: WaitingCall<C>[] = [];
  #waitingCharacters = 0;
  #waitingItems = 0;
  #isScheduled = false;
  /** While the next commit waits for more items. */
  #timer: NodeJS.Timeout | undefined;
  /** Calls that were there when it began to wait; -1: it did not. */
  #callsBefore = -1;
  #isCommitting = false;
  #whenIdle: (() => void)[] = [];
  #whenAnswered: (() => void)[] = [];

  constructor(commit: (calls: readonly C[]) => Promise<BatchResult>, distanceMs: number, onBatch?: OnBatch) {
    this.#commit = commit;
    this.#pace = new CommitPace(distanceMs);
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
      this.#waitingItems += itemCount;
      if (this.#isCommitting) this.#pace.cameMeanwhile();
      if (this.#timer !== undefined && this.#waitingItems >= this.#pace.enoughItems) this.#startSoon();
      else this.#schedule();
    });
  }

  /** Refuses what waits, and leaves what is on its way. */
  refuseWaiting(words: string): void {
    this.#waitingCharacters = 0;
    this.#waitingItems = 0;
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
    this.#callsBefore = -1;
    const waitMs = this.#pace.waitMs();
    if (waitMs <= 0 || this.#waitingItems >= this.#pace.enoughItems) {
      this.#startSoon();
    } else {
      this.#callsBefore = this.#waiting.length;
      this.#timer = setTimeout(() => void this.#commitNext(), waitMs);
    }
  }

  /** Not at once: what is added in the same breath shares the commit. */
  #startSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    queueMicrotask(() => void this.#commitNext());
  }

  async #commitNext(): Promise<void> {
    this.#timer = undefined;
    this.#isScheduled = false;
    const waitedForNothing = this.#waiting.length === this.#callsBefore;
    const calls = this.#takeBatch();
    this.#isCommitting = true;
    const itemCount = calls.reduce((count, call) => count + call.itemCount, 0);
    this.#waitingItems -= itemCount;
    this.#pace.started(itemCount, waitedForNothing);
    try {
      const result = await this.#commit(calls.map(({ call }) => call));
      if ('unavailable' in result) rejectAll(calls, new StoreUnavailable(result.unavailable));
      else settleAll(calls, result);
    } catch (error) {
      rejectAll(calls, error instanceof Error ? error : new Error(String(error)));
    }
    this.#onBatch?.(itemCount, performance.now() - this.#pace.lastStartMs);
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
