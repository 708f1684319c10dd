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
  #handedOver = 0;
  #answered = 0;
  #waiting: { readonly upTo: number; readonly resolve: () => void }[] = [];

  constructor(store: Pick<Store, 'append'>, bus: Pick<Bus, 'announce'>) {
    this.#store = store;
    this.#bus = bus;
  }

  /** How many items have been handed over and not been answered. */
  get backlog(): number {
    return this.#handedOver - this.#answered;
  }

  /**
   * Items are committed in the order of the calls. Resolves with `StoreUnavailable` when nothing was written; rejects when it is
   * unknown whether it was.
   */
  async append(item: AppendItem, onCommit?: OnCommit): Promise<AppendOutcome | StoreUnavailable> {
    this.#handedOver++;
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
      this.#answered++;
      while (this.#waiting[0] && this.#waiting[0].upTo <= this.#answered) this.#waiting.shift()?.resolve();
    }
  }

  /** Resolves when all that was handed over before is answered, whatever is handed over meanwhile. */
  async drained(): Promise<void> {
    const upTo = this.#handedOver;
    if (upTo > this.#answered) await new Promise<void>((resolve) => this.#waiting.push({ upTo, resolve }));
  }
}
