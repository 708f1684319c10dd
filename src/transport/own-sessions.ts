import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Deadlines } from './deadlines.ts';
import { LazyAcceptor } from './lazy-acceptor.ts';
import { lenientParser } from './lenient-parser.ts';
import { OwnSession, type SessionHouse, SessionSocket } from './own-session.ts';

type Options = Omit<SessionHouse, 'pings' | 'silences' | 'decoder' | 'left'> & {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly maxPayloadBytes: number;
  makeId(): string;
  /** Headers of the answer to this request. */
  headersFor(request: IncomingMessage): { readonly [name: string]: string };
};

const closeWithinMs = 1_000;

/** The sessions that are ours. */
export class OwnSessions {
  readonly #options: Options;
  readonly #house: SessionHouse;
  readonly #all = new Set<OwnSession>();
  readonly #acceptor: LazyAcceptor<SessionSocket>;

  constructor(options: Options) {
    this.#options = options;
    const { pingIntervalMs, pingTimeoutMs, maxPayloadBytes } = options;
    this.#house = {
      ...options,
      pings: new Deadlines(pingIntervalMs, (session) => session.ping()),
      silences: new Deadlines(pingTimeoutMs, (session) => session.silent()),
      decoder: lenientParser(maxPayloadBytes).Decoder,
      left: (session) => this.#all.delete(session),
    };
    this.#acceptor = new LazyAcceptor(SessionSocket, maxPayloadBytes, (lines, request) => {
      for (const [name, value] of Object.entries(options.headersFor(request))) lines.push(`${name}: ${value}`);
    });
  }

  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { makeId, pingIntervalMs, pingTimeoutMs, maxPayloadBytes } = this.#options;
    this.#acceptor.handleUpgrade(request, socket, head, (websocket) => {
      const session = new OwnSession(websocket, request, this.#house);
      this.#all.add(session);
      const open = {
        sid: makeId(),
        upgrades: [],
        pingInterval: pingIntervalMs,
        pingTimeout: pingTimeoutMs,
        maxPayload: maxPayloadBytes,
      };
      session.begin(`0${JSON.stringify(open)}`);
    });
  }

  /** Ends every session; resolves when their sockets are closed, at the latest after a second. */
  async close(): Promise<void> {
    const closed = Array.from(this.#all, (session) => {
      session.close();
      return session.websocket.whenClosed();
    });
    const timer = setTimeout(() => {
      for (const { websocket } of this.#all) websocket.terminate();
    }, closeWithinMs);
    await Promise.all(closed);
    clearTimeout(timer);
    this.#house.pings[Symbol.dispose]();
    this.#house.silences[Symbol.dispose]();
  }
}
