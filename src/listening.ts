import { setTimeout as wait } from 'node:timers/promises';
import type { Authentication } from './app/authenticate.ts';
import type { House } from './app/context.ts';
import { eraseUser } from './app/erase-user.ts';
import type { executor } from './app/execute.ts';
import type { Blobs, SearchIndex } from './app/ports.ts';
import { SearchGate } from './app/search-gate.ts';
import type { Config } from './config.ts';
import { dialectNames } from './dialects/dialect.ts';
import { rooms } from './dialects/rooms/dialect.ts';
import type { Gateway } from './gateway/gateway.ts';
import { liveConnectionsOf } from './gateway/live-connections.ts';
import { readCertificate, renewCertificate } from './http/certificate.ts';
import { guard, openSockets } from './http/guard.ts';
import type { HttpHouse } from './http/house.ts';
import { buildHttp } from './http/server.ts';
import { acceptWholeAddresses } from './http/whole-addresses.ts';
import type { Logger } from './telemetry.ts';
import { watchProcess } from './telemetry-metrics.ts';
import { signToken } from './tokens/hmac.ts';
import type { ResolvedKeys } from './tokens/keys.ts';
import { mountSocketIo } from './transport/socket-io.ts';
import { mountWebSocket } from './transport/websocket.ts';
import { type WatchParts, watchOf } from './watch.ts';
import type { WebhookKeeper } from './webhooks/keeper.ts';

/** The one port, with everything that is answered there: part of the wiring. */

export type ListeningParts = {
  readonly config: Config;
  readonly keys: ResolvedKeys;
  readonly logger: Logger;
  readonly report: (error: unknown, what: string) => void;
  readonly house: House;
  readonly execute: ReturnType<typeof executor>;
  readonly authentication: Authentication;
  readonly gateway: Gateway;
  readonly search: SearchIndex | undefined;
  readonly webhooks: WebhookKeeper;
  readonly blobs: Blobs;
  readonly watched: Pick<WatchParts, 'house' | 'batches' | 'metrics'>;
  /** Whether what this server has seen of the log is of another history by now. */
  readonly isOutdated: () => boolean;
};

/** Until websockets that were told to go are left to be cut. */
const closeLimitMs = 2_000;
const developmentTokenSeconds = 7 * 24 * 3600;

/**
 * Opens the port for HTTP and all transports; the address at which it listens. What ends them, connections first and in waves,
 * is deferred to `opened`.
 */
export async function startListening(parts: ListeningParts, opened: AsyncDisposableStack): Promise<string> {
  const { config, gateway, logger } = parts;
  const { limits, listen, timing } = config;
  const certificate = config.tls && (await readCertificate(config.tls));
  let isDraining = false;
  let isListening = false;
  const http = await buildHttp({ ...httpOptions(parts, () => isDraining), certificate });
  const { socketIo, webSocket } = mountTransports(parts, http.server);
  guard(http.server, {
    // A client may have two: one for its connection, and one for the HTTP API.
    socketsPerAddress: listen.isProxyTrusted ? undefined : 2 * limits.connectionsPerAddress,
    bodyMs: timing.bodyMs,
  });
  acceptWholeAddresses(http.server);

  const sockets = openSockets(http.server);
  opened.defer(async () => {
    isDraining = true;
    socketIo.stopAccepting();
    webSocket.stopAccepting();
    await gateway.closeAll('shutdown', parts.isOutdated() ? 0 : timing.drainMs / 2);
    await within(closeLimitMs, Promise.all([socketIo.close(), webSocket.close()]));
    if (isListening) {
      const { resumed, replayedEntries, storeReads } = gateway.resume;
      logger.info({ resumed, replayedEntries, storeReads }, 'sessions that came back');
    }
    // Whoever is still sending or fetching a file then has had their time.
    const cutOff = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, timing.drainMs / 5);
    await http.close();
    clearTimeout(cutOff);
    await within(timing.drainMs / 5, parts.house.commit.drained());
  });
  if (config.tls && certificate) opened.use(renewCertificate(http.server, config.tls, certificate, logger));
  const address = await http.listen({ port: listen.port, host: listen.host });
  isListening = true;
  return address;
}

type HttpOptions = Parameters<typeof buildHttp>[0];

function httpOptions(parts: ListeningParts, isDraining: () => boolean): Omit<HttpOptions, 'certificate'> {
  const { config, keys, watched } = parts;
  const { access, limits, listen, timing } = config;
  const { metricsToken } = config.telemetry;
  const { secret } = keys;
  if (metricsToken !== undefined) watchProcess();
  return {
    house: httpHouse(parts),
    blobs: parts.blobs,
    log: parts.logger,
    watch: watchOf({ ...watched, metricsToken, isDraining }),
    adminRoles: parts.house.rules.adminRoles,
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
  };
}

function mountTransports({ config, gateway, report }: ListeningParts, server: Parameters<typeof guard>[0]) {
  const { limits, listen, timing } = config;
  const transportReport = (error: unknown) => report(error, 'in a transport');
  const socketIo = mountSocketIo({
    server,
    namespaces: { '/': gateway.door('/'), '/chat': gateway.door('/chat') },
    dialectNames,
    isOriginAllowed: () => true,
    nodeName: listen.nodeName,
    handshakeMs: timing.handshakeMs,
    newcomersPerAddress: limits.connectionsPerAddress,
    report: transportReport,
    isProxyTrusted: listen.isProxyTrusted,
    maxPayloadBytes: limits.transportBytes,
    unsentLimitBytes: limits.sendBufferHardBytes,
  });
  const webSocket = mountWebSocket({
    server,
    door: gateway.door('/ws/chat'),
    closeWords: (reason) => rooms.closes[reason],
    report: transportReport,
    isProxyTrusted: listen.isProxyTrusted,
    maxPayloadBytes: limits.transportBytes,
  });
  return { socketIo, webSocket };
}

function httpHouse({ house, execute, authentication, gateway, search, webhooks, blobs }: ListeningParts): HttpHouse {
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
    limits: {
      takeEvent: (user) => house.allowances.takeHttpRequest(user.id),
      takeUpload: (user, atMostBytes) => house.allowances.takeUpload(user.id, atMostBytes),
      settleUpload: (user, atMostBytes, sizeBytes) => house.allowances.settleUpload(user.id, atMostBytes, sizeBytes),
    },
    ids: house.ids,
    clock: house.clock,
  };
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, wait(limitMs, undefined, { ref: false })]);
}
