import { randomUUID } from 'node:crypto';
import { type Server as HttpServer, type IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'socket.io';
import type { WebSocket } from 'ws';
import type { Door } from '../gateway/transport.ts';
import { type CloseReason, type Report, refusalWords } from './close-reasons.ts';
import { holdSocket, holdWrites } from './fast-write.ts';
import { FewFragments } from './few-fragments.ts';
import { type DialectHint, readKnock, readOrigins } from './knock.ts';
import { lenientParser } from './lenient-parser.ts';
import { keepNoRooms, letGoOfHandshake, letGoOfResponse, type Opening } from './let-go.ts';
import { AnswerAllowance } from './library-answers.ts';
import { drawIdsTogether } from './library-ids.ts';
import { Newcomers } from './newcomers.ts';
import { OwnSession } from './own-session.ts';
import { OwnSessions } from './own-sessions.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { cutOffAtOnce, type IoSocket, SocketIoLink } from './socket-io-link.ts';
import { type EngineRequest, upgradeStraight } from './straight-upgrade.ts';

export { socketIoPackaging } from './socket-io-packets.ts';

export type SocketIoOptions<Admitted, Session> = {
  readonly server: HttpServer;
  /** Which doors are open, by namespace. */
  readonly namespaces: { readonly [namespace: `/${string}`]: Door<Admitted, Session> };
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
export function mountSocketIo<Admitted, Session>(options: SocketIoOptions<Admitted, Session>): SocketIoTransport {
  let isAccepting = true;
  const { maxPayloadBytes = 1_000_000, isProxyTrusted = false } = options;
  const newcomers = new Newcomers<IoSocket['conn'] | OwnSession>({
    perAddress: options.newcomersPerAddress ?? 10_000,
    patienceMs: options.handshakeMs ?? 10_000,
    cutOff: (engine) => (engine instanceof OwnSession ? engine.cutOff() : cutOffAtOnce(engine)),
  });
  const answers = new AnswerAllowance(options.unsentLimitBytes ?? 4_000_000);
  const addressOf = (request: Opening): string =>
    readOrigins(request, request.socket.remoteAddress ?? '', isProxyTrusted).address;
  const io = new Server<never, never, never, unknown>(options.server, {
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
  drawIdsTogether();
  const { nodeName } = options;
  // The library's own are drawn one by one, which costs more than the rest of its handshake.
  const makeId = () => (nodeName === undefined ? randomUUID() : `${nodeName}.${randomUUID()}`);
  io.engine.generateId = makeId;
  io.engine.use((request: EngineRequest, response: unknown, next: () => void) => {
    letGoOfResponse(request, response);
    // The later requests of a connection bear its id.
    if (request._query?.sid !== undefined) next();
    else if (!isAccepting) refuseNewcomer(request, response, '503 Service Unavailable', refusalWords.shutdown);
    else if (newcomers.mayCome(addressOf(request))) next();
    else refuseNewcomer(request, response, '429 Too Many Requests', refusalWords.tooManyConnections);
  });
  // The switch to a websocket and what engine.io says first leave together. Not held before it is sure to come: a refused upgrade is
  // answered and cut off at once.
  io.engine.on(
    'headers',
    (answer: { [name: string]: string }, { _query, socket, headers: { origin } }: EngineRequest) => {
      if (_query?.transport !== 'websocket') return;
      if (origin !== undefined && options.isOriginAllowed(origin)) Object.assign(answer, allowing(origin));
      setImmediate(holdSocket(socket));
    },
  );
  const mayCome = (request: Opening): boolean => isAccepting && newcomers.mayCome(addressOf(request));
  const sessions = new OwnSessions({
    doors: options.namespaces as SessionDoors,
    report: options.report,
    newcomers,
    answers,
    pingIntervalMs: options.pingIntervalMs ?? 25_000,
    pingTimeoutMs: options.pingTimeoutMs ?? 20_000,
    maxPayloadBytes,
    makeId,
    addressOf,
    headersFor: ({ headers: { origin } }) =>
      origin !== undefined && options.isOriginAllowed(origin) ? allowing(origin) : {},
    readKnock: (opening, auth) =>
      readKnock(opening, opening.socket.remoteAddress ?? '', {
        auth,
        canResume: true,
        room: '',
        isProxyTrusted,
        dialectNames: options.dialectNames,
      }),
  });
  const take = options.hasOwnSessions === false ? undefined : sessions.take.bind(sessions);
  upgradeStraight(io.engine, mayCome, take);
  io.engine.on('connection', (engine: IoSocket['conn']) => {
    newcomers.add(engine, addressOf(engine.request));
    answers.bind(engine);
  });
  const left = (socket: IoSocket) => {
    const { sockets } = socket.client as unknown as ClientInside;
    if (sockets.size === 0) newcomers.add(socket.conn, addressOf(socket.request as Opening));
  };
  for (const [namespace, door] of Object.entries(options.namespaces)) {
    serveNamespace(io, namespace, door, options, newcomers, left);
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

/** What the library's middleware answers a page of another origin with. */
function allowing(origin: string): { readonly [name: string]: string } {
  return { 'Access-Control-Allow-Origin': origin, Vary: 'Origin', 'Access-Control-Allow-Credentials': 'true' };
}

/** Answers a handshake as the library cannot: with a status that balancers understand. */
function refuseNewcomer(request: IncomingMessage, response: unknown, status: string, words: string): void {
  const headers = { 'content-type': 'text/plain', 'retry-after': '1' };
  if (response instanceof ServerResponse) {
    response.writeHead(Number.parseInt(status, 10), { connection: 'close', ...headers }).end(words);
  } else refuseUpgrade(request.socket, status, { headers, words });
}

/** What Socket.IO tells its client in the CONNECT packet, as read in socket.io 4.8.4. */
type SocketNamed = { pid?: string };

type SessionDoors = ConstructorParameters<typeof OwnSessions>[0]['doors'];

type Io = Server<never, never, never, unknown>;

function serveNamespace<Admitted, Session>(
  io: Io,
  name: string,
  door: Door<Admitted, Session>,
  options: SocketIoOptions<Admitted, Session>,
  newcomers: Newcomers<IoSocket['conn'] | OwnSession>,
  onLeft: (socket: IoSocket) => void,
): void {
  const { report } = options;
  const admittedSockets = new WeakMap<IoSocket, { readonly admitted: Admitted }>();
  // Socket.IO would let a client that says CONNECT twice before the first is answered have two sockets in one namespace. Clients do,
  // when an app asks to connect while they are at it, and take the first answer for all: the second gets none.
  const knocking = new WeakSet<object>();
  const namespace = io.of(name);
  keepNoRooms(namespace);

  namespace.use((socket, next) => {
    const refuse = (reason: CloseReason) => {
      knocking.delete(socket.conn);
      newcomers.asks(socket.conn, false);
      next(new Error(refusalWords[reason]));
    };
    if (knocking.has(socket.conn)) return;
    knocking.add(socket.conn);
    newcomers.asks(socket.conn, true);
    const { address, auth } = socket.handshake;
    const knock = readKnock(socket.request as Opening, address, {
      auth,
      canResume: (socket.conn as { readonly protocol: number }).protocol === 4,
      room: '',
      isProxyTrusted: options.isProxyTrusted ?? false,
      dialectNames: options.dialectNames,
    });
    door.admit(knock).then(
      (answer) => {
        if (!answer.ok) return refuse(answer.reason);
        admittedSockets.set(socket, answer);
        // Socket.IO's own recovery is off: the library only passes on the name of the session, and the door does the rest.
        if (answer.pid !== undefined) (socket as unknown as SocketNamed).pid = answer.pid;
        // What the library says now and what we say first leave together: the library goes on in its next tick, where the door opens,
        // which asks for the end of the turn.
        const { socket: websocket } = (socket.conn as unknown as EngineInside).transport;
        const release = websocket && holdWrites(websocket);
        next();
        if (release) process.nextTick(setImmediate, release);
        // Behind the library, which opens for no one who has gone meanwhile.
        process.nextTick(() => {
          if (admittedSockets.delete(socket)) door.forsake(answer.admitted);
        });
      },
      (error: unknown) => {
        report(error);
        refuse('broken');
      },
    );
  });

  namespace.on('connection', (socket) => {
    knocking.delete(socket.conn);
    newcomers.release(socket.conn);
    const answer = admittedSockets.get(socket);
    if (answer === undefined) socket.disconnect(true);
    else new SocketIoLink(socket, door, report, onLeft).open(answer.admitted);
    admittedSockets.delete(socket);
    letGoOfHandshake(socket);
  });
}

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
