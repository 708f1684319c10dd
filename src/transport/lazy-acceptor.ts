import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ServerOptions, WebSocket } from 'ws';
import { FewFragments } from './few-fragments.ts';
import type { LazyWebSocket } from './lazy-websocket.ts';

type Accept<S> = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  done: (websocket: S, request: IncomingMessage) => void,
) => void;

/** The library's own server, which checks upgrades and answers them, and makes a `Kind` of each in place of its websocket. */
export class LazyAcceptor<S extends LazyWebSocket> {
  readonly handleUpgrade: Accept<S>;

  /** `onHeaders` may add to the lines of an answer, and is told before it is written. */
  constructor(
    Kind: new (address: null, protocols: undefined, options: ServerOptions) => S,
    maxPayload: number,
    onHeaders: (lines: string[], request: IncomingMessage) => void,
  ) {
    const server = new FewFragments<typeof WebSocket>({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload,
      WebSocket: Kind as unknown as typeof WebSocket,
    });
    server.on('headers', onHeaders);
    this.handleUpgrade = server.handleUpgrade.bind(server) as unknown as Accept<S>;
  }
}
