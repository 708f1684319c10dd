import multipart from '@fastify/multipart';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Blobs } from '../app/ports.ts';
import { auditing } from './audit.ts';
import { actorDecorator, authenticating, isKnown } from './authenticate.ts';
import type { Certificate } from './certificate.ts';
import { addJsonParser, answerBrokenRequest, answerError, answerUnknownRoute, validatorCompiler } from './errors.ts';
import { addSecurityHeaders, baseUrlFrom } from './headers.ts';
import type { HttpHouse, HttpLog } from './house.ts';
import { addOpenApi } from './openapi.ts';
import { quietRoutes, type RouteContext, routeAdder } from './route.ts';
import { addAuditRoute } from './routes/audit.ts';
import { addBanRoutes } from './routes/bans.ts';
import { addBlockRoutes } from './routes/blocks.ts';
import { addConversationRoutes } from './routes/conversations.ts';
import { addDocs } from './routes/docs.ts';
import { addFileRoutes } from './routes/files.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addLogRoute } from './routes/log.ts';
import { addLookupRoutes } from './routes/lookups.ts';
import { addMemberRoutes } from './routes/members.ts';
import { addMessageRoutes } from './routes/messages.ts';
import { addMetricsRoute } from './routes/metrics.ts';
import { addNotificationRoutes } from './routes/notifications.ts';
import { addPresenceRoutes } from './routes/presence.ts';
import { addReadingRoutes } from './routes/reading.ts';
import { addRevisionRoutes } from './routes/revisions.ts';
import { addSearchRoute } from './routes/search.ts';
import { addSignIn, type IssueToken } from './routes/sign-in.ts';
import { addStatsRoute } from './routes/stats.ts';
import { addSupportRoutes } from './routes/support.ts';
import { addUserRoutes } from './routes/users.ts';
import { addWeb } from './routes/web.ts';
import { addWebhookRoutes } from './routes/webhooks.ts';
import { sendProblem } from './status.ts';
import { Strangers } from './strangers.ts';
import type { Watch } from './watch.ts';

export type HttpOptions = {
  readonly house: HttpHouse;
  readonly blobs: Blobs;
  readonly log: HttpLog;
  readonly adminRoles: ReadonlySet<string>;
  /** Absent: nobody is the host application. */
  readonly apiKey?: string | undefined;
  /** Where clients reach this server; absent: whatever host their request names. */
  readonly publicUrl?: string | undefined;
  /** Does a proxy in front say in X-Forwarded headers which host and scheme a request was sent to? */
  readonly isProxyTrusted?: boolean;
  /** Origins whose pages may send credentials, and may sign in during development. */
  readonly allowedOrigins: readonly string[];
  /** How long a client may take until its connection is encrypted, and for the head of a request. Default 10,000. */
  readonly handshakeMs?: number;
  /** Serves https with it; absent: http. */
  readonly certificate?: Certificate | undefined;
  /** HTTP requests a second from one address of those who have not shown who they are. Absent: any number. */
  readonly strangersPerSecond?: number | undefined;
  readonly limits: {
    /** Of a whole JSON body. */
    readonly bodyBytes: number;
    /** Of a message without its text. */
    readonly payloadBytes: number;
    /** Of one uploaded file. */
    readonly fileBytes: number;
  };
  /** Who looks at the server; absent, it is ready and has no figures. */
  readonly watch?: Watch | undefined;
  /** Where the built web pages lie, if not in this package. */
  readonly webDir?: string | undefined;
  /** Makes tokens for whoever asks from this machine. Absent outside of development. */
  readonly developmentSignIn?: IssueToken | undefined;
};

/**
 * The HTTP server, ready to listen. Its `server` is a plain `http.Server`; upgrades are left to whoever attaches to it.
 * Closing it ends what it opened; open sockets of others are theirs to end.
 */
export async function buildHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { house, strangersPerSecond } = options;
  const app = openFramework(options);
  logRequests(app, options);
  const strangers = strangersPerSecond === undefined ? undefined : new Strangers(strangersPerSecond, house.clock);
  if (strangers) countStrangers(app, strangers);
  await addSecurityHeaders(app, {
    publicUrl: options.publicUrl,
    allowedOrigins: options.allowedOrigins,
    fileOrigin: options.blobs.redirect?.origin,
  });
  await addOpenApi(app);
  await addRoutes(app, options, strangers);
  await addPages(app, options);
  return app;
}

