import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { answerBrokenRequest } from './errors.ts';

export type GuardOptions = {
  /** Sockets of one address that may be open at once, whatever they do; absent behind a proxy, whose address they all have. */
  readonly socketsPerAddress?: number | undefined;
  /** How long a body may take; how long an upload may stand still. */
  readonly bodyMs: number;
};

/**
 * Bounds what clients can hold without showing who they are: sockets, and requests whose bodies do not come. Called when all that
 * listens for requests on this server is in place, so that it sees them first.
 */
export function guard(server: Server, { socketsPerAddress, bodyMs }: GuardOptions): void {
  if (socketsPerAddress !== undefined) countSockets(server, socketsPerAddress);
  server.prependListener('request', (request) => watchBody(request, bodyMs));
}

/** Every socket of this server that is open, those included that have become websockets. */
export function openSockets(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  function forget(this: Socket): void {
    open.delete(this);
  }
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', forget);
  });
  return open;
}

function countSockets(server: Server, limit: number): void {
  const open = new Map<string, number>();
  // One for all sockets, which know their address still when they are closed, because it was asked for before.
  function release(this: Socket): void {
    const { remoteAddress = '' } = this;
    const left = (open.get(remoteAddress) ?? 1) - 1;
    if (left > 0) open.set(remoteAddress, left);
    else open.delete(remoteAddress);
  }
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) return;
    const count = (open.get(remoteAddress) ?? 0) + 1;
    if (count > limit) {
      socket.destroy();
      return;
    }
    open.set(remoteAddress, count);
    socket.on('close', release);
  });
}

function watchBody(request: IncomingMessage, bodyMs: number): void {
  const { headers, socket } = request;
  const length = headers['content-length'];
  if ((length === undefined || length === '0') && headers['transfer-encoding'] === undefined) return;
  const isUpload = /^multipart\//i.test(headers['content-type'] ?? '');
  let seenBytes = socket.bytesRead;
  const timer = setInterval(() => {
    // What lies here unread is waiting for us: a disk or a store that is slow is not the client's doing.
    const isMoving = socket.bytesRead > seenBytes || request.readableLength > 0;
    seenBytes = socket.bytesRead;
    if (isUpload && isMoving) return;
    clearInterval(timer);
    if (request.complete || socket.destroyed) return;
    answerBrokenRequest(Object.assign(new Error('too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
  }, bodyMs).unref();
  request.once('close', () => clearInterval(timer));
}
