import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'socket.io';

/**
 * The one place where a connection is made lighter: what the socket libraries keep of it since it was opened, and neither they nor
 * we look at again, is let go. What is not found as it is known here is left alone.
 */

/** What engine.io 6.6.12 and socket.io 4.8.4 keep private and this file needs. */
type EngineInside = {
  request: unknown;
  readonly transport: { readonly name: string; readonly socket?: Emitter; removeAllListeners(event: string): unknown };
};
type SocketInside = { handshake: unknown; pid: unknown; acks: Map<number, unknown> };
type NamespaceInside = { readonly adapter: { addAll(id: string, rooms: ReadonlySet<string>): unknown } };
type Emitter = {
  rawListeners(event: string): unknown[];
  listeners(event: string): unknown[];
  removeListener(event: string, listener: never): unknown;
};

/** What a handshake can be read from: a request, or what {@link letGoOfHandshake} has left of one. */
export type Opening = {
  readonly headers: IncomingMessage['headers'];
  readonly url?: string | undefined;
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean };
};

const keptHeaders = [
  'host',
  'origin',
  'cookie',
  'authorization',
  'sec-fetch-site',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-for',
] as const;

type KeptHeaders = { [H in (typeof keptHeaders)[number]]?: string | string[] | undefined };

const noQuery = {};
/** Nothing that we send asks for an acknowledgement. */
const noAcks = new Map<never, never>();

/** All that a further namespace of the connection may be asked about. Most connections of a server show the same. */
class KeptOpening {
  readonly headers: KeptHeaders;
  readonly url: string | undefined;
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;

  constructor(headers: KeptHeaders, { url, socket }: Opening) {
    this.headers = headers;
    this.url = url;
    this.remoteAddress = socket.remoteAddress;
    this.encrypted = socket.encrypted === true;
  }

  get socket(): this {
    return this;
  }

  get connection(): this {
    return this;
  }

  /** Read by socket.io for its own handshake, which nobody looks at. */
  get _query(): object {
    return noQuery;
  }

  isLike({ headers, url, remoteAddress, encrypted }: KeptOpening): boolean {
    const isSame = url === this.url && remoteAddress === this.remoteAddress && encrypted === this.encrypted;
    return isSame && keptHeaders.every((name) => headers[name] === this.headers[name]);
  }
}

let lastKept: KeptOpening | undefined;

/** What is kept of it, or it itself where nothing is left to let go of. */
export function kept(opening: Opening): KeptOpening {
  if (opening instanceof KeptOpening) return opening;
  const headers: KeptHeaders = {};
  for (const name of keptHeaders) if (opening.headers[name] !== undefined) headers[name] = opening.headers[name];
  const made = new KeptOpening(headers, opening);
  if (lastKept?.isLike(made)) return lastKept;
  lastKept = made;
  return made;
}

/** To be called when the connection is in a namespace, and nobody reads its request or its handshake any more. */
export function letGoOfHandshake(socket: Socket<never, never, never, unknown>): void {
  const inside = socket as unknown as SocketInside;
  inside.handshake = undefined;
  inside.pid = undefined;
  inside.acks = noAcks;
  const engine = socket.conn as unknown as EngineInside;
  if (engine.request instanceof KeptOpening) return;
  engine.request = kept(engine.request as Opening);
  const { transport } = engine;
  if (transport.name !== 'websocket') return;
  // Answers to polls have headers; a websocket has none any more.
  transport.removeAllListeners('headers');
  const waited = transport.socket?.listeners('error').find((one) => nameOf(one) === 'onUpgradeError');
  if (waited !== undefined) transport.socket?.removeListener('error', waited as never);
}

/**
 * Of a websocket's request engine.io makes something like a response, and keeps it for as long as the socket is open, to tell
 * middleware of its end. To be called by the first middleware, which is told of the response.
 */
export function letGoOfResponse(request: IncomingMessage, response: unknown): void {
  if (response instanceof ServerResponse) return;
  const socket: Emitter = request.socket;
  const last = socket.rawListeners('close').at(-1);
  const isOnce = typeof last === 'function' && 'listener' in last;
  if (isOnce && nameOf(last.listener) === '') socket.removeListener('close', last.listener as never);
}

/** Rooms are the hub's: the library would keep two sets for the room that each of its sockets is alone in. */
export function keepNoRooms(namespace: object): void {
  const { adapter } = namespace as NamespaceInside;
  adapter.addAll = () => undefined;
}

function nameOf(listener: unknown): string | undefined {
  return typeof listener === 'function' ? listener.name : undefined;
}
