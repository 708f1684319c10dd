import { randomBytes, randomInt } from 'node:crypto';
import { Allowances } from './app/allowances.ts';
import { Authentication } from './app/authenticate.ts';
import { Blocks } from './app/blocks.ts';
import { Commit } from './app/commit.ts';
import type { House } from './app/context.ts';
import { executor, messageExecutor } from './app/execute.ts';
import { SearchFollower } from './app/follow-search.ts';
import { Lanes } from './app/lanes.ts';
import { LastSeen } from './app/last-seen.ts';
import type { Clock, Ids, SearchIndex, Store } from './app/ports.ts';
import { openBlobs } from './blobs/open.ts';
import { openBus } from './bus/open.ts';
import type { Config } from './config.ts';
import type { Entry } from './core/events.ts';
import type { Position } from './core/model.ts';
import { claim, dialects } from './dialects/index.ts';
import { sessionRetentionMs, startForgetting } from './forgetting.ts';
import { Gateway } from './gateway/gateway.ts';
import type { GatewayOptions } from './gateway/gateway-parts.ts';
import { toldEvent, webhookEventNames } from './http/webhook-events.ts';
import { startListening } from './listening.ts';
import { steadyClock } from './steady-clock.ts';
import { isShared, openStore } from './store/open.ts';
import { openSearch } from './store/open-search.ts';
import type { Logger } from './telemetry.ts';
import { RecentBatches } from './telemetry-figures.ts';
import { Metrics } from './telemetry-metrics.ts';
import { resolveKeys } from './tokens/keys.ts';
import { openTokens } from './tokens/open.ts';
import { socketIoPackaging } from './transport/socket-io.ts';
import { webSocketPackaging } from './transport/websocket.ts';
import { readingsOf, traceMessages, type WatchedHouse } from './watch.ts';
import { checkedWebhook, openWebhooks } from './webhooks/open.ts';

/** A server that runs; disposing of it drains and releases everything. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:8000` */
  readonly address: string;
  /**
   * Resolves when a shared log has lost what this server had seen of it. What it keeps in mind is of another history then: it
   * writes nothing any more, and must be disposed of and started anew.
   */
  readonly outdated: Promise<void>;
}

/** What may be put between the house and its drivers: how tests make a store fail, or lie. */
export type Fittings = {
  readonly store?: (store: Store) => Store;
};

const tokenLeewayMs = 30_000;
/** Read before listening, so that who comes back after a restart needs no reading; more would delay the start. */
const recentAtStart = 20_000;
const daySeconds = 24 * 3600;

const ids: Ids = {
  // Far above what people choose by hand, and a safe integer in every client.
  conversationId: () => String(randomInt(2 ** 46, 2 ** 47) * 32 + randomInt(32)),
  secret: () => randomBytes(18).toString('base64url'),
};

/** Others made the tokens, by clocks of their own: how late it is says the wall, also where it was set back. */
const wallClock: Clock = { nowMs: () => Date.now() };