/** Fastify with our limits, and with our own reading of bodies and answering of errors in the place of its own. */
function openFramework({
  certificate,
  handshakeMs = 10_000,
  limits,
  isProxyTrusted,
  log,
}: HttpOptions): FastifyInstance {
  const timeouts = { headersTimeout: handshakeMs, connectionsCheckingInterval: Math.ceil(handshakeMs / 4) };
  // For the types it stays an http.Server: an https.Server has all of its members.
  const protocol: object = certificate
    ? { https: { ...certificate, ...timeouts, handshakeTimeout: handshakeMs } }
    : { http: timeouts };
  const app = Fastify({
    ...protocol,
    // Our own lines bear no addresses, and so no tokens; the framework's would.
    logger: false,
    bodyLimit: limits.bodyBytes,
    // One hop: the proxy in front. What came before it, a client may have made up.
    trustProxy: isProxyTrusted === true && ((_address, hop) => hop === 0),
    // Long enough for a large file over a slow line, short enough for whoever only wants to hold a connection.
    requestTimeout: 300_000,
    // An id has up to 200 characters, each up to 12 when percent-encoded.
    routerOptions: { maxParamLength: 2400 },
    frameworkErrors: answerError(log),
    clientErrorHandler: answerBrokenRequest,
  });
  app.decorateRequest(actorDecorator, null);
  app.setValidatorCompiler(validatorCompiler);
  // Bodies are written by functions typed by the schemas; a compiled serializer would drop and coerce what clients sent.
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  app.setErrorHandler(answerError(log));
  app.setNotFoundHandler(answerUnknownRoute);
  addJsonParser(app);
  return app;
}

/** A line and a figure for each request that was answered. */
function logRequests(app: FastifyInstance, { log, watch }: HttpOptions): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onResponse', async (request, reply) => {
    // A connection that was still answering when closing began would else be kept alive, and closing wait for it.
    if (isClosing) setImmediate(() => app.server.closeIdleConnections());
    watch?.answered(reply.statusCode, reply.elapsedTime);
    const { method, id: requestId } = request;
    const route = request.routeOptions.url ?? 'unknown';
    const fields = { requestId, method, route, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) };
    log[quietRoutes.has(route) ? 'debug' : 'info'](fields, 'request');
  });
}

/** Behind the hooks of routes that ask who it is: whoever is known by now has been counted as a user. */
function countStrangers(app: FastifyInstance, strangers: Strangers): void {
  app.addHook('preHandler', async (request, reply) => {
    if (isKnown(request) || quietRoutes.has(request.routeOptions.url ?? '')) return undefined;
    const tooMany = strangers.take(request.ip);
    return tooMany && sendProblem(reply, tooMany);
  });
}

async function addRoutes(app: FastifyInstance, options: HttpOptions, strangers: Strangers | undefined): Promise<void> {
  const { house, watch } = options;
  const context: RouteContext = {
    house,
    blobs: options.blobs,
    adminRoles: options.adminRoles,
    fileLimitBytes: options.limits.fileBytes,
    payloadLimitBytes: options.limits.payloadBytes,
  };
  const authenticator = authenticating(house, options, strangers);
  const audit = auditing(house, options.log);
  const adderOf = (scope: FastifyInstance) => routeAdder(scope, authenticator, baseUrlFrom(options.publicUrl), audit);
  const addRoute = adderOf(app);
  addHealthRoutes(addRoute, watch);
  addStatsRoute(addRoute, watch);
  addMetricsRoute(app, watch?.metrics);
  addConversationRoutes(addRoute, context);
  addMemberRoutes(addRoute, context);
  addReadingRoutes(addRoute, context);
  addMessageRoutes(addRoute, context);
  addRevisionRoutes(addRoute, context);
  addSearchRoute(addRoute, context);
  // Forms are read here and nowhere else.
  await app.register(async (scope) => {
    await scope.register(multipart);
    addFileRoutes(scope, adderOf(scope), context);
  });
  addNotificationRoutes(addRoute, context);
  addUserRoutes(addRoute, context);
  addPresenceRoutes(addRoute, context);
  addBlockRoutes(addRoute, context);
  addBanRoutes(addRoute, context);
  addSupportRoutes(addRoute, context);
  addWebhookRoutes(addRoute, context);
  addAuditRoute(addRoute, context);
  addLogRoute(addRoute, context);
  addLookupRoutes(addRoute, context);
  if (options.developmentSignIn) addSignIn(addRoute, house, options.developmentSignIn, options.allowedOrigins);
}

/** The documents of the dialects and the built web pages. */
async function addPages(app: FastifyInstance, options: HttpOptions): Promise<void> {
  await addDocs(app, { baseUrlOf: baseUrlFrom(options.publicUrl) });
  await addWeb(app, {
    webDir: options.webDir,
    log: options.log,
    settings: {
      developmentSignIn: options.developmentSignIn !== undefined,
      hostOrigins: options.allowedOrigins,
      adminRoles: [...options.adminRoles],
      fileLimitBytes: options.limits.fileBytes,
    },
  });
}
