import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerOptions, WebSocket } from 'ws';
import { FewFragments } from './few-fragments.ts';
import type { LazyWebSocket } from './lazy-websocket.ts';

type Kind<S> = new (address: null, protocols: undefined, options: ServerOptions) => S;
type Done<S> = (websocket: S, request: IncomingMessage) => void;
type OnHeaders = (lines: string[], request: IncomingMessage) => void;

/** Of the protocol, RFC 6455. */
const acceptedBy = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * The library's own server, which checks upgrades and refuses them, and makes a `Kind` of each in place of its websocket. The answer is
 * the library's too, but held back by the websocket, to leave with what is said first.
 */
export class LazyAcceptor<S extends LazyWebSocket> {
  readonly #server: FewFragments<typeof WebSocket>;

  /** `onHeaders` may add to the lines of an answer. */
  constructor(kind: Kind<S>, maxPayload: number, onHeaders: OnHeaders = () => {}) {
    this.#server = new HoldingServer(kind, onHeaders, {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload,
    });
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: Done<S>): void {
    this.#server.handleUpgrade(request, socket, head, done as unknown as Done<WebSocket>);
  }
}

class HoldingServer<S extends LazyWebSocket> extends FewFragments<typeof WebSocket> {
  readonly #kind: Kind<S>;
  readonly #onHeaders: OnHeaders;

  constructor(kind: Kind<S>, onHeaders: OnHeaders, options: ServerOptions) {
    super(options);
    this.#kind = kind;
    this.#onHeaders = onHeaders;
  }

  /** In place of a private method of ws 8.23.0, which is called for each upgrade that is in order. */
  completeUpgrade(
    _extensions: object,
    key: string,
    [protocol]: ReadonlySet<string>,
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    done: Done<S>,
  ): void {
    if (!socket.readable || !socket.writable) {
      socket.destroy();
      return;
    }
    // The library's own, which it takes away here as well.
    const listener = socket.listeners('error').at(-1);
    if (listener) socket.removeListener('error', listener as () => void);
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${hash('sha1', key + acceptedBy, 'base64')}`,
    ];
    if (protocol) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
    this.#onHeaders(lines, request);
    const websocket = new this.#kind(null, undefined, this.options);
    websocket.hold(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`));
    websocket.setSocket(socket, head);
    done(websocket, request);
  }
}