/** Wires the house and listens. Rejects, with everything released, when something cannot be opened. */
export async function startServer(config: Config, logger: Logger, fittings: Fittings = {}): Promise<RunningServer> {
  const opened = new AsyncDisposableStack();
  try {
    return await wire(config, logger, fittings, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function wire(
  config: Config,
  logger: Logger,
  fittings: Fittings,
  opened: AsyncDisposableStack,
): Promise<RunningServer> {
  const { limits, storage, access } = config;
  const report = (error: unknown, what: string, about: object = {}) => logger.error({ err: error, ...about }, what);
  const clock = steadyClock();
  const keys = await resolveKeys(config);
  const node = ids.secret();
  const batches = new RecentBatches();
  // Read when somebody asks, which nobody can before the house stands.
  const metrics = new Metrics(() => readingsOf(watched));
  const { promise: outdated, resolve } = Promise.withResolvers<void>();
  let isOutdated = false;
  const onSetBack = (): void => {
    isOutdated = true;
    resolve();
  };
  const drivenStore = opened.use(
    await openStore({
      databaseUrl: storage.databaseUrl,
      dataDir: storage.dataDir,
      commitDistanceMs: storage.commitDistanceMs,
      onBatch(items, durationMs) {
        batches.add(items, durationMs);
        metrics.committed(items, durationMs);
      },
      node,
      onSetBack,
    }),
  );
  const store = fittings.store?.(drivenStore) ?? drivenStore;
  const blobs = await openBlobs(storage.dataDir, config.s3, report);
  const bus = opened.use(
    await openBus({
      databaseUrl: isShared(storage.databaseUrl) ? storage.databaseUrl : undefined,
      redisUrl: storage.redisUrl,
      node,
      store,
      onError: (error) => report(error, 'hearing other nodes'),
    }),
  );
  const head = await store.head();

  const commit = new Commit(store, bus, (error) => report(error, 'telling what was committed'));
  const lanes = new Lanes(store, commit, (error) => report(error, 'looking up what a decision stands on'));
  const allowances = allowancesOf(limits, clock);
  if (isShared(storage.databaseUrl)) allowances.shareOver(bus);
  const adminRoles: ReadonlySet<string> = new Set(access.adminRoles);
  const rules = { autoCreate: access.autoCreate, adminRoles, contentLimitBytes: limits.contentBytes };
  const blocks = new Blocks(store);
  const house: House = { store, lanes, commit, clock, ids, rules, allowances, blocks };
  const execute = executor(house);
  const tokens = openTokens(keys, wallClock);
  const authentication = new Authentication(
    { tokens, store, commit, clock },
    await store.loadRevocations(),
    await store.loadBans(),
  );

  const search = storage.isSearchOn ? await searchOf(config, node, report) : undefined;
  if (search) opened.use(search);

  const lastSeen = opened.use(new LastSeen({ store, onError: (error) => report(error, 'keeping who was seen last') }));

  const gateway = new Gateway(
    {
      store,
      bus,
      clock,
      tokenClock: wallClock,
      lanes,
      commit,
      execute,
      handMessage: messageExecutor(house),
      authentication,
      dialects,
      claim,
      packagings: { '/': socketIoPackaging('/'), '/chat': socketIoPackaging('/chat'), '/ws/chat': webSocketPackaging },
      head,
      recent: await readRecent(store, head.position, Math.min(storage.ringEntries, recentAtStart)),
      onError: report,
      onEphemeral: (event) => lastSeen.hear(event),
      onResumed: (entries) => metrics.resumed(entries),
      onConnection(happened, { id: connectionId, user, namespace, link, sessionId }) {
        const fields = { connectionId, userId: user.id, namespace, transport: link.transportName, sessionId };
        logger.debug(fields, `connection ${happened}`);
      },
    },
    gatewayOptions(config),
  );
  gateway.sequencer.subscribe((entry) => blocks.apply(entry));
  if (search) {
    const onError = (error: unknown) => report(error, 'taking in what can be searched');
    const follower = opened.use(new SearchFollower({ index: search, onError }));
    gateway.sequencer.subscribe(() => follower.written());
  }
  opened.defer(() => {
    for (const [userId, at] of gateway.presence.everybody()) lastSeen.note(userId, at);
    gateway.dispose();
  });
  await startForgetting({ storage, store, blobs, clock, ring: gateway.sequencer.ring, report }, opened);

  const webhooks = opened.use(
    await openWebhooks({
      ...config.webhooks,
      ...{ store, clock, node },
      tell: toldEvent,
      configured: checkedWebhook(config.webhook, webhookEventNames),
      onError: (error) => report(error, 'telling webhooks'),
    }),
  );
  gateway.sequencer.subscribe(() => webhooks.wake());

  const { otlpEndpoint, traceOneOf } = config.telemetry;
  if (otlpEndpoint !== undefined) {
    // Only then is it loaded.
    const { openTraces } = await import('./telemetry-traces.ts');
    const options = { endpoint: otlpEndpoint, oneOf: traceOneOf, node: bus.node, epoch: head.epoch };
    traceMessages(opened.use(openTraces(options)), commit, gateway.sequencer);
  }
  const watched: WatchedHouse = { store, bus, clock, commit, gateway };
  const address = await startListening(
    {
      ...{ config, keys, logger, report, house, execute, authentication, gateway, search, webhooks, blobs },
      watched: { house: watched, batches, metrics },
      isOutdated: () => isOutdated,
    },
    opened,
  );
  logger.info({ address, dialects: dialects.length, head: head.position }, 'listening');
  return { address, outdated, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** How much each user may do, by what the settings say. */
function allowancesOf(limits: Config['limits'], clock: Clock): Allowances {
  return new Allowances(clock, {
    messages: { perSecond: limits.messagesPerSecond, burst: limits.messageBurst },
    conversations: { perSecond: limits.conversationsPerUser / daySeconds, burst: limits.conversationsPerUser },
    httpRequests: { perSecond: limits.eventsPerSecond, burst: limits.eventBurst },
    fileBytes: { perSecond: limits.fileBytesPerDay / daySeconds, burst: limits.fileBytesPerDay },
  });
}

function gatewayOptions({ listen, limits, timing, storage }: Config): GatewayOptions {
  return {
    publicUrl: listen.publicUrl,
    allowedOrigins: new Set(listen.allowedOrigins),
    events: { perSecond: limits.eventsPerSecond, burst: limits.eventBurst },
    payloadLimitBytes: limits.payloadBytes,
    softLimitBytes: limits.sendBufferSoftBytes,
    hardLimitBytes: limits.sendBufferHardBytes,
    connectionsPerUser: limits.connectionsPerUser,
    connectionsPerAddress: limits.connectionsPerAddress,
    typingExpiresMs: timing.typingExpiresMs,
    presenceGraceMs: timing.presenceGraceMs,
    heartbeatAwayMs: timing.heartbeatAwayMs,
    ringEntries: storage.ringEntries,
    tokenLeewayMs,
    sessionRetentionMs: sessionRetentionMs(storage),
  };
}

/** Who cannot search can still talk: without it the server runs as well. */
async function searchOf(
  { storage: { databaseUrl, dataDir } }: Config,
  node: string,
  report: (error: unknown, what: string) => void,
): Promise<SearchIndex | undefined> {
  try {
    return await openSearch({ databaseUrl, dataDir, node });
  } catch (error) {
    report(error, 'opening the search: it is off until the next start');
    return undefined;
  }
}

/** The newest entries, at most `limit` positions back. */
async function readRecent(
  store: Store,
  head: Position,
  limit: number,
): Promise<{ after: Position; entries: readonly Entry[] }> {
  const after = Math.max(0, head - limit);
  const entries: Entry[] = [];
  for (let at = after; at < head; ) {
    const page = await store.readEntries({ after: at, upTo: head, limit });
    entries.push(...page.entries);
    if (page.through <= at) break;
    at = page.through;
  }
  return { after, entries };
}
