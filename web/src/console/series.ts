import type { Counts, Snapshot } from './snapshot.ts';

/** How long figures are kept in the page. */
export const windowMs = 5 * 60_000;

/** What happened between two snapshots of one node, and how it stood at the second. */
export type Sample = {
  readonly at: number;
  readonly connections: Counts;
  readonly sendsPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly backlog: number;
  readonly lagEntries: number;
  /** By code; connections that were not let in by their reason. */
  readonly refusalsPerSecond: Counts;
  /** Of all threads: 1 is one processor, always busy. */
  readonly cpus: number;
};

/** A node's newest snapshot, and its last minutes. */
export type NodeSeries = { readonly newest: Snapshot; readonly samples: readonly Sample[] };

/** Adds a snapshot to the series of its node; one that is no newer than the last changes nothing. */
export function withSnapshot(series: NodeSeries | undefined, next: Snapshot): NodeSeries {
  if (!series) return { newest: next, samples: [] };
  const { newest, samples } = series;
  if (next.at <= newest.at) return series;
  const kept = samples.filter(({ at }) => at > next.at - windowMs);
  return { newest: next, samples: [...kept, sampleBetween(newest, next)] };
}

/** How long a node may leave the page without an answer and still be the one that is shown. */
const patienceMs = 15_000;

/** The one that was shown, as long as it answers; else the one that answered last. */
export function shownOf(nodes: ReadonlyMap<string, NodeSeries>, before: string | undefined): NodeSeries | undefined {
  let last: NodeSeries | undefined;
  for (const series of nodes.values()) if (!last || series.newest.at > last.newest.at) last = series;
  const shown = before === undefined ? undefined : nodes.get(before);
  return shown && last && shown.newest.at > last.newest.at - patienceMs ? shown : last;
}

function sampleBetween(before: Snapshot, after: Snapshot): Sample {
  const seconds = (after.at - before.at) / 1000;
  const perSecond = (from: number, to: number) => Math.max(0, to - from) / seconds;
  const rates = (from: Counts, to: Counts) =>
    [...to].map(([name, count]) => [name, perSecond(from.get(name) ?? 0, count)] as const);
  return {
    at: after.at,
    connections: after.connections,
    sendsPerSecond: perSecond(before.messages, after.messages),
    deliveriesPerSecond: perSecond(before.deliveries, after.deliveries),
    medianMs: after.medianMs,
    p99Ms: after.p99Ms,
    backlog: after.backlog,
    lagEntries: after.lagEntries,
    refusalsPerSecond: new Map([
      ...rates(before.refusals, after.refusals),
      ...rates(before.turnedAway, after.turnedAway),
    ]),
    cpus: perSecond(before.cpuSeconds, after.cpuSeconds),
  };
}

/** Those that were ever above zero, in a lasting order. */
export function namesIn(samples: readonly Sample[], counts: (sample: Sample) => Counts): readonly string[] {
  const names = new Set<string>();
  for (const sample of samples) for (const [name, count] of counts(sample)) if (count > 0) names.add(name);
  return [...names].sort();
}

/** A round number at or above the highest value, and not far above it. */
export function ceilingOf(highest: number): number {
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  return ([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= highest) ?? 10) * power;
}

/** As short as it can be said: 0.25, 3.1, 42, 1.2k, 3.4M. */
export function shortly(value: number): string {
  if (value >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (value >= 1e4) return `${trimmed(value / 1e3)}k`;
  if (value >= 100) return String(Math.round(value));
  return trimmed(value);
}

const trimmed = (value: number): string => {
  const digits = value >= 100 ? 0 : value >= 1 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
};
