import type { Socket } from 'socket.io';
import type { RawData, WebSocket } from 'ws';
import { readFramesOf, type TextListener } from './fast-frames.ts';
import { eventPrefix } from './socket-io-packets.ts';

/**
 * The one place where a packet comes in past the socket library: a plain event on an open websocket is parsed and handed over
 * where it arrives. Everything else (handshakes, heartbeats, acknowledgements, attachments, polling, upgrades, whatever is not
 * sound) goes to the library as if this file were not there, and nothing overtakes what the library is still busy with.
 */

/** Who hears the events of one namespace. */
export interface PacketListener {
  /** The packet's data, a list that begins with the event's name, and the id of the acknowledgement that was asked for. */
  hear(data: readonly unknown[], id: number | undefined): void;
}

type Transport = { readonly socket?: WebSocket };
/** What engine.io 6.6.12, socket.io 4.8.4 and socket.io-parser 4.2.7 keep private and this file needs. */
type Engine = {
  readonly readyState: string;
  readonly protocol: number;
  readonly transport: Transport;
  /** Not null while a pong is awaited: then any packet is a sign of life that the library has to see. */
  readonly pingTimeoutTimer: unknown;
  readonly hasRefreshedPingTimeout: boolean;
  once(event: 'upgrade', listener: (this: Engine) => void): void;
};
type Client = { readonly conn: Engine; readonly decoder: { readonly reconstructor?: unknown } };

type NamespaceListener = { readonly prefix: string; readonly listener: PacketListener };
type LibraryListener = (this: WebSocket, data: RawData, isBinary: boolean) => void;

/** Names that the library keeps for itself (socket.io-parser 4.2.7): what becomes of them is its business. */
const reserved: ReadonlySet<unknown> = new Set([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]);

/** The listeners of one websocket: one for each namespace of its client. */
class SocketListeners implements TextListener {
  readonly library: WebSocket;
  readonly #client: Client;
  readonly #engine: Engine;
  readonly #listener: LibraryListener;
  /** Replaced when one comes or goes. */
  list: readonly NamespaceListener[] = [];
  /** Packets that the library took and has not handed on: it does so at the end of the tick. */
  #withLibrary = 0;
  /** This websocket's, once the library was seen to wait for nothing, and until it is given something again. */
  #clearTransport: Transport | undefined;

  constructor(websocket: WebSocket, client: Client, listener: LibraryListener) {
    this.library = websocket;
    this.#client = client;
    this.#engine = client.conn;
    this.#listener = listener;
  }

  get readyState(): WebSocket['readyState'] {
    return this.library.readyState;
  }

  /** A frame that ws has read. */
  hear(data: RawData, isBinary: boolean): void {
    const isText = !isBinary && Buffer.isBuffer(data);
    if (!isText || !this.#hearEvent(data.toString('utf8'))) this.#leave(data, isBinary);
  }

  /** A text frame that has not met ws. */
  hearText(text: string): void {
    if (!this.#hearEvent(text)) this.#leave(Buffer.from(text), false);
  }

  #leave(data: RawData, isBinary: boolean): void {
    this.#withLibrary++;
    this.#clearTransport = undefined;
    this.#listener.call(this.library, data, isBinary);
    // After what the library has put off to the end of the tick.
    process.nextTick(handedOn, this);
  }

  handedOn(): void {
    this.#withLibrary--;
  }

  #isClear(): boolean {
    const engine = this.#engine;
    return (
      this.#withLibrary === 0 &&
      engine.readyState === 'open' &&
      (engine.pingTimeoutTimer === null || engine.hasRefreshedPingTimeout) &&
      (engine.transport === this.#clearTransport || this.#looksClear())
    );
  }

  /** What need not be looked at each time: it is far away in memory, and stays so until the library is given something. */
  #looksClear(): boolean {
    const { transport } = this.#engine;
    const isClear = transport.socket === this.library && !this.#client.decoder.reconstructor;
    this.#clearTransport = isClear ? transport : undefined;
    return isClear;
  }

