/** Every figure that the server tells of itself: what it is called, what it means, and how it is read. */

type Counts = { readonly [label: string]: number | undefined };

/** What the house has counted since its start. Plain figures: telemetry knows no room. */
export type Readings = {
  readonly connections: Iterable<{ readonly dialect: string; readonly transport: string }>;
  readonly connectionsOpened: number;
  readonly turnedAway: Counts;
  readonly messages: number;
  readonly entries: number;
  readonly deliveries: number;
  readonly writes: number;
  readonly refusals: Counts;
  readonly shedTurns: number;
  readonly slowConsumers: number;
  readonly resumed: number;
  readonly replayedEntries: number;
  readonly resumeReads: number;
  readonly commitBacklog: number;
  readonly isCommitFailing: boolean;
  readonly isBusListening: boolean;
  readonly gaps: number;
  readonly repairs: number;
  readonly position: number;
  readonly newestKnown: number;
  readonly nodes: number;
};

export type Row = { readonly labels: { readonly [name: string]: string }; readonly value: number };

/** One figure: what it is called, what it means, and how it is read. */
type Metric = {
  readonly name: `parlance_${string}`;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labels?: readonly string[];
  read(readings: Readings): number | readonly Row[];
};

const by =
  (label: string, counts: (readings: Readings) => Counts) =>
  (readings: Readings): readonly Row[] =>
    Object.entries(counts(readings)).map(([value, count]) => ({ labels: { [label]: value }, value: count ?? 0 }));

export const metrics: readonly Metric[] = [
  {
    name: 'parlance_connections',
    type: 'gauge',
    help: 'Live connections. `dialect` is `none` while a connection of the shared namespace has not said anything.',
    labels: ['dialect', 'transport'],
    read: ({ connections }) => census(connections),
  },
  {
    name: 'parlance_connections_opened_total',
    type: 'counter',
    help: 'Connections that were let in.',
    read: ({ connectionsOpened }) => connectionsOpened,
  },
  {
    name: 'parlance_connections_refused_total',
    type: 'counter',
    help: 'Connections that were not let in, by the reason why.',
    labels: ['reason'],
    read: by('reason', ({ turnedAway }) => turnedAway),
  },
  {
    name: 'parlance_messages_sent_total',
    type: 'counter',
    help: 'Messages that this node has committed, of all dialects and HTTP.',
    read: ({ messages }) => messages,
  },
  {
    name: 'parlance_entries_committed_total',
    type: 'counter',
    help: 'Entries of the log that this node has committed, messages included.',
    read: ({ entries }) => entries,
  },
  {
    name: 'parlance_deliveries_total',
    type: 'counter',
    help: 'Events and acknowledgements handed to connections, with the bookmarks inside of long runs; what is replayed on coming back is not among them.',
    read: ({ deliveries }) => deliveries,
  },
  {
    name: 'parlance_writes_total',
    type: 'counter',
    help: 'Writes that carried the deliveries: one per connection and turn of the event loop.',
    read: ({ writes }) => writes,
  },
  {
    name: 'parlance_refusals_total',
    type: 'counter',
    help: 'Requests of connections that were refused, by code.',
    labels: ['code'],
    read: by('code', ({ refusals }) => refusals),
  },
  {
    name: 'parlance_sheds_total',
    type: 'counter',
    help: 'Turns in which a slow connection was spared typing and presence.',
    read: ({ shedTurns }) => shedTurns,
  },
  {
    name: 'parlance_slow_consumers_total',
    type: 'counter',
    help: 'Connections that were closed, to come back, because they did not read what they were sent.',
    read: ({ slowConsumers }) => slowConsumers,
  },
  {
    name: 'parlance_resumes_total',
    type: 'counter',
    help: 'Sessions that came back and were caught up.',
    read: ({ resumed }) => resumed,
  },
  {
    name: 'parlance_resume_store_reads_total',
    type: 'counter',
    help: 'Pages that were read from the store to catch sessions up, because the ring in memory did not reach back far enough.',
    read: ({ resumeReads }) => resumeReads,
  },
  {
    name: 'parlance_replayed_entries_total',
    type: 'counter',
    help: 'Entries of the log that sessions were caught up over.',
    read: ({ replayedEntries }) => replayedEntries,
  },
  {
    name: 'parlance_commit_backlog',
    type: 'gauge',
    help: 'What was handed over to be committed and is not answered yet.',
    read: ({ commitBacklog }) => commitBacklog,
  },
  {
    name: 'parlance_commit_failing',
    type: 'gauge',
    help: '1 while the last that was handed to the store could not be written.',
    read: ({ isCommitFailing }) => Number(isCommitFailing),
  },
  {
    name: 'parlance_bus_listening',
    type: 'gauge',
    help: '1 while this node hears the others, as far as it knows.',
    read: ({ isBusListening }) => Number(isBusListening),
  },
  {
    name: 'parlance_bus_gaps_total',
    type: 'counter',
    help: 'Times that the bus brought an entry before one that was missing.',
    read: ({ gaps }) => gaps,
  },
  {
    name: 'parlance_bus_repairs_total',
    type: 'counter',
    help: 'Gaps that did not close by themselves and were read from the store.',
    read: ({ repairs }) => repairs,
  },
  {
    name: 'parlance_log_position',
    type: 'gauge',
    help: 'Up to where this node has told the log to its connections.',
    read: ({ position }) => position,
  },
  {
    name: 'parlance_log_lag_entries',
    type: 'gauge',
    help: 'How far that is behind the newest position that this node knows of.',
    read: ({ position, newestKnown }) => Math.max(0, newestKnown - position),
  },
  {
    name: 'parlance_nodes',
    type: 'gauge',
    help: 'Nodes that this one knows to be alive, itself included.',
    read: ({ nodes }) => nodes,
  },
];

/** What is seen one by one, and how finely it is told apart. */
export const histograms = {
  commitSeconds: {
    name: 'parlance_commit_duration_seconds',
    help: 'How long a batch took from leaving for the store until it was on disk.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  batchItems: {
    name: 'parlance_commit_batch_items',
    help: 'How many commands a batch carried.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000],
  },
  resumeEntries: {
    name: 'parlance_resume_entries',
    help: 'Over how many entries a session that came back was caught up.',
    buckets: [0, 1, 10, 50, 100, 500, 1000, 5000, 10_000, 50_000],
  },
  httpSeconds: {
    name: 'parlance_http_request_duration_seconds',
    help: 'How long HTTP requests took, by the class of their status.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    labels: ['status'],
  },
} as const;

/** Every figure of our own, for the reference; those of the process itself come from prom-client. */
export function describeMetrics(): readonly { name: string; type: string; help: string; labels: readonly string[] }[] {
  return [
    ...metrics.map(({ name, type, help, labels = [] }) => ({ name, type, help, labels })),
    ...Object.values(histograms).map((one) => {
      const labels: readonly string[] = 'labels' in one ? one.labels : [];
      return { name: one.name, type: 'histogram', help: one.help, labels };
    }),
  ];
}

function census(connections: Readings['connections']): readonly Row[] {
  const rows = new Map<string, { labels: { dialect: string; transport: string }; value: number }>();
  for (const { dialect, transport } of connections) {
    const key = `${dialect} ${transport}`;
    const row = rows.get(key);
    if (row) row.value++;
    else rows.set(key, { labels: { dialect, transport }, value: 1 });
  }
  return [...rows.values()];
}
