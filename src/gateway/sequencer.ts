import type { Store } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import type { ConversationId, Position } from '../core/model.ts';
import type { Place } from './pids.ts';
import { Ring } from './ring.ts';
import { ToldMarks } from './told-marks.ts';

export type SequencerOptions = {
  readonly store: Pick<Store, 'readEntries' | 'head'>;
  /** The head when this node began to listen. */
  readonly position: Position;
  /** How many of the newest entries are kept in memory. */
  readonly ringEntries: number;
  /**
   * Resolves when all that this node has handed to the log so far is announced, or known not to be. What is read waits for it: an
   * entry of this node itself must not pass before its own announcement, with which its sender enters.
   */
  readonly announced?: () => Promise<void>;
  /** How long a missing entry may be on its way before the log is read. */
  readonly patienceMs?: number;
  /** How many entries may wait for one that is missing; what comes beyond them is read from the log. Default 10,000. */
  readonly waitingLimit?: number;
  readonly onError?: (error: unknown) => void;
};

const repairPage = 1000;
const retryMs = 500;

/**
 * Turns what the bus brings into the log's order: the next entry passes, an older one is dropped, a gap waits a moment and is
 * then read from the store. What has passed stays for a while in a ring, so that catching up needs no read.
 */
export class Sequencer {
  readonly #store: Pick<Store, 'readEntries' | 'head'>;
  readonly #announced: (() => Promise<void>) | undefined;
  readonly #patienceMs: number;
  readonly #waitingLimit: number;
  readonly #onError: (error: unknown) => void;
  readonly ring: Ring;
  readonly #early = new Map<Position, Entry>();
  readonly #before = new Map<Position, (() => void)[]>();
  readonly #reached = new Map<Position, (() => void)[]>();
  readonly #listeners: ((entry: Entry) => void)[] = [];
  readonly #toldMarks = new ToldMarks();
  #position: Position;
  #repair: NodeJS.Timeout | undefined;
  /** The newest position that other nodes have told of. */
  #told: Position = 0;
  #isReadingOn = false;
  #retry: NodeJS.Timeout | undefined;
  #isDisposed = false;
  /** Times that the bus brought an entry before one that was missing, and gaps that had to be read from the store. */
  gaps = 0;
  repairs = 0;

  constructor(options: SequencerOptions) {
    this.#store = options.store;
    this.#position = options.position;
    this.ring = new Ring(options.ringEntries, options.position);
    this.#announced = options.announced;
    this.#patienceMs = options.patienceMs ?? 50;
    this.#waitingLimit = options.waitingLimit ?? 10_000;
    this.#onError = options.onError ?? (() => undefined);
  }

  /** Everything up to here has passed. */
  get position(): Position {
    return this.#position;
  }

