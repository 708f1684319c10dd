/** As many items in one distance are worth the whole of it; what brings fewer waits for a part only, and answers sooner. */
const itemsOfWholeDistance = 16;
/** Over how many distances the pace of arrivals is taken. */
const paceMemory = 8;
/** Commits that start at once after one that waited and gathered no more items: whoever sends next may wait for its answer first. */
const unpacedAfterIdleWait = 16;

/**
 * How long a commit waits for more items: the faster they come, the longer, up to `distanceMs` between the starts of two commits,
 * and no longer than until as many are there as come in that time.
 */
export class CommitPace {
  readonly #distanceMs: number;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  /** Items, each counting less the longer ago it was committed. */
  #recentItems = 0;
  /** How many commits still leave at once. */
  #unpaced = 0;
  #enoughItems = Number.POSITIVE_INFINITY;

  constructor(distanceMs: number) {
    this.#distanceMs = distanceMs;
  }

  /** When the last commit started, on the clock of `performance`. */
  get lastStartMs(): number {
    return this.#lastStartMs;
  }

  /** With so many items it is not worth waiting for more. Known since `waitMs` was asked last. */
  get enoughItems(): number {
    return this.#enoughItems;
  }

  /** How long the next commit should wait; not at all when that is not positive. */
  waitMs(): number {
    if (this.#unpaced > 0) {
      this.#unpaced--;
      return 0;
    }
    const itemsADistance = this.#recentItems / paceMemory;
    const share = Math.min(1, itemsADistance / itemsOfWholeDistance);
    // Fast items come in bursts as well, which would cut the whole distance short.
    this.#enoughItems = share < 1 ? Math.round(itemsADistance * share) : Number.POSITIVE_INFINITY;
    return this.#lastStartMs + this.#distanceMs * share - performance.now();
  }

  /** Something came while a commit was on its way: it waits for nobody's answer, so that more may come soon. */
  cameMeanwhile(): void {
    this.#unpaced = 0;
  }

  /** A commit starts. `waitedForNothing`: it has waited, and nothing came. */
  started(itemCount: number, waitedForNothing: boolean): void {
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#lastStartMs;
    const remembered = this.#distanceMs > 0 ? Math.exp(-elapsedMs / (this.#distanceMs * paceMemory)) : 0;
    this.#recentItems = this.#recentItems * remembered + itemCount;
    this.#lastStartMs = nowMs;
    if (waitedForNothing) this.#unpaced = unpacedAfterIdleWait;
  }
}
