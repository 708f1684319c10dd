import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/**
 * The one place where a client that comes by websocket at once is let past engine.io's middleware, for which the library makes a
 * chain of promises and something like a response for each. Everything else (polling, upgrades from it, whatever is refused) goes
 * the library's way as if this file were not there.
 */

/** What a request for a connection asks for. */
export type EngineRequest = IncomingMessage & {
  _query?: { readonly sid?: unknown; readonly transport?: unknown; readonly EIO?: unknown };
};

/** What engine.io 6.6.12 keeps private and this file needs. */
type EngineInside = {
  handleUpgrade(request: EngineRequest, socket: Duplex, head: Buffer): void;
  readonly prepare?: (request: EngineRequest) => void;
  readonly verify?: (request: EngineRequest, isUpgrade: true, done: (refusal?: number) => void) => void;
  readonly onWebSocket?: (request: EngineRequest, socket: Duplex, websocket: WebSocket) => void;
  readonly ws?: {
    handleUpgrade?(request: EngineRequest, socket: Duplex, head: Buffer, done: (websocket: WebSocket) => void): void;
  };
};

/** Longer addresses, which carry tokens, are no two alike. */
const commonUrlLimit = 100;

/** `take` gets those of Engine.IO 4, if anybody wants them. `mayCome`: would the middleware let this newcomer pass? Headers that it would set must be set when engine.io tells of `headers`. */
export function upgradeStraight(
  engine: object,
  mayCome: (request: EngineRequest) => boolean,
  take?: (request: EngineRequest, socket: Duplex, head: Buffer) => void,
): void {
  const inside = engine as EngineInside;
  const { prepare, verify, onWebSocket } = inside;
  if (prepare === undefined || verify === undefined || onWebSocket === undefined) return;
  const libraryWay = inside.handleUpgrade;
  let common: { readonly url: string | undefined; readonly query: EngineRequest['_query'] } | undefined;

  /** Most clients of a server ask in the same words. */
  const readQuery = (request: EngineRequest): EngineRequest['_query'] => {
    const { url } = request;
    if (common !== undefined && url === common.url) request._query = common.query;
    else {
      prepare.call(engine, request);
      const isCommon = url !== undefined && url.length <= commonUrlLimit;
      if (isCommon) common = { url, query: Object.freeze(request._query) };
    }
    return request._query;
  };

  inside.handleUpgrade = (request, socket, head) => {
    const query = readQuery(request);
    const { ws } = inside;
    const isNewcomer = request.method === 'GET' && query?.transport === 'websocket' && query.sid === undefined;
    if (!isNewcomer || typeof ws?.handleUpgrade !== 'function' || !mayCome(request)) {
      libraryWay.call(engine, request, socket, head);
      return;
    }
    verify.call(engine, request, true, (refusal) => {
      if (refusal !== undefined) libraryWay.call(engine, request, socket, head);
      else if (query.EIO === '4' && take !== undefined) take(request, socket, head);
      else {
        ws.handleUpgrade?.(request, socket, Buffer.from(head), (websocket) =>
          onWebSocket.call(engine, request, socket, websocket),
        );
      }
    });
  };
}