  /** Whether it was an event that somebody hears. */
  #hearEvent(text: string): boolean {
    if (!this.#isClear()) return false;
    for (const { prefix, listener } of this.list) {
      if (!text.startsWith(prefix)) continue;
      const event = parsedEvent(text, prefix.length);
      if (event === 'elsewhere') continue;
      if (event === undefined) return false;
      listener.hear(event.list, event.id);
      return true;
    }
    return false;
  }
}

const zero = '0'.charCodeAt(0);
const openingBracket = '['.charCodeAt(0);
const safeDigits = 15;

type ParsedEvent = { readonly list: readonly unknown[]; readonly id: number | undefined };

/** The event that begins there; undefined where it is not plain, `elsewhere` where there is none. */
export function parsedEvent(text: string, from: number): ParsedEvent | undefined | 'elsewhere' {
  let at = from;
  let id: number | undefined;
  for (let digit = text.charCodeAt(at) - zero; digit >= 0 && digit <= 9; digit = text.charCodeAt(++at) - zero) {
    id = (id ?? 0) * 10 + digit;
  }
  if (text.charCodeAt(at) !== openingBracket || at - from > safeDigits) return 'elsewhere';
  const list = parsed(text.slice(at));
  return list && { list, id };
}

function parsed(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && typeof value[0] === 'string' && !reserved.has(value[0]) ? value : undefined;
  } catch {
    return undefined;
  }
}

function handedOn(listeners: SocketListeners): void {
  listeners.handedOn();
}

type ListenedWebSocket = WebSocket & { packetListeners?: SocketListeners };

function hearMessage(this: ListenedWebSocket, data: RawData, isBinary: boolean): void {
  this.packetListeners?.hear(data, isBinary);
}

/**
 * From now on `listener` is handed the events of this socket that come in by websocket, now or after an upgrade. What the library
 * hands to the socket itself must reach the same listener. Only for Engine.IO 4: older namespaces are written otherwise.
 */
export function readFast(socket: Socket<never, never, never, unknown>, listener: PacketListener): void {
  const client = socket.client as unknown as Client;
  const { conn } = client;
  if (conn.protocol !== 4) return;
  const added = { prefix: eventPrefix(socket.nsp.name), listener };
  if (conn.transport.socket !== undefined) addListener(client, added);
  else awaitUpgrade(client, added);
}

/** The listener is handed nothing any more. */
export function stopReading(socket: Socket<never, never, never, unknown>, listener: PacketListener): void {
  const { conn } = socket.client as unknown as Client;
  const packetListeners =
    (conn.transport.socket as ListenedWebSocket | undefined)?.packetListeners ?? awaiting.get(conn);
  if (packetListeners !== undefined)
    packetListeners.list = packetListeners.list.filter((added) => added.listener !== listener);
}

/** The listeners of polling connections, for when they have a websocket: a client may enter and leave any number of times before. */
const awaiting = new WeakMap<Engine, { list: readonly NamespaceListener[] }>();

function awaitUpgrade(client: Client, added: NamespaceListener): void {
  const { conn } = client;
  const packetListeners = awaiting.get(conn);
  if (packetListeners !== undefined) {
    packetListeners.list = packetListeners.list.concat(added);
    return;
  }
  awaiting.set(conn, { list: [added] });
  conn.once('upgrade', () => {
    for (const waiting of awaiting.get(conn)?.list ?? []) addListener(client, waiting);
    awaiting.delete(conn);
  });
}

function addListener(client: Client, added: NamespaceListener): void {
  const websocket: ListenedWebSocket | undefined = client.conn.transport.socket;
  if (websocket === undefined) return;
  if (websocket.packetListeners === undefined) {
    const listeners = websocket.listeners('message');
    const [listener] = listeners;
    // Anything but the one listener of engine.io is nothing that this file knows.
    if (listeners.length !== 1 || listener === undefined) return;
    websocket.packetListeners = new SocketListeners(websocket, client, listener as LibraryListener);
    websocket.removeAllListeners('message');
    websocket.on('message', hearMessage);
    readFramesOf(websocket, websocket.packetListeners);
  }
  websocket.packetListeners.list = websocket.packetListeners.list.concat(added);
}
