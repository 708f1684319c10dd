import type { SearchIndex } from './ports.ts';

export type SearchFollowerOptions = {
  readonly index: Pick<SearchIndex, 'advance'>;
  /** How long it waits for more to be written before it takes in what is new. Default 200. */
  readonly gatherMs?: number;
  /** After how long it tries again what has failed. Default 5,000. */
  readonly retryMs?: number;
  /** After how long it looks whether another node has taken in what it said that it would. Default 11,000. */
  readonly lookAgainMs?: number;
  readonly onError: (error: unknown) => void;
};

/** It rests that many times as long as it works: a flood is taken in when it is over, and costs little while it lasts. */
const restFactor = 9;

/**
 * Keeps the search behind the log, at a distance: it is told that something was written, and takes it in a moment later, page
 * by page with rests between. Nothing waits for it.
 */
export class SearchFollower implements AsyncDisposable {
  readonly #index: Pick<SearchIndex, 'advance'>;
  readonly #gatherMs: number;
  readonly #retryMs: number;
  readonly #lookAgainMs: number;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #isDisposed = false;
  /** Something was written since the last page was begun. */
  #isBehind = false;

  constructor({ index, gatherMs = 200, retryMs = 5_000, lookAgainMs = 11_000, onError }: SearchFollowerOptions) {
    this.#index = index;
    this.#gatherMs = gatherMs;
    this.#retryMs = retryMs;
    this.#lookAgainMs = lookAgainMs;
    this.#onError = onError;
    // What was written while nobody followed.
    this.written();
  }

  /** The log has grown. */
  written(): void {
    this.#isBehind = true;
    if (!this.#timer && !this.#working) this.#in(this.#gatherMs);
  }

  #in(ms: number): void {
    if (this.#isDisposed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#working = this.#work().finally(() => {
        this.#working = undefined;
      });
    }, ms).unref();
  }

  async #work(): Promise<void> {
    const startMs = performance.now();
    this.#isBehind = false;
    let restMs: number | undefined;
    try {
      const isMore = await this.#index.advance();
      // The other node may end before it is through, and nothing more be written that would tell so.
      if (isMore === 'elsewhere') restMs = this.#lookAgainMs;
      else if (isMore || this.#isBehind) {
        const rest = restFactor * (performance.now() - startMs);
        restMs = isMore ? rest : Math.max(rest, this.#gatherMs);
      }
    } catch (error) {
      if (this.#isDisposed) return;
      this.#onError(error);
      restMs = this.#retryMs;
    }
    if (restMs !== undefined) this.#in(restMs);
  }

  /** Resolves when the page that is being taken in is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    await this.#working;
  }
}
