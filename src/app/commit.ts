import type { Entry } from '../core/events.ts';
import type { Position } from '../core/model.ts';
import { type AppendItem, type AppendOutcome, type Bus, type Store, StoreUnavailable } from './ports.ts';

/** Called after the commit and before anybody hears of it, with the position of the item's first entry. */
export type OnCommit = (first: Position) => void;

/** What became of an item; `StoreUnavailable` when nothing was written. */
export type Committed = AppendOutcome | StoreUnavailable;

/** Hears of what was committed, with the times on the wall when it left for the store and when it was on disk. */
export type OnCommitted = (entries: readonly Entry[], leftAtMs: number, doneAtMs: number) => void;

/** Is told when so much is on its way to the log that no more should be taken in, and when there is room again. */
export interface Pressure {
  crowded(): void;
  roomy(): void;
}

/** An item, and who waits for it: one of `settle` and `fail` is called, once. */
export interface Waiting {
  readonly item: AppendItem;
  readonly onCommit: OnCommit | undefined;
  settle(outcome: Committed): void;
  fail(error: unknown): void;
}

/** Items in hand at the most: about a second's work of a busy server, and all the memory that a flood of sends gets. */
export const backlogLimit = 20_000;
/** Items in hand from which on senders are held back, and those up to which they are let go on. */
export const crowdedBacklog = 10_000;
export const roomyBacklog = 2_000;
/** Items that are not kept for those that still come in the same turn: as many as the store commits together. */
export const passedTogether = 2_000;
const backlogWords = 'More arrives than can be written. Try again shortly.';

/**
 * The only way into the log. What is handed over in one turn of the event loop goes to the store in few calls; the store commits
 * what arrives together in one transaction, and answers in the order of the log: all is announced in that order, and only then
 * answered.
 */
export class Commit {
  readonly #store: Pick<Store, 'append'>;
  readonly #bus: Pick<Bus, 'announce'>;
  readonly #onError: (error: unknown) => void;
  #gathered: Waiting[] = [];
  /** What was handed over last goes with what comes next. */
  #isNextBound = false;
  #handedOver = 0;
  #answered = 0;
  #drains: { readonly upTo: number; readonly resolve: () => void }[] = [];
  /** Entries that this node has committed, and those of them that are messages. */
  entries = 0;
  messages = 0;
  /** Whether the last that was handed to the store could not be written. */
  isFailing = false;
  /** Set by whoever wants to see every commit. */
  onCommitted: OnCommitted | undefined;
  /** Set by whoever can hold senders back. */
  pressure: Pressure | undefined;
  #isCrowded = false;
  /** When the store last answered, or was first asked after it had answered all; on the clock of `performance`. */
  #movedAtMs = 0;

  /** `onError` hears of whoever failed at being told: the others are told all the same. */
  constructor(
    store: Pick<Store, 'append'>,
    bus: Pick<Bus, 'announce'>,
    onError: (error: unknown) => void = () => undefined,
  ) {
    this.#store = store;
    this.#bus = bus;
    this.#onError = onError;
  }

  /** How many items have been handed over and not been answered. */
  get backlog(): number {
    return this.#handedOver - this.#answered;
  }

  /** For how long the store has owed answers and given none, in milliseconds; 0 when it owes none. */
  get silentMs(): number {
    return this.backlog === 0 ? 0 : performance.now() - this.#movedAtMs;
  }

  /**
   * Items are committed in the order of the calls. Resolves with `StoreUnavailable` when nothing was written; rejects when it is
   * unknown whether it was.
   */
  append(item: AppendItem, onCommit?: OnCommit): Promise<Committed> {
    return new Promise((settle, fail) => this.hand({ item, onCommit, settle, fail }));
  }

  /** The same for what must be written in one call with the item that is handed over next, in this very turn, or not at all. */
  appendWithNext(item: AppendItem): Promise<Committed> {
    return new Promise((settle, fail) => this.hand({ item, onCommit: undefined, settle, fail }, true));
  }

