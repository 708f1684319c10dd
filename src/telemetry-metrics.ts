import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/**
 * What the server counts, for Prometheus. The hot path only adds to plain numbers; they are read when somebody scrapes.
 */

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

type Row = { readonly labels: { readonly [name: string]: string }; readonly value: number };

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

const metrics: readonly Metric[] = [
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

const histograms = {
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

/** What is seen one by one, and the answer to whoever scrapes. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #commitSeconds: Histogram;
  readonly #batchItems: Histogram;
  readonly #resumeEntries: Histogram;
  readonly #httpSeconds: Histogram<'status'>;

  constructor(read: () => Readings) {
    const registers = [this.#registry];
    for (const { name, type, help, labels = [], read: readValue } of metrics) {
      const collect = (metric: { reset(): void }, put: (row: Row) => void) => {
        const value = readValue(read());
        metric.reset();
        for (const row of typeof value === 'number' ? [{ labels: {}, value }] : value) put(row);
      };
      const labelNames = [...labels];
      if (type === 'counter') {
        const counter: Counter<string> = new Counter({
          ...{ name, help, labelNames, registers },
          collect: () => collect(counter, (row) => counter.inc(row.labels, row.value)),
        });
      } else {
        const gauge: Gauge<string> = new Gauge({
          ...{ name, help, labelNames, registers },
          collect: () => collect(gauge, (row) => gauge.set(row.labels, row.value)),
        });
      }
    }
    const histogram = ({ name, help, buckets }: { name: string; help: string; buckets: readonly number[] }) =>
      new Histogram({ name, help, buckets: [...buckets], registers });
    this.#commitSeconds = histogram(histograms.commitSeconds);
    this.#batchItems = histogram(histograms.batchItems);
    this.#resumeEntries = histogram(histograms.resumeEntries);
    const { name, help, buckets, labels } = histograms.httpSeconds;
    this.#httpSeconds = new Histogram({ name, help, buckets: [...buckets], labelNames: [...labels], registers });
  }

  committed(items: number, durationMs: number): void {
    this.#batchItems.observe(items);
    this.#commitSeconds.observe(durationMs / 1000);
  }

  resumed(entries: number): void {
    this.#resumeEntries.observe(entries);
  }

  answered(status: number, durationMs: number): void {
    this.#httpSeconds.observe({ status: `${Math.floor(status / 100)}xx` }, durationMs / 1000);
  }

  /** In the text format of Prometheus, with the figures of the process. */
  async text(): Promise<string> {
    const own = await this.#registry.metrics();
    return `${own}\n${await ofProcess().metrics()}`;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}

let processRegistry: Registry | undefined;

/** Event loop, garbage collection, memory, CPU: there is one of each, however many servers run in it. */
function ofProcess(): Registry {
  if (!processRegistry) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}

/** Begins to watch the event loop and garbage collection, so that the first scrape has seen something. */
export function watchProcess(): void {
  ofProcess();
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
