import { performance } from 'node:perf_hooks';

/** Figures of the last moments, for people who look on. */

const keptBatches = 512;
const recentMs = 60_000;

type Batch = { readonly atMs: number; readonly items: number; readonly durationMs: number };

/** The newest batches, no more than a few hundred and none older than a minute. */
export class RecentBatches {
  readonly #batches: Batch[] = [];
  #next = 0;

  add(items: number, durationMs: number): void {
    this.#batches[this.#next] = { atMs: performance.now(), items, durationMs };
    this.#next = (this.#next + 1) % keptBatches;
  }

  /** Zeros where nothing was committed. */
  summary(): {
    readonly batches: number;
    readonly itemsPerBatch: number;
    readonly medianMs: number;
    readonly p99Ms: number;
  } {
    const since = performance.now() - recentMs;
    const recent = this.#batches.filter(({ atMs }) => atMs >= since);
    const durations = recent.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
    const at = (share: number): number => durations[Math.ceil(durations.length * share) - 1] ?? 0;
    const items = recent.reduce((sum, batch) => sum + batch.items, 0);
    return {
      batches: recent.length,
      itemsPerBatch: recent.length === 0 ? 0 : rounded(items / recent.length),
      medianMs: rounded(at(0.5)),
      p99Ms: rounded(at(0.99)),
    };
  }
}

/** How busy the event loop was since this was asked last, or since the start: 0 idle, 1 always. */
export function loopWatch(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return rounded(utilization);
  };
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