  /**
   * The same without a promise: one of the two is called, once, in a later turn. Whatever all sockets have received may come in one
   * turn, so what is too much is turned down here, before anything is made of it.
   */
  hand(waiting: Waiting, isWithNext = false): void {
    if (this.backlog >= backlogLimit && !this.#isNextBound) {
      setImmediate(() => waiting.settle(new StoreUnavailable(backlogWords)));
      return;
    }
    if (this.backlog === 0) this.#movedAtMs = performance.now();
    this.#handedOver++;
    this.#gathered.push(waiting);
    this.#isNextBound = isWithNext;
    if (!this.#isCrowded && this.backlog >= crowdedBacklog) {
      this.#isCrowded = true;
      this.pressure?.crowded();
    }
    // After this turn's input: what arrived with it shares the call. Where all of thousands speak in one turn, the first are on disk
    // while the last are heard, and fewer are in memory at a time.
    if (this.#gathered.length >= passedTogether && !isWithNext) this.#pass();
    else if (this.#gathered.length === 1) setImmediate(() => this.#pass());
  }

  /** Resolves when all that was handed over before is answered, whatever is handed over meanwhile. */
  async drained(): Promise<void> {
    const upTo = this.#handedOver;
    if (upTo > this.#answered) await new Promise<void>((resolve) => this.#drains.push({ upTo, resolve }));
  }

  #pass(): void {
    const gathered = this.#gathered;
    if (gathered.length === 0) return;
    this.#gathered = [];
    const leftAtMs = this.onCommitted ? Date.now() : 0;
    this.#store.append(gathered.map(({ item }) => item)).then(
      (outcomes) => this.#committed(gathered, outcomes, leftAtMs),
      (error) => {
        this.isFailing = true;
        this.#tellEach(gathered, (waiting) =>
          error instanceof StoreUnavailable ? waiting.settle(error) : waiting.fail(error),
        );
      },
    );
  }

  #committed(gathered: readonly Waiting[], outcomes: readonly AppendOutcome[], leftAtMs: number): void {
    const doneAtMs = this.onCommitted ? Date.now() : 0;
    const entries: Entry[] = [];
    this.#each(gathered, ({ onCommit }, index) => {
      const outcome = outcomes[index];
      const first = outcome?.ok ? outcome.entries[0] : undefined;
      if (!outcome?.ok || !first) return;
      for (const entry of outcome.entries) {
        entries.push(entry);
        if (entry.event.type === 'MessageSent') this.messages++;
      }
      onCommit?.(first.position);
    });
    this.entries += entries.length;
    this.isFailing = false;
    if (entries.length > 0) this.#each([entries], (all) => this.#bus.announce(all));
    this.#tellEach(gathered, (waiting, index) => {
      const outcome = outcomes[index];
      if (outcome) waiting.settle(outcome);
      else waiting.fail(new Error('The store answered fewer items than it was given.'));
    });
    this.onCommitted?.(entries, leftAtMs, doneAtMs);
  }

  #tellEach(gathered: readonly Waiting[], tell: (waiting: Waiting, index: number) => void): void {
    this.#each(gathered, tell);
    this.#count(gathered.length);
  }

  /** What is on disk is told to all, whatever goes wrong in telling one. */
  #each<T>(all: readonly T[], tell: (one: T, index: number) => void): void {
    all.forEach((one, index) => {
      try {
        tell(one, index);
      } catch (error) {
        this.#onError(error);
      }
    });
  }

  #count(answered: number): void {
    this.#answered += answered;
    this.#movedAtMs = performance.now();
    if (this.#isCrowded && this.backlog <= roomyBacklog) {
      this.#isCrowded = false;
      this.pressure?.roomy();
    }
    while (this.#drains[0] && this.#drains[0].upTo <= this.#answered) this.#drains.shift()?.resolve();
  }
}
