import { type Fields, fieldsOf, listOf, numberOf, textOf, timeOf } from '../client/reading.ts';

/** What one node says of itself at one moment; counts only grow until it starts anew. */
export type Snapshot = {
  readonly node: string;
  readonly at: number;
  readonly upForSeconds: number;
  /** By dialect, over all transports. */
  readonly connections: Counts;
  readonly messages: number;
  readonly deliveries: number;
  readonly refusals: Counts;
  readonly turnedAway: Counts;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly backlog: number;
  readonly isFailing: boolean;
  readonly position: number;
  readonly lagEntries: number;
  readonly isBusListening: boolean;
  readonly residentBytes: number;
  readonly cpuSeconds: number;
  readonly nodes: readonly { readonly node: string; readonly heardMsAgo: number }[];
};

export type Counts = ReadonlyMap<string, number>;

export function snapshotFrom(json: unknown): Snapshot {
  const stats = fieldsOf(json);
  const [totals, commit, log, running] = [stats.totals, stats.commit, stats.log, stats.process].map(fieldsOf) as [
    Fields,
    Fields,
    Fields,
    Fields,
  ];
  const connections = new Map<string, number>();
  for (const { dialect, count } of listOf(stats.connections, fieldsOf)) {
    const name = textOf(dialect);
    connections.set(name, (connections.get(name) ?? 0) + numberOf(count));
  }
  return {
    node: textOf(stats.node),
    at: timeOf(stats.at),
    upForSeconds: numberOf(stats.upForSeconds),
    connections,
    messages: numberOf(totals.messages),
    deliveries: numberOf(totals.deliveries),
    refusals: countsFrom(stats.refusals),
    turnedAway: countsFrom(stats.turnedAway),
    medianMs: numberOf(commit.medianMs),
    p99Ms: numberOf(commit.p99Ms),
    backlog: numberOf(commit.backlog),
    isFailing: commit.isFailing === true,
    position: numberOf(log.position),
    lagEntries: numberOf(log.lagEntries),
    isBusListening: log.isBusListening === true,
    residentBytes: numberOf(running.residentBytes),
    cpuSeconds: numberOf(running.cpuSeconds),
    nodes: listOf(stats.nodes, (one) => {
      const { node, heardMsAgo } = fieldsOf(one);
      return { node: textOf(node), heardMsAgo: numberOf(heardMsAgo) };
    }),
  };
}

const countsFrom = (value: unknown): Counts =>
  new Map(Object.entries(fieldsOf(value)).map(([name, count]) => [name, numberOf(count)]));
