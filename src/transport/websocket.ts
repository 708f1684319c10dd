import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Packaging } from '../gateway/transport.ts';
import { framed, framedInto } from './fast-write.ts';
import { pathOf, percentDecoded, readHandshake } from './handshake.ts';
import { Heartbeat } from './heartbeat.ts';
import { Held } from './held.ts';
import { LazyAcceptor } from './lazy-acceptor.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { type Mount, RoomSocket, WebSocketLink } from './websocket-link.ts';

export type WebSocketOptions<Admitted, Connection> = Mount<Admitted, Connection> & {
  readonly server: HttpServer;
  /** Does a proxy in front say who its client is? Default: no. */
  readonly isProxyTrusted?: boolean;
  /** A larger message closes its connection with 1009. Default 1,000,000. */
  readonly maxPayloadBytes?: number;
  /** Every connection is pinged once in this time, and cut after two silent rounds. Default 25,000. */
  readonly heartbeatMs?: number;
  /** The answer to an upgrade waits so long for what is said first, to leave with it. Default 2,000. */
  readonly heldMs?: number;
};

export type WebSocketTransport = {
  /** Refuses new upgrades from now on; connections that exist go on. */
  stopAccepting(): void;
  /** Ends every connection; resolves when their sockets are closed, at the latest after a second. The HTTP server stays. */
  close(): Promise<void>;
};

/** A frame is the payload alone, and there is no place where a client could be told where it is. */
export const webSocketPackaging: Packaging = {
  packet: (_name, payload) => payload,
  marker: () => undefined,
  framed: (packets) => framed('', packets),
  framedInto: (packets, target, at) => framedInto('', packets, target, at),
};

/** Whatever follows is the room's name, also what can be none: the door says so in the dialect's own way. */
const roomPath = /^\/ws\/chat\/(.*?)\/?$/;
/** Engine.IO's own listener answers these. */
const engineIoPath = '/socket.io/';

const closeWithinMs = 1_000;

/** Serves `/ws/chat/{room}` on this HTTP server, and answers 404 to every upgrade that nobody else serves. */
export function mountWebSocket<Admitted, Connection>(
  options: WebSocketOptions<Admitted, Connection>,
): WebSocketTransport {
  const { server, door } = options;
  let isAccepting = true;
  const heartbeat = new Heartbeat(options.heartbeatMs ?? 25_000);
  const held = new Held<RoomSocket>(options.heldMs ?? 2_000);
  const acceptor = new LazyAcceptor(RoomSocket, options.maxPayloadBytes ?? 1_000_000);

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = pathOf(request.url);
    if (path.startsWith(engineIoPath)) return;
    if (!roomPath.test(path)) refuseUpgrade(socket, '404 Not Found');
    else if (!isAccepting) refuseUpgrade(socket, '503 Service Unavailable');
    else acceptor.handleUpgrade(request, socket, head, onAccepted);
  };

  const onAccepted = (websocket: RoomSocket, request: IncomingMessage) => {
    held.add(websocket);
    // Until the door has answered, nothing is read: early frames wait in the kernel, bounded, and stay in order.
    const link = new WebSocketLink<Admitted, Connection>(websocket, options, () => held.release(websocket));
    websocket.link = link;
    heartbeat.add(websocket);
    const room = percentDecoded(roomPath.exec(pathOf(request.url))?.[1] ?? '');
    const handshake = readHandshake(request, request.socket.remoteAddress ?? '', {
      auth: {},
      canResume: false,
      room,
      isProxyTrusted: options.isProxyTrusted ?? false,
      dialectNames: [],
    });
    door.admit(handshake).then(
      (answer) => {
        if (!answer.ok) return link.close(answer.reason);
        link.open(answer.admitted);
      },
      (error: unknown) => {
        options.report(error);
        link.close('broken');
      },
    );
  };

  server.on('upgrade', onUpgrade);
  return {
    stopAccepting: () => {
      isAccepting = false;
    },
    close: async () => {
      isAccepting = false;
      held[Symbol.dispose]();
      await Promise.all(Array.from(heartbeat.stop(), shutDown));
    },
  };
}

/** Resolves when the websocket is closed. */
async function shutDown(websocket: RoomSocket): Promise<void> {
  const timer = setTimeout(() => websocket.terminate(), closeWithinMs);
  const closed = websocket.whenClosed();
  websocket.link?.close('shutdown');
  await closed;
  clearTimeout(timer);
}
