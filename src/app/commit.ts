import type { Position } from '../core/model.ts';
import { type AppendItem, type AppendOutcome, type Bus, type Store, StoreUnavailable } from './ports.ts';

/** Called after the commit and before anybody hears of it, with the position of the item's first entry. */
export type OnCommit = (first: Position) => void;

/** An item on its way to disk. */
type Waiting = {
  readonly item: AppendItem;
  readonly onCommit: OnCommit | undefined;
  resolve(outcome: AppendOutcome | StoreUnavailable): void;
};

/**
 * The only way into the log. What is asked for in one turn goes to the store in one call; after the commit it is announced in
 * position order, and only then answered.
 */
export class Commit {
  readonly #store: Pick<Store, 'append'>;
  readonly #bus: Pick<Bus, 'announce'>;
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #idle: (() => void)[] = [];

  constructor(store: Pick<Store, 'append'>, bus: Pick<Bus, 'announce'>) {
    this.#store = store;
    this.#bus = bus;
  }

  /** How many items have been handed over and not been answered: what a drain waits for, and what load shedding looks at. */
  get backlog(): number {
    return this.#inFlight;
  }

  /** Items are committed in the order of the calls. Resolves with `StoreUnavailable` when nothing was written. */
  append(item: AppendItem, onCommit?: OnCommit): Promise<AppendOutcome | StoreUnavailable> {
    this.#inFlight++;
    return new Promise((resolve) => {
      this.#waiting.push({ item, onCommit, resolve });
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#send());
    });
  }

  /** Resolves when nothing is on its way any more. */
  async drained(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #send(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    let outcomes: readonly AppendOutcome[] | StoreUnavailable;
    try {
      outcomes = await this.#store.append(batch.map((one) => one.item));
    } catch (error) {
      outcomes = error instanceof StoreUnavailable ? error : new StoreUnavailable(String(error), { cause: error });
    }
    this.#settle(batch, outcomes);
  }

  #settle(batch: readonly Waiting[], outcomes: readonly AppendOutcome[] | StoreUnavailable): void {
    if (!(outcomes instanceof StoreUnavailable)) {
      batch.forEach((one, index) => {
        const outcome = outcomes[index];
        const first = outcome?.ok ? outcome.entries[0] : undefined;
        if (first) one.onCommit?.(first.position);
      });
      const entries = outcomes.flatMap((outcome) => (outcome.ok ? outcome.entries : []));
      if (entries.length > 0) this.#bus.announce(entries);
    }
    batch.forEach((one, index) => {
      const outcome = outcomes instanceof StoreUnavailable ? outcomes : outcomes[index];
      one.resolve(outcome ?? new StoreUnavailable('The store answered fewer items than it was given.'));
    });
    this.#inFlight -= batch.length;
    if (this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
