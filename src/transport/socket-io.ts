import { randomUUID } from 'node:crypto';
import { type Server as HttpServer, type IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'socket.io';
import type { WebSocket } from 'ws';
import type { Door } from '../gateway/transport.ts';
import { type Report, refusalWords } from './close-reasons.ts';
import { holdSocket } from './fast-write.ts';
import { FewFragments } from './few-fragments.ts';
import { type DialectHint, readHandshake, readOrigins } from './handshake.ts';
import { lenientParser } from './lenient-parser.ts';
import { letGoOfResponse, type Opening } from './let-go.ts';
import { AnswerAllowance } from './library-answers.ts';
import { drawIdsTogether } from './library-ids.ts';
import { Newcomers } from './newcomers.ts';
import { OwnSession } from './own-session.ts';
import { OwnSessions } from './own-sessions.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { cutOffAtOnce, type IoSocket } from './socket-io-link.ts';
import { type Io, serveNamespace } from './socket-io-namespace.ts';
import { type EngineRequest, upgradeStraight } from './straight-upgrade.ts';

export { socketIoPackaging } from './socket-io-packets.ts';

export type SocketIoOptions<Admitted, Connection> = {
  readonly server: HttpServer;
  /** Which doors are open, by namespace. */
  readonly namespaces: { readonly [namespace: `/${string}`]: Door<Admitted, Connection> };
  /** The hints that a client may give, in auth or query. */
  readonly dialectNames: readonly DialectHint[];
  /** Does a proxy in front say who its client is? Default: no. */
  readonly isProxyTrusted?: boolean;
  /** What ids of connections begin with; absent: they say nothing. */
  readonly nodeName?: string | undefined;
  /** May pages of this origin speak to us? Asked for cross-origin requests only. */
  isOriginAllowed(origin: string): boolean;
  readonly report: Report;
  /** A larger message closes its connection. Default 1,000,000. */
  readonly maxPayloadBytes?: number;
  /** Whoever has left more unread, and asks for what the library answers by itself, is cut off. Default 4,000,000. */
  readonly unsentLimitBytes?: number;
  /** How long a connection may take until it is let into a namespace. Default 10,000. */
  readonly handshakeMs?: number;
  /** Connections of one address that are in none yet. Default 10,000. */
  readonly newcomersPerAddress?: number;
  /** Are clients that come by websocket at once served past the libraries? Default: yes. */
  readonly hasOwnSessions?: boolean;
  readonly pingIntervalMs?: number;
  readonly pingTimeoutMs?: number;
};

export type SocketIoTransport = {
  /** Refuses new handshakes from now on; connections that exist go on, upgrades included. */
  stopAccepting(): void;
  /** Ends every connection; resolves when their sockets are closed, at the latest after a second. The HTTP server stays. */
  close(): Promise<void>;
};

const closeWithinMs = 1_000;

/** What engine.io keeps private and this file needs, as read in engine.io 6.6.12. */
type EngineInside = { readonly transport: { readonly socket?: WebSocket } };
type EngineServerInside = { readonly clients: { readonly [id: string]: EngineInside } };

/** What socket.io keeps private and this file needs, as read in socket.io 4.8.4. */
type ClientInside = { readonly sockets: ReadonlyMap<string, unknown> };

/** Serves Socket.IO on this HTTP server at `/socket.io`: websocket and polling, Engine.IO 4 and 3. */
export function mountSocketIo<Admitted, Connection>(options: SocketIoOptions<Admitted, Connection>): SocketIoTransport {
  let isAccepting = true;
  const { maxPayloadBytes = 1_000_000, isProxyTrusted = false, nodeName, report, dialectNames } = options;
  const newcomers: AnyNewcomers = new Newcomers({
    perAddress: options.newcomersPerAddress ?? 10_000,
    patienceMs: options.handshakeMs ?? 10_000,
    cutOff: (engine) => (engine instanceof OwnSession ? engine.cutOff() : cutOffAtOnce(engine)),
  });
  const answers = new AnswerAllowance(options.unsentLimitBytes ?? 4_000_000);
  const addressOf = (request: Opening): string =>
    readOrigins(request, request.socket.remoteAddress ?? '', isProxyTrusted).address;
  /** Why a handshake is refused at this moment; undefined when it may go on. */
  const refusalOf = (request: Opening): HandshakeRefusal | undefined => {
    if (!isAccepting) return { status: '503 Service Unavailable', words: refusalWords.shutdown };
    if (newcomers.mayCome(addressOf(request))) return undefined;
    return { status: '429 Too Many Requests', words: refusalWords.tooManyConnections };
  };
  const io = openServer(options, maxPayloadBytes);
  drawIdsTogether();
  // The library's own are drawn one by one, which costs more than the rest of its handshake.
  const makeId = () => (nodeName === undefined ? randomUUID() : `${nodeName}.${randomUUID()}`);
  io.engine.generateId = makeId;
  watchHandshakes(io, refusalOf, (origin) => options.isOriginAllowed(origin));
  const sessions = new OwnSessions({
    doors: options.namespaces as SessionDoors,
    report,
    newcomers,
    answers,
    pingIntervalMs: options.pingIntervalMs ?? 25_000,
    pingTimeoutMs: options.pingTimeoutMs ?? 20_000,
    maxPayloadBytes,
    makeId,
    addressOf,
    headersFor: ({ headers: { origin } }) =>
      origin !== undefined && options.isOriginAllowed(origin) ? allowing(origin) : {},
    readHandshake: (opening, auth) =>
      readHandshake(opening, opening.socket.remoteAddress ?? '', {
        auth,
        canResume: true,
        room: '',
        isProxyTrusted,
        dialectNames,
      }),
  });
  const take = options.hasOwnSessions === false ? undefined : sessions.take.bind(sessions);
  upgradeStraight(io.engine, (request) => refusalOf(request) === undefined, take);
  io.engine.on('connection', (engine: IoSocket['conn']) => {
    newcomers.add(engine, addressOf(engine.request));
    answers.bind(engine);
  });
  const left = (socket: IoSocket) => {
    const { sockets } = socket.client as unknown as ClientInside;
    if (sockets.size === 0) newcomers.add(socket.conn, addressOf(socket.request as Opening));
  };
  for (const [namespace, door] of Object.entries(options.namespaces)) {
    serveNamespace(io.of(namespace), door, { report, dialectNames, isProxyTrusted, newcomers, left });
  }
  return {
    stopAccepting: () => {
      isAccepting = false;
    },
    close: async () => {
      isAccepting = false;
      newcomers[Symbol.dispose]();
      await Promise.all([closeAll(io), sessions.close()]);
    },
  };
}

type AnyNewcomers = Newcomers<IoSocket['conn'] | OwnSession>;

function openServer(
  options: Pick<SocketIoOptions<never, never>, 'server' | 'isOriginAllowed' | 'pingIntervalMs' | 'pingTimeoutMs'>,
  maxPayloadBytes: number,
): Io {
  return new Server<never, never, never, unknown>(options.server, {
    path: '/socket.io',
    transports: ['polling', 'websocket'],
    allowEIO3: true,
    serveClient: true,
    parser: lenientParser(maxPayloadBytes),
    wsEngine: FewFragments,
    perMessageDeflate: false,
    destroyUpgrade: false,
    maxHttpBufferSize: maxPayloadBytes,
    cors: {
      origin: (origin, decide) => decide(null, origin !== undefined && options.isOriginAllowed(origin)),
      credentials: true,
    },
    ...(options.pingIntervalMs === undefined ? {} : { pingInterval: options.pingIntervalMs }),
    ...(options.pingTimeoutMs === undefined ? {} : { pingTimeout: options.pingTimeoutMs }),
  });
}

/** Refuses new connections where that has to be, and lets what engine.io says first leave together with its answer. */
function watchHandshakes(
  io: Io,
  refusalOf: (request: Opening) => HandshakeRefusal | undefined,
  isOriginAllowed: (origin: string) => boolean,
): void {
  io.engine.use((request: EngineRequest, response: unknown, next: () => void) => {
    letGoOfResponse(request, response);
    // The later requests of a connection bear its id.
    const refusal = request._query?.sid === undefined ? refusalOf(request) : undefined;
    if (refusal) refuseHandshake(request, response, refusal);
    else next();
  });
  // The switch to a websocket and what engine.io says first leave together. Not held before it is sure to come: a refused upgrade is
  // answered and cut off at once.
  io.engine.on(
    'headers',
    (answer: { [name: string]: string }, { _query, socket, headers: { origin } }: EngineRequest) => {
      if (_query?.transport !== 'websocket') return;
      if (origin !== undefined && isOriginAllowed(origin)) Object.assign(answer, allowing(origin));
      setImmediate(holdSocket(socket));
    },
  );
}

/** What the library's middleware answers a page of another origin with. */
function allowing(origin: string): { readonly [name: string]: string } {
  return { 'Access-Control-Allow-Origin': origin, Vary: 'Origin', 'Access-Control-Allow-Credentials': 'true' };
}

type HandshakeRefusal = { readonly status: string; readonly words: string };

/** Answers a handshake as the library cannot: with a status that balancers understand. */
function refuseHandshake(request: IncomingMessage, response: unknown, { status, words }: HandshakeRefusal): void {
  const headers = { 'content-type': 'text/plain', 'retry-after': '1' };
  if (response instanceof ServerResponse) {
    response.writeHead(Number.parseInt(status, 10), { connection: 'close', ...headers }).end(words);
  } else refuseUpgrade(request.socket, status, { headers, words });
}

type SessionDoors = ConstructorParameters<typeof OwnSessions>[0]['doors'];

async function closeAll(io: Io): Promise<void> {
  const { clients } = io.engine as unknown as EngineServerInside;
  const websockets = Object.values(clients).flatMap(({ transport }) => transport.socket ?? []);
  const closed = websockets.map((websocket) => new Promise((resolve) => websocket.once('close', resolve)));
  // `io.close()` would close the HTTP server as well, which is not ours.
  io.engine.close();
  const timer = setTimeout(() => {
    for (const websocket of websockets) websocket.terminate();
  }, closeWithinMs);
  await Promise.all(closed);
  clearTimeout(timer);
}
