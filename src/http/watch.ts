import Type, { type Static } from 'typebox';

/** How the server is seen from outside: whether it may be sent clients, and its figures. */

const names = Type.Record(Type.String(), Type.Integer({ minimum: 0 }));

export const ServerStats = Type.Object(
  {
    node: Type.String({ description: 'Names this node; another name each time it starts.' }),
    at: Type.String({ description: 'When this was read, in UTC.' }),
    upForSeconds: Type.Number(),
    connections: Type.Array(
      Type.Object(
        { dialect: Type.String(), transport: Type.String(), count: Type.Integer() },
        { additionalProperties: false },
      ),
      { description: 'Live connections of this node. `none`: nothing was said on it yet.' },
    ),
    totals: Type.Object(
      {
        messages: Type.Integer({ description: 'Messages that this node has committed.' }),
        entries: Type.Integer({ description: 'Entries of the log that it has committed.' }),
        deliveries: Type.Integer({ description: 'Events and acknowledgements handed to connections.' }),
        writes: Type.Integer({ description: 'Writes that carried them.' }),
        connectionsOpened: Type.Integer(),
        resumes: Type.Integer({ description: 'Sessions that came back and were caught up.' }),
        replayedEntries: Type.Integer({ description: 'Entries over which they were.' }),
        sheds: Type.Integer({ description: 'Turns in which a slow connection was spared typing and presence.' }),
        slowConsumers: Type.Integer({ description: 'Connections that were closed because they did not read.' }),
        busGaps: Type.Integer({ description: 'Times that the bus brought an entry before one that was missing.' }),
        busRepairs: Type.Integer({ description: 'Gaps that were read from the store.' }),
      },
      { additionalProperties: false, description: 'Since the start of this node; they only grow.' },
    ),
    refusals: Type.Unsafe<{ readonly [code: string]: number }>({
      ...names,
      description: 'Refused requests of connections, by code.',
    }),
    turnedAway: Type.Unsafe<{ readonly [reason: string]: number }>({
      ...names,
      description: 'Connections that were not let in, by reason.',
    }),
    commit: Type.Object(
      {
        batches: Type.Integer({ description: 'Batches of the last minute, at most the newest 512.' }),
        itemsPerBatch: Type.Number({ description: 'How many commands they carried, on average.' }),
        medianMs: Type.Number({
          description: 'How long one took until it was on disk: half of them no longer than this.',
        }),
        p99Ms: Type.Number({ description: '99 in 100 of them no longer than this.' }),
        backlog: Type.Integer({ description: 'What was handed over and is not answered yet.' }),
        isFailing: Type.Boolean({ description: 'Whether the last could not be written.' }),
      },
      { additionalProperties: false },
    ),
    log: Type.Object(
      {
        position: Type.Integer({ description: 'Up to where this node has told the log.' }),
        lagEntries: Type.Integer({ description: 'How far that is behind the newest position that it knows of.' }),
        isBusListening: Type.Boolean(),
      },
      { additionalProperties: false },
    ),
    process: Type.Object(
      {
        residentBytes: Type.Integer(),
        heapUsedBytes: Type.Integer(),
        cpuSeconds: Type.Number({ description: 'Of all threads, since the start.' }),
        eventLoopUtilization: Type.Number({
          description: 'Of the time since this was asked last: 0 idle, 1 always busy.',
        }),
      },
      { additionalProperties: false },
    ),
    nodes: Type.Array(
      Type.Object(
        {
          node: Type.String(),
          isThis: Type.Boolean(),
          heardMsAgo: Type.Integer({ description: 'How long it has been silent.' }),
        },
        { additionalProperties: false },
      ),
      { description: 'The nodes that this one knows to be alive. Ask each at its own address for its figures.' },
    ),
  },
  { additionalProperties: false, title: 'ServerStats' },
);
export type ServerStats = Static<typeof ServerStats>;

/** `draining`: it stops, its clients go elsewhere and all is well. `broken`: it runs and cannot do its work, and says why. */
export type Readiness =
  | { readonly status: 'ready' | 'draining' }
  | { readonly status: 'broken'; readonly reasons: readonly string[] };

/** Who looks at the server, beside those who use it. */
export interface Watch {
  /** Settles within a few seconds, whatever does not answer. */
  readiness(): Promise<Readiness>;
  stats(): ServerStats;
  /** Hears of every HTTP request that was answered. */
  answered(status: number, durationMs: number): void;
  /** For Prometheus; absent where nobody may scrape. */
  readonly metrics?: { readonly token: string; readonly contentType: string; text(): Promise<string> } | undefined;
}
