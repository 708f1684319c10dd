import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Allowances } from './app/allowances.ts';
import { Authentication } from './app/authenticate.ts';
import { Blocks } from './app/blocks.ts';
import { Commit } from './app/commit.ts';
import type { House } from './app/context.ts';
import { eraseUser } from './app/erase-user.ts';
import { executor } from './app/execute.ts';
import { SearchFollower } from './app/follow-search.ts';
import { forgetSessions } from './app/forget-sessions.ts';
import { Lanes } from './app/lanes.ts';
import { LastSeen } from './app/last-seen.ts';
import type { Blobs, Clock, Ids, SearchIndex, Store } from './app/ports.ts';
import { Forgetting, type Retention } from './app/retention.ts';
import { SearchGate } from './app/search-gate.ts';
import { openBlobs } from './blobs/open.ts';
import { openBus } from './bus/open.ts';
import type { Config } from './config.ts';
import type { Entry } from './core/events.ts';
import type { Position } from './core/model.ts';
import { dialectNames } from './dialects/dialect.ts';
import { claim, dialects } from './dialects/index.ts';
import { rooms } from './dialects/rooms/dialect.ts';
import { Gateway } from './gateway/gateway.ts';
import { liveConnectionsOf } from './gateway/live-connections.ts';
import { readCertificate, renewCertificate } from './http/certificate.ts';
import { guard, openSockets } from './http/guard.ts';
import type { HttpHouse } from './http/house.ts';
import { buildHttp } from './http/server.ts';
import { toldEvent, webhookEventNames } from './http/webhook-events.ts';
import { isShared, openStore } from './store/open.ts';
import { openSearch } from './store/open-search.ts';
import type { Logger } from './telemetry.ts';
import { RecentBatches } from './telemetry-figures.ts';
import { Metrics, watchProcess } from './telemetry-metrics.ts';
import { signToken } from './tokens/hmac.ts';
import { resolveKeys } from './tokens/keys.ts';
import { openTokens } from './tokens/open.ts';
import { mountSocketIo, socketIoPackaging } from './transport/socket-io.ts';
import { mountWebSocket, webSocketPackaging } from './transport/websocket.ts';
import { readingsOf, traceMessages, type WatchedHouse, watchOf } from './watch.ts';
import type { WebhookKeeper } from './webhooks/keeper.ts';
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
/** Until websockets that were told to go are left to be cut. */
const closeLimitMs = 2_000;
const developmentTokenSeconds = 7 * 24 * 3600;
const daySeconds = 24 * 3600;

/**
 * Times never run backwards, so that what is later in the log is not earlier on the clock. A clock that was set back is waited for
 * at half speed: what depends on time passing, such as allowances, goes on.
 */
function steadyClock(): Clock {
  let last = 0;
  let lastTick = performance.now();
  return {
    nowMs() {
      const tick = performance.now();
      last = Math.max(Date.now(), last + (tick - lastTick) / 2);
      lastTick = tick;
      return Math.floor(last);
    },
  };
}

