import type { Position } from '../core/model.ts';
import { type AppendItem, type AppendOutcome, type Bus, type Store, StoreUnavailable } from './ports.ts';

/** Called after the commit and before anybody hears of it, with the position of the item's first entry. */
export type OnCommit = (first: Position) => void;

/**
 * The only way into the log. The store commits what arrives together in one transaction, and answers in the order of the log:
 * each item is announced in that order, and only then answered.
 */
export class Commit {
  readonly #store: Pick<Store, 'append'>;
  readonly #bus: Pick<Bus, 'announce'>;
  #inFlight = 0;
  #idle: (() => void)[] = [];

  constructor(store: Pick<Store, 'append'>, bus: Pick<Bus, 'announce'>) {
    this.#store = store;
    this.#bus = bus;
  }

  /** How many items have been handed over and not been answered. */
  get backlog(): number {
    return this.#inFlight;
  }

  /**
   * Items are committed in the order of the calls. Resolves with `StoreUnavailable` when nothing was written; rejects when it is
   * unknown whether it was.
   */
  async append(item: AppendItem, onCommit?: OnCommit): Promise<AppendOutcome | StoreUnavailable> {
    this.#inFlight++;
    try {
      const [outcome] = await this.#store.append([item]);
      if (!outcome) throw new Error('The store answered fewer items than it was given.');
      const first = outcome.ok ? outcome.entries[0] : undefined;
      if (outcome.ok && first) {
        onCommit?.(first.position);
        this.#bus.announce(outcome.entries);
      }
      return outcome;
    } catch (error) {
      if (error instanceof StoreUnavailable) return error;
      throw error;
    } finally {
      this.#inFlight--;
      if (this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Resolves when nothing is on its way any more. */
  async drained(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}
