import { type ServerOptions, WebSocketServer } from 'ws';

/**
 * More than any client has a reason for: each fragment costs a hundred bytes or so beside its content, which may be one byte. The
 * library's own limit is sixteen times as high.
 */
const maxFragments = 1024;

/** The library's server, except that a message in too many fragments closes its connection with 1008. */
export class FewFragments<S extends typeof import('ws').WebSocket> extends WebSocketServer<S> {
  constructor(options: ServerOptions<S>) {
    // Younger than the library's published types.
    const limited: ServerOptions<S> & { readonly maxFragments: number } = { ...options, maxFragments };
    super(limited);
  }
}
