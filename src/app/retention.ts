import type { Position, TimeMs } from '../core/model.ts';
import { type ForgettableKind, forgettableKinds } from '../core/retention.ts';
import type { Blobs, Clock, Store } from './ports.ts';

/** For how long each kind is kept, in milliseconds; absent: for ever. */
export type Retention = { readonly [K in ForgettableKind | 'files' | 'audit']?: number };

export type RetentionParts = {
  readonly store: Pick<Store, 'head' | 'readEntries' | 'retention'>;
  readonly blobs: Pick<Blobs, 'remove'>;
  readonly clock: Clock;
  readonly retention: Retention;
  /** Hears, soon after an announcement on any node, that everything up to there may be gone. */
  readonly onHorizon: (position: Position) => void;
  readonly onError: (error: unknown) => void;
};

/** Who comes back after a start is let in first. */
const firstAfterMs = 45_000;
const everyMs = 24 * 3600 * 1000;
/** How often it is looked whether this or another node has announced anything. */
const lookEveryMs = 30_000;
/** All nodes know of an announcement by then, and whoever they let in before has read what is about to go. */
const announcedForMs = 150_000;
/** Steps are short, and leave others most of the time. */
const restMs = 50;
/** Entries that are looked at at once. */
const pageEntries = 500;

/**
 * Lets go what is outlived by its retention: announced first, so that no node lets a client come back to what is about to
 * go, and deleted in small steps then. Soon after the start, and then once a day, until disposed of. Nodes that do it at the
 * same time do each other no harm.
 */
export class Forgetting implements Disposable {
  readonly #parts: RetentionParts;
  readonly #timers: NodeJS.Timeout[];
  #resting: NodeJS.Timeout | undefined;
  #horizon: Position = 0;
  #isDisposed = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#timers = [
      setTimeout(() => this.#guarded(() => this.run()), firstAfterMs),
      setInterval(() => this.#guarded(() => this.run()), everyMs),
      setInterval(() => this.#guarded(() => this.look()), lookEveryMs),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** Announces what is old enough, and deletes it when everybody knows. */
  async run(announcedMs = announcedForMs): Promise<void> {
    const { retention, clock, store } = this.#parts;
    for (const kind of forgettableKinds) {
      const keptMs = retention[kind];
      if (keptMs === undefined) continue;
      const oldest = clock.nowMs() - keptMs;
      await store.retention.announce(kind, await this.#allBefore(oldest, kind, await this.#lastBefore(oldest)));
    }
    await this.look();
    await this.#rest(announcedMs);
    for (const kind of forgettableKinds) {
      while (!this.#isDisposed && (await store.retention.forgetSome(kind))) await this.#rest(restMs);
    }
    if (retention.files !== undefined) await this.#forgetFiles(clock.nowMs() - retention.files);
    if (retention.audit !== undefined) await this.#forgetAudit(clock.nowMs() - retention.audit);
  }

  /** Tells of the horizon, where it has moved. */
  async look(): Promise<void> {
    const horizons = await this.#parts.store.retention.loadHorizons();
    const horizon = Math.max(...forgettableKinds.map((kind) => horizons[kind]));
    if (horizon <= this.#horizon) return;
    this.#horizon = horizon;
    this.#parts.onHorizon(horizon);
  }

  /** A position that is older than this, or 0: the newest, where times never run backwards. */
  async #lastBefore(time: TimeMs): Promise<Position> {
    const { store } = this.#parts;
    let low: Position = 0;
    let high = (await store.head()).position;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const { entries } = await store.readEntries({ after: middle - 1, upTo: high, limit: 1 });
      const [entry] = entries;
      if (entry !== undefined && entry.at < time) low = entry.position;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * The newest position up to which nothing is younger, at most `upTo`: the clock may have been late between two starts, or on
   * another node, so that what is old by its time stands behind what is not. Times that are yet to come tell nothing.
   */
  async #allBefore(time: TimeMs, kind: ForgettableKind, upTo: Position): Promise<Position> {
    const { store, clock } = this.#parts;
    const now = clock.nowMs();
    let after = (await store.retention.loadHorizons())[kind];
    while (after < upTo) {
      const { entries, through } = await store.readEntries({ after, upTo, limit: pageEntries });
      const young = entries.find(({ at }) => at >= time && at <= now);
      if (young) return young.position - 1;
      if (through <= after || this.#isDisposed) return after;
      after = through;
      if (after < upTo) await this.#rest(restMs);
    }
    return after;
  }

  /** The content first: a row without it is found again the next time. */
  async #forgetFiles(savedBefore: TimeMs): Promise<void> {
    const { store, blobs } = this.#parts;
    for (let after: string | null = ''; after !== null && !this.#isDisposed; await this.#rest(restMs)) {
      const { ids, through } = await store.retention.listOldFiles(savedBefore, after);
      for (const id of ids) await blobs.remove(id);
      if (ids.length > 0) await store.retention.forgetFiles(ids);
      after = through;
    }
  }

  async #forgetAudit(madeBefore: TimeMs): Promise<void> {
    while (!this.#isDisposed && (await this.#parts.store.retention.forgetSomeAudit(madeBefore)))
      await this.#rest(restMs);
  }

  #rest(durationMs: number): Promise<void> {
    if (this.#isDisposed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resting = setTimeout(resolve, durationMs).unref();
    });
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // A store that closes in the middle of it is nothing to report.
      if (!this.#isDisposed) this.#parts.onError(error);
    }
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const timer of [...this.#timers, this.#resting]) clearTimeout(timer);
  }
}
