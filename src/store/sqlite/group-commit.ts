import { StoreUnavailable } from '../../app/ports.ts';
import type { BatchResult, CallResult, ItemResult } from './batch.ts';

/** One waiting call: its items as JSON text, and who waits for them. */
type WaitingCall = {
  readonly text: string;
  readonly itemCount: number;
  readonly resolve: (results: readonly ItemResult[]) => void;
  readonly reject: (error: Error) => void;
};

const batchLimit = { items: 2_000, characters: 16_000_000 } as const;
const waitingLimitCharacters = 64_000_000;
/** A batch of no more than this is quiet: nobody gains from waiting for company. */
const fewItems = 4;

/**
 * Gathers calls while a batch is on its way to disk, and commits all that has gathered as the next one. At rest a call
 * leaves at once; under load the starts of two commits are `distanceMs` apart, so that each carries more.
 */
export class GroupCommit {
  readonly #commit: (text: string) => Promise<BatchResult>;
  readonly #distanceMs: number;
  #waiting: WaitingCall[] = [];
  #waitingCharacters = 0;
  #isScheduled = false;
  #isCommitting = false;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #lastItemCount = 0;
  #whenIdle: (() => void)[] = [];

  constructor(commit: (text: string) => Promise<BatchResult>, distanceMs: number) {
    this.#commit = commit;
    this.#distanceMs = distanceMs;
  }

  /** Adds the items of one call, as the JSON text of an array. */
  add(text: string, itemCount: number): Promise<readonly ItemResult[]> {
    return new Promise((resolve, reject) => {
      if (this.#waitingCharacters + text.length > waitingLimitCharacters && this.#waiting.length > 0) {
        reject(
          new StoreUnavailable(
            'Too much waits to be written: the disk is slower than what arrives. Try again shortly.',
          ),
        );
        return;
      }
      this.#waiting.push({ text, itemCount, resolve, reject });
      this.#waitingCharacters += text.length;
      this.#schedule();
    });
  }

  /** Resolves when nothing waits and nothing is on its way. */
  idle(): Promise<void> {
    if (!this.#isCommitting && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isCommitting || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    const start = (): void => {
      this.#isScheduled = false;
      void this.#commitNext();
    };
    const waitMs = this.#lastItemCount > fewItems ? this.#lastStartMs + this.#distanceMs - performance.now() : 0;
    // Not at once but after this turn's input: what arrived with it shares the commit.
    if (waitMs > 0) setTimeout(start, waitMs);
    else setImmediate(start);
  }

  async #commitNext(): Promise<void> {
    const calls = this.#takeBatch();
    this.#isCommitting = true;
    this.#lastStartMs = performance.now();
    this.#lastItemCount = calls.reduce((count, call) => count + call.itemCount, 0);
    try {
      const result = await this.#commit(`[${calls.map((call) => call.text).join(',')}]`);
      if ('unavailable' in result) rejectAll(calls, new StoreUnavailable(result.unavailable));
      else for (const [index, call] of calls.entries()) settle(call, result[index]);
    } catch (error) {
      rejectAll(calls, error instanceof Error ? error : new Error(String(error)));
    }
    this.#isCommitting = false;
    this.#schedule();
    if (this.#waiting.length > 0) return;
    for (const tellIdle of this.#whenIdle.splice(0)) tellIdle();
  }

  #takeBatch(): readonly WaitingCall[] {
    let [taken, items, characters] = [0, 0, 0];
    for (const call of this.#waiting) {
      items += call.itemCount;
      if (taken > 0 && (items > batchLimit.items || characters + call.text.length > batchLimit.characters)) break;
      characters += call.text.length;
      taken++;
    }
    this.#waitingCharacters -= characters;
    return this.#waiting.splice(0, taken);
  }
}

function settle(call: WaitingCall, result: CallResult | undefined): void {
  if (result === undefined) call.reject(new Error('The writer answered for fewer calls than it was given.'));
  else if ('failed' in result) call.reject(new Error(`This could not be written: ${result.failed}`));
  else call.resolve(result);
}

function rejectAll(calls: readonly WaitingCall[], error: Error): void {
  for (const call of calls) call.reject(error);
}