  /** The newest position that this node knows of; what lies between it and `position` has not passed yet. */
  get newestKnown(): Position {
    let newest = Math.max(this.#told, this.#position);
    for (const position of this.#early.keys()) newest = Math.max(newest, position);
    return newest;
  }

  /** How many entries wait for one that is missing. */
  get waiting(): number {
    return this.#early.size;
  }

  /** Everything up to here, with the time of the entry there as far as this node has seen it. */
  get place(): Place {
    return { position: this.#position, at: this.ring.at(this.#position)?.at };
  }

  /** Hears every entry, in order, once; in the order of subscription. */
  subscribe(listener: (entry: Entry) => void): void {
    this.#listeners.push(listener);
  }

  /** Fills the ring with what is in the log already, up to its head; before anybody listens. */
  startWith(entries: readonly Entry[], head: Position): void {
    for (const entry of entries) {
      this.ring.add(entry);
      this.#toldMarks.note(entry);
    }
    this.#skipTo(head);
  }

  /** Runs just before the entry at this position passes; at once when it already has. */
  before(position: Position, run: () => void): void {
    if (position <= this.#position) {
      run();
      return;
    }
    const waiting = this.#before.get(position);
    if (waiting) waiting.push(run);
    else this.#before.set(position, [run]);
  }

  /**
   * Resolves once everything up to a position that was seen in the store has passed, `undefined` when it has. The bus gets a
   * moment to bring it before it is read.
   */
  caughtUp(position: Position): Promise<void> | undefined {
    const reached = this.reached(position);
    if (!reached) return undefined;
    const impatient = setTimeout(() => this.head(position), this.#patienceMs);
    impatient.unref();
    return reached.then(() => clearTimeout(impatient));
  }

  /** Resolves once the entry at this position has passed. */
  reached(position: Position): Promise<void> | undefined {
    if (position <= this.#position) return undefined;
    return new Promise((resolve) => {
      const waiting = this.#reached.get(position);
      if (waiting) waiting.push(resolve);
      else this.#reached.set(position, [resolve]);
    });
  }

  /** From the bus: in any order, any number of times. */
  push(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.position === this.#position + 1) this.#pass(entry);
      else if (entry.position > this.#position) this.#keepEarly(entry);
    }
    this.#passEarly();
    if (this.#early.size > 0) this.#waitThenRepair();
  }

  /** From the bus: another node has brought the log this far. What is missing is read, by one reading at a time. */
  head(position: Position): void {
    this.#told = Math.max(this.#told, position);
    if (!this.#isReadingOn) void this.#readOn();
  }

  /** What a conversation has after a position, in order, or undefined when the ring does not reach back that far. */
  recent(after: Position, conversationId: ConversationId): Entry[] | undefined {
    return this.ring.covers(after) ? this.ring.ofConversation(after, conversationId) : undefined;
  }

  /** Reads what the bus did not bring, up to the head. Called when somebody knows of a newer head than this node. */
  async catchUp(): Promise<void> {
    for (;;) {
      if (!(await this.#readPage(Number.MAX_SAFE_INTEGER))) return;
    }
  }

  /** Whether there was anything to read, and so may be more; another reading may have passed it meanwhile. */
  async #readPage(upTo: Position): Promise<boolean> {
    const after = this.#position;
    const { entries, through } = await this.#store.readEntries({ after, upTo, limit: repairPage });
    if (through > after) await this.#announced?.();
    if (this.#isDisposed || through <= after) return false;
    for (const entry of entries) {
      if (entry.position > this.#position) this.#pass(this.#toldMarks.newsOf(entry));
    }
    this.#skipTo(through);
    this.#passEarly();
    return true;
  }

  /** Up to what was told and no further: the bus brings the rest. */
  async #readOn(): Promise<void> {
    this.#isReadingOn = true;
    try {
      while (this.#position < this.#told) {
        const told = this.#told;
        if (await this.#readPage(told)) continue;
        // What was told of is in no log, or in one that was set back: nobody waits for it, nor counts as behind it.
        if (told === this.#told) this.#told = this.#position;
        // Whoever may notify in the database may tell so without end: it costs a look now and then.
        await new Promise((resolve) => setTimeout(resolve, this.#patienceMs).unref());
      }
    } catch (error) {
      this.#onError(error);
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        this.head(0);
      }, retryMs);
    } finally {
      this.#isReadingOn = false;
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#repair);
    clearTimeout(this.#retry);
  }

  /** What is let go of here is read with what is missing, or when somebody next asks for the head. */
  #keepEarly(entry: Entry): void {
    if (this.#early.size < this.#waitingLimit) this.#early.set(entry.position, entry);
    else this.#told = Math.max(this.#told, entry.position);
  }

  #passEarly(): void {
    for (;;) {
      const next = this.#early.get(this.#position + 1);
      if (!next) break;
      this.#pass(next);
    }
    for (const position of this.#early.keys()) if (position <= this.#position) this.#early.delete(position);
  }

  #pass(entry: Entry): void {
    const isNext = entry.position === this.#position + 1;
    if (this.#before.size > 0) isNext ? this.#runAt(this.#before, entry.position) : this.#runBefore(entry.position);
    this.ring.add(entry);
    this.#toldMarks.note(entry);
    this.#position = entry.position;
    for (const listener of this.#listeners) {
      try {
        listener(entry);
      } catch (error) {
        // The entry is on disk: whoever said it is answered, whatever goes wrong in telling it.
        this.#onError(error);
      }
    }
    if (this.#reached.size > 0) isNext ? this.#runAt(this.#reached, entry.position) : this.#runReached();
  }

  /** Positions without an entry are final holes. */
  #skipTo(position: Position): void {
    if (position <= this.#position) return;
    this.#runBefore(position);
    this.#position = position;
    this.ring.skipTo(position);
    this.#runReached();
  }

  /** Also what waits for a position that has become a hole. */
  #runBefore(position: Position): void {
    for (const expected of this.#before.keys()) if (expected <= position) this.#runAt(this.#before, expected);
  }

  #runReached(): void {
    for (const position of this.#reached.keys()) if (position <= this.#position) this.#runAt(this.#reached, position);
  }

  #waitThenRepair(): void {
    if (!this.#repair) this.gaps++;
    this.#repair ??= setTimeout(() => {
      this.#repair = undefined;
      if (this.#early.size === 0) return;
      this.repairs++;
      this.catchUp().catch((error) => {
        this.#onError(error);
        this.#waitThenRepair();
      });
    }, this.#patienceMs);
  }

  /** Of thousands who wait at once each waits for a place of its own, so nobody looks through all of them at every entry. */
  #runAt(places: Map<Position, (() => void)[]>, position: Position): void {
    const waiting = places.get(position);
    if (waiting === undefined) return;
    places.delete(position);
    for (const run of waiting) {
      try {
        run();
      } catch (error) {
        // The log goes on, whoever could not go on with it.
        this.#onError(error);
      }
    }
  }
}