const ids: Ids = {
  // Far above what people choose by hand, and a safe integer in every client.
  conversationId: () => String(randomInt(2 ** 46, 2 ** 47) * 32 + randomInt(32)),
  secret: () => randomBytes(18).toString('base64url'),
};

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
  const { limits, storage, access, listen, timing } = config;
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
  const blobs = await openBlobs(join(storage.dataDir, 'files'), config.s3, report);
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

  const commit = new Commit(store, bus);
  const lanes = new Lanes(store, commit);
  const allowances = new Allowances(clock, {
    messages: { perSecond: limits.messagesPerSecond, burst: limits.messageBurst },
    conversations: { perSecond: limits.conversationsPerUser / daySeconds, burst: limits.conversationsPerUser },
    httpRequests: { perSecond: limits.eventsPerSecond, burst: limits.eventBurst },
  });
  if (isShared(storage.databaseUrl)) allowances.shareOver(bus);
  const sessionRetentionMs = storage.sessionRetentionDays * daySeconds * 1000;
  const adminRoles: ReadonlySet<string> = new Set(access.adminRoles);
  const rules = { autoCreate: access.autoCreate, adminRoles, contentLimitBytes: limits.contentBytes };
  const blocks = new Blocks(store);
  const house: House = { store, lanes, commit, clock, ids, rules, allowances, blocks };
  const execute = executor(house);
  const tokens = openTokens(keys, clock);
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
      lanes,
      commit,
      execute,
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
    {
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
      sessionRetentionMs,
    },
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
  const forgetting = new Forgetting({
    store,
    blobs,
    clock,
    retention: retentionOf(storage),
    onHorizon: (position) => gateway.sequencer.ring.forgetThrough(position),
    onError: (error) => report(error, 'forgetting what is old'),
  });
  opened.use(forgetting);
  // Before anybody comes back to what may be gone.
  await forgetting.look();
  opened.use(
    forgetSessions({
      store,
      clock,
      retentionMs: sessionRetentionMs,
      onError: (error) => report(error, 'forgetting old sessions'),
    }),
  );

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

  const { metricsToken, otlpEndpoint, traceOneOf } = config.telemetry;
  if (otlpEndpoint !== undefined) {
    // Only then is it loaded.
    const { openTraces } = await import('./telemetry-traces.ts');
    const options = { endpoint: otlpEndpoint, oneOf: traceOneOf, node: bus.node, epoch: head.epoch };
    traceMessages(opened.use(openTraces(options)), commit, gateway.sequencer);
  }
  const watched: WatchedHouse = { store, bus, clock, commit, gateway };
  let isDraining = false;
  if (metricsToken !== undefined) watchProcess();

  const { secret } = keys;
  const certificate = config.tls && (await readCertificate(config.tls));
  const http = await buildHttp({
    house: httpHouse(house, execute, authentication, gateway, search, webhooks, blobs),
    blobs,
    log: logger,
    watch: watchOf({ house: watched, batches, metrics, metricsToken, isDraining: () => isDraining }),
    adminRoles,
    certificate,
    handshakeMs: timing.handshakeMs,
    apiKey: access.apiKey,
    publicUrl: listen.publicUrl,
    isProxyTrusted: listen.isProxyTrusted,
    allowedOrigins: listen.allowedOrigins,
    strangersPerSecond: limits.strangersPerSecond,
    limits: {
      bodyBytes: limits.transportBytes,
      payloadBytes: limits.payloadBytes,
      fileBytes: limits.fileBytes,
    },
    ...(keys.developmentSignIn && secret !== undefined
      ? { developmentSignIn: async (claims) => signToken(secret, claims, developmentTokenSeconds) }
      : {}),
  });
  const transportReport = (error: unknown) => report(error, 'in a transport');
  const socketIo = mountSocketIo({
    server: http.server,
    namespaces: { '/': gateway.door('/'), '/chat': gateway.door('/chat') },
    dialectNames,
    isOriginAllowed: () => true,
    nodeName: listen.nodeName,
    handshakeMs: timing.handshakeMs,
    newcomersPerAddress: limits.connectionsPerAddress,
    report: transportReport,
    isProxyTrusted: listen.isProxyTrusted,
    maxPayloadBytes: limits.transportBytes,
  });
  const webSocket = mountWebSocket({
    server: http.server,
    door: gateway.door('/ws/chat'),
    closeWords: (reason) => rooms.closes[reason],
    report: transportReport,
    isProxyTrusted: listen.isProxyTrusted,
    maxPayloadBytes: limits.transportBytes,
  });

  guard(http.server, {
    // A client may have two: one for its connection, and one for the HTTP API.
    socketsPerAddress: listen.isProxyTrusted ? undefined : 2 * limits.connectionsPerAddress,
    bodyMs: timing.bodyMs,
  });

  const sockets = openSockets(http.server);
  opened.defer(async () => {
    isDraining = true;
    socketIo.stopAccepting();
    webSocket.stopAccepting();
    await gateway.closeAll('shutdown', isOutdated ? 0 : timing.drainMs / 2);
    await within(closeLimitMs, Promise.all([socketIo.close(), webSocket.close()]));
    const { resumed, replayedEntries, storeReads } = gateway.resume;
    logger.info({ resumed, replayedEntries, storeReads }, 'sessions that came back');
    // Whoever is still sending or fetching a file then has had their time.
    const patience = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, timing.drainMs / 5);
    await http.close();
    clearTimeout(patience);
    await within(timing.drainMs / 5, commit.drained());
  });
  if (config.tls && certificate) opened.use(renewCertificate(http.server, config.tls, certificate, logger));
  const address = await http.listen({ port: listen.port, host: listen.host });
  logger.info({ address, dialects: dialects.length, head: head.position }, 'listening');
  return { address, outdated, [Symbol.asyncDispose]: () => opened.disposeAsync() };
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

/** What is kept for ever is left out. */
function retentionOf(storage: Config['storage']): Retention {
  const days = {
    messages: storage.messageRetentionDays,
    notifications: storage.notificationRetentionDays,
    files: storage.fileRetentionDays,
    audit: storage.auditRetentionDays,
  };
  const kept = Object.entries(days).filter(([, count]) => count > 0);
  return Object.fromEntries(kept.map(([kind, count]) => [kind, count * daySeconds * 1000]));
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, wait(limitMs, undefined, { ref: false })]);
}

function httpHouse(
  house: House,
  execute: ReturnType<typeof executor>,
  authentication: Authentication,
  gateway: Gateway,
  search: SearchIndex | undefined,
  webhooks: WebhookKeeper,
  blobs: Blobs,
): HttpHouse {
  return {
    execute: execute as HttpHouse['execute'],
    authenticate: (token) => authentication.authenticate(token),
    store: house.store,
    webhooksChanged: () => webhooks.changed(),
    eraseUser: (userId) => eraseUser({ ...house, append: (item) => house.commit.append(item), blobs }, userId),
    presence: { of: (userId) => gateway.presence.of(userId) },
    connections: {
      of: (userId) => liveConnectionsOf(gateway.hub.users.get(userId)),
      countElsewhere: (userId) => gateway.presence.connectionsElsewhere(userId),
    },
    search: search && new SearchGate(search),
    limits: { takeEvent: (user) => house.allowances.takeHttpRequest(user.id) },
    ids: house.ids,
    clock: house.clock,
  };
}
