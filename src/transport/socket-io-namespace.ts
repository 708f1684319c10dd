import type { Namespace, Server } from 'socket.io';
import type { WebSocket } from 'ws';
import type { Door } from '../gateway/transport.ts';
import { type CloseReason, type Report, refusalWords } from './close-reasons.ts';
import { holdWrites } from './fast-write.ts';
import { type DialectHint, readHandshake } from './handshake.ts';
import { keepNoRooms, letGoOfHandshake, type Opening } from './let-go.ts';
import type { Newcomers } from './newcomers.ts';
import type { OwnSession } from './own-session.ts';
import { type IoSocket, SocketIoLink } from './socket-io-link.ts';

/** Sockets of the library, from their CONNECT packet to their link. */

export type Io = Server<never, never, never, unknown>;

/** What all namespaces of a server share. */
export type NamespaceParts = {
  readonly report: Report;
  readonly dialectNames: readonly DialectHint[];
  readonly isProxyTrusted: boolean;
  readonly newcomers: Newcomers<IoSocket['conn'] | OwnSession>;
  /** Is told when a socket has left its namespace, whether or not its connection goes on. */
  readonly left: (socket: IoSocket) => void;
};

/** What engine.io keeps private and this file needs, as read in engine.io 6.6.12. */
type EngineInside = { readonly protocol: number; readonly transport: { readonly socket?: WebSocket } };

/** What Socket.IO tells its client in the CONNECT packet, as read in socket.io 4.8.4. */
type SocketNamed = { pid?: string };

/** Opens the door for whoever it admits to this namespace, and refuses the others with a CONNECT_ERROR packet. */
export function serveNamespace<Admitted, Connection>(
  namespace: Namespace<never, never, never, unknown>,
  door: Door<Admitted, Connection>,
  { report, dialectNames, isProxyTrusted, newcomers, left }: NamespaceParts,
): void {
  const admittedSockets = new WeakMap<IoSocket, { readonly admitted: Admitted }>();
  // Socket.IO would let a client that says CONNECT twice before the first is answered have two sockets in one namespace. Clients do,
  // when an app asks to connect while they are at it, and take the first answer for all: the second gets none.
  const entering = new WeakSet<object>();
  keepNoRooms(namespace);

  namespace.use((socket, next) => {
    const refuse = (reason: CloseReason) => {
      entering.delete(socket.conn);
      newcomers.asks(socket.conn, false);
      next(new Error(refusalWords[reason]));
    };
    if (entering.has(socket.conn)) return;
    entering.add(socket.conn);
    newcomers.asks(socket.conn, true);
    const { address, auth } = socket.handshake;
    const canResume = engineOf(socket).protocol === 4;
    const shown = { auth, canResume, room: '', isProxyTrusted, dialectNames };
    door.admit(readHandshake(socket.request as Opening, address, shown)).then(
      (answer) => {
        if (!answer.ok) return refuse(answer.reason);
        admittedSockets.set(socket, answer);
        // Socket.IO's own recovery is off: the library only passes on the name of the session, and the door does the rest.
        if (answer.pid !== undefined) (socket as unknown as SocketNamed).pid = answer.pid;
        connectInOneWrite(socket, next);
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
    entering.delete(socket.conn);
    newcomers.release(socket.conn);
    const answer = admittedSockets.get(socket);
    if (answer === undefined) socket.disconnect(true);
    else new SocketIoLink(socket, door, report, left).open(answer.admitted);
    admittedSockets.delete(socket);
    letGoOfHandshake(socket);
  });
}

/**
 * Lets the library connect the socket. What it says now and what we say first leave together: the library goes on in its next
 * tick, where the door opens, which asks for the end of the turn.
 */
function connectInOneWrite(socket: IoSocket, next: () => void): void {
  const websocket = engineOf(socket).transport.socket;
  const release = websocket && holdWrites(websocket);
  next();
  if (release) process.nextTick(setImmediate, release);
}

const engineOf = ({ conn }: IoSocket): EngineInside => conn as unknown as EngineInside;
