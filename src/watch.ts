import { setTimeout as wait } from 'node:timers/promises';
import type { Commit } from './app/commit.ts';
import type { Bus, Clock, Store } from './app/ports.ts';
import type { Entry } from './core/events.ts';
import type { Gateway } from './gateway/gateway.ts';
import type { Sequencer } from './gateway/sequencer.ts';
import type { Readiness, ServerStats, Watch } from './http/watch.ts';
import { loopWatch, type RecentBatches } from './telemetry-figures.ts';
import type { Metrics } from './telemetry-metrics.ts';
import type { Readings } from './telemetry-table.ts';
import type { TracedMessage, Traces } from './telemetry-traces.ts';

/** Reads the house for those who look at it: part of the wiring. */

export type WatchedHouse = {
  readonly store: Pick<Store, 'head'>;
  readonly bus: Pick<Bus, 'node' | 'isListening'>;
  readonly clock: Clock;
  readonly commit: Commit;
  readonly gateway: Gateway;
};

export function readingsOf({ bus, commit, gateway }: WatchedHouse): Readings {
  const { flush, resume, sequencer } = gateway;
  return {
    connections: gateway.census(),
    connectionsOpened: gateway.opened,
    turnedAway: gateway.turnedAway,
    messages: commit.messages,
    entries: commit.entries,
    deliveries: flush.deliveries,
    writes: flush.writes,
    refusals: gateway.refusals,
    shedTurns: flush.shedTurns,
    slowConsumers: flush.slowConsumers,
    resumed: resume.resumed,
    replayedEntries: resume.replayedEntries,
    resumeReads: resume.storeReads,
    commitBacklog: commit.backlog,
    isCommitFailing: commit.isFailing,
    isBusListening: bus.isListening,
    gaps: sequencer.gaps,
    repairs: sequencer.repairs,
    position: sequencer.position,
    newestKnown: sequencer.newestKnown,
    nodes: 1 + [...gateway.otherNodes].length,
  };
}

export type WatchParts = {
  readonly house: WatchedHouse;
  readonly batches: RecentBatches;
  readonly metrics: Metrics;
  /** Absent: nobody may scrape. */
  readonly metricsToken: string | undefined;
  /** Whether the server has begun to stop. */
  readonly isDraining: () => boolean;
};

/** How long the store may take to answer before it counts as broken. */
const storeTimeoutMs = 2_000;
/** A commit takes milliseconds; whoever waits for one so long is told, or gives up, soon. */
const commitTimeoutMs = 5_000;

export function watchOf({ house, batches, metrics, metricsToken, isDraining }: WatchParts): Watch {
  const eventLoopUtilization = loopWatch();
  const startedAtMs = performance.now();
  return {
    readiness: async () => (isDraining() ? { status: 'draining' } : readinessOf(house)),
    answered: (status, durationMs) => metrics.answered(status, durationMs),
    stats: () => ({
      ...statsOf(house),
      upForSeconds: Math.round((performance.now() - startedAtMs) / 1000),
      commit: { ...batches.summary(), backlog: house.commit.backlog, isFailing: house.commit.isFailing },
      process: { ...processFigures(), eventLoopUtilization: eventLoopUtilization() },
    }),
    metrics:
      metricsToken === undefined
        ? undefined
        : { token: metricsToken, contentType: metrics.contentType, text: () => metrics.text() },
  };
}

async function readinessOf({ store, bus, commit }: WatchedHouse): Promise<Readiness> {
  const answers = store.head().then(
    () => true,
    () => false,
  );
  const isReadable = await Promise.race([answers, wait(storeTimeoutMs, false, { ref: false })]);
  const reasons = [
    ...(isReadable ? [] : ['The database does not answer. Check that it runs and can be reached.']),
    ...(commit.isFailing ? ['The database cannot be written. Check its disk and its log.'] : []),
    ...(commit.silentMs > commitTimeoutMs
      ? ['The database does not come to an end with what is written. Check its disk, its locks and its log.']
      : []),
    ...(bus.isListening
      ? []
      : ['This node does not hear the others. Check the database or the Redis that they meet at.']),
  ];
  return reasons.length === 0 ? { status: 'ready' } : { status: 'broken', reasons };
}

function statsOf(house: WatchedHouse): Omit<ServerStats, 'upForSeconds' | 'commit' | 'process'> {
  const readings = readingsOf(house);
  const { position, newestKnown } = readings;
  const { node } = house.bus;
  const counts = new Map<string, { dialect: string; transport: string; count: number }>();
  for (const { dialect, transport } of readings.connections) {
    const row = counts.get(`${dialect} ${transport}`);
    if (row) row.count++;
    else counts.set(`${dialect} ${transport}`, { dialect, transport, count: 1 });
  }
  return {
    node,
    at: new Date(house.clock.nowMs()).toISOString(),
    connections: [...counts.values()],
    totals: {
      messages: readings.messages,
      entries: readings.entries,
      deliveries: readings.deliveries,
      writes: readings.writes,
      connectionsOpened: readings.connectionsOpened,
      resumes: readings.resumed,
      replayedEntries: readings.replayedEntries,
      sheds: readings.shedTurns,
      slowConsumers: readings.slowConsumers,
      busGaps: readings.gaps,
      busRepairs: readings.repairs,
    },
    refusals: present(readings.refusals),
    turnedAway: present(readings.turnedAway),
    log: {
      position,
      lagEntries: Math.max(0, newestKnown - position),
      isBusListening: readings.isBusListening,
    },
    nodes: [
      { node, isThis: true, heardMsAgo: 0 },
      ...[...house.gateway.otherNodes].map((other) => ({ ...other, isThis: false })),
    ],
  };
}

function processFigures(): Omit<ServerStats['process'], 'eventLoopUtilization'> {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return { residentBytes: rss, heapUsedBytes: heapUsed, cpuSeconds: Math.round((user + system) / 1000) / 1000 };
}

/** Shows every message that is committed or heard here to the traces. */
export function traceMessages(traces: Traces, commit: Commit, sequencer: Sequencer): void {
  commit.onCommitted = (entries, leftAtMs, doneAtMs) => {
    for (const entry of entries) {
      const message = tracedMessage(entry);
      if (message) traces.committed(message, leftAtMs, doneAtMs);
    }
  };
  sequencer.subscribe((entry) => {
    const message = tracedMessage(entry);
    const told = message && traces.heard(message);
    // After the turn in which its frames leave.
    if (told) setImmediate(told);
  });
}

function tracedMessage({ event, position }: Entry): TracedMessage | undefined {
  if (event.type !== 'MessageSent') return undefined;
  return { position, conversationId: event.conversationId, senderId: event.message.sender.id };
}

function present(counts: { readonly [name: string]: number | undefined }): { readonly [name: string]: number } {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count ?? 0]));
}
