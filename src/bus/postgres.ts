import pg from 'pg';
import type { Bus, BusListener } from '../app/ports.ts';
import type { Entry, EphemeralEvent } from '../core/events.ts';
import type { Position, TimeMs } from '../core/model.ts';
import { packTellings, readTelling, type Telling } from './tellings.ts';

export type PostgresBusOptions = {
  /** The database of the store, whose appends ring the doorbell. */
  readonly url: string;
  /** Names this node; the store is given the same name. */
  readonly node: string;
  readonly readHead: () => Promise<Position>;
  readonly onError?: (error: unknown) => void;
};

const headChannel = 'parlance_head';
const ephemeralChannel = 'parlance_ephemeral';
const reconnectMs = 200;
/** How often the head is asked for, since nothing follows the last lost notification. */
const askEveryMs = 2_000;
const answerTimeoutMs = 5_000;
/** How long this node's own entries may be on their way before they are read: their answer may have got lost. */
const ownPatienceMs = 250;
/** What is not worth keeping waits no longer than this for company. */
const gatherMs = 2;
const waitingLimit = 1_000;

/**
 * PostgreSQL's LISTEN/NOTIFY between the nodes of one database. The store notifies of a new head in the committing
 * transaction itself, so that no entry goes unannounced even when its node dies; this bus listens, and carries ephemeral
 * events. A lost connection is made again, and then the head asked for.
 */
export class PostgresBus implements Bus {
  readonly #options: PostgresBusOptions;
  readonly #listeners: BusListener[] = [];
  #client: pg.Client | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  readonly #ask: NodeJS.Timeout;
  #own: NodeJS.Timeout | undefined;
  #gather: NodeJS.Timeout | undefined;
  #waiting: Telling[] = [];
  #isAsking = false;
  #isClosed = false;

  private constructor(options: PostgresBusOptions) {
    this.#options = options;
    this.#ask = setInterval(() => void this.#askHead(), askEveryMs);
    this.#ask.unref();
  }

  /** Resolves once the bus listens; rejects when the database cannot be reached. */
  static async open(options: PostgresBusOptions): Promise<PostgresBus> {
    const bus = new PostgresBus(options);
    try {
      await bus.#connect();
    } catch (error) {
      await bus[Symbol.asyncDispose]();
      throw error;
    }
    return bus;
  }

  announce(entries: readonly Entry[]): void {
    for (const listener of this.#listeners) listener.entries(entries);
  }

  tell(event: EphemeralEvent, at: TimeMs): void {
    for (const listener of this.#listeners) listener.ephemeral(event, at);
    // Nobody waits for what was told while the connection was away.
    if (this.#client === undefined || this.#waiting.length >= waitingLimit) return;
    this.#waiting.push({ event, at });
    this.#gather ??= setTimeout(() => this.#sendTellings(), gatherMs);
  }

  subscribe(listener: BusListener): void {
    this.#listeners.push(listener);
    void this.#askHead();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#listeners.length = 0;
    clearInterval(this.#ask);
    for (const timer of [this.#reconnect, this.#own, this.#gather]) clearTimeout(timer);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      fallback_application_name: 'parlance bus',
      keepAlive: true,
      connectionTimeoutMillis: answerTimeoutMs,
      query_timeout: answerTimeoutMs,
      pipeline: true,
      // What is told here is worth no fsync.
      options: '-c synchronous_commit=off',
    });
    let isLost = false;
    const lose = (error?: unknown): void => {
      if (isLost) return;
      isLost = true;
      if (this.#client === client) this.#client = undefined;
      if (this.#isClosed) return;
      if (error !== undefined) this.#options.onError?.(error);
      this.#reconnectSoon();
    };
    client.on('notification', ({ channel, payload = '' }) => this.#hear(channel, payload));
    client.on('error', lose);
    await client.connect();
    client.on('end', () => lose());
    await client.query(`LISTEN ${headChannel}; LISTEN ${ephemeralChannel}`);
    if (isLost || this.#isClosed) {
      await client.end().catch(() => undefined);
      return;
    }
    this.#client = client;
    await this.#askHead();
  }

  #reconnectSoon(): void {
    if (this.#isClosed || this.#reconnect !== undefined) return;
    this.#reconnect = setTimeout(() => {
      this.#reconnect = undefined;
      this.#connect().catch(() => this.#reconnectSoon());
    }, reconnectMs);
  }

  #hear(channel: string, payload: string): void {
    if (channel === headChannel) {
      const [position, node] = payload.split(' ');
      if (node === this.#options.node) this.#hearOwn(Number(position));
      else this.#tellHead(Number(position));
      return;
    }
    for (const { event, at } of readTelling(payload, this.#options.node)) {
      for (const listener of this.#listeners) listener.ephemeral(event, at);
    }
  }

  /** Announced by this node itself as soon as the answer comes, unless that got lost. */
  #hearOwn(position: Position): void {
    this.#own ??= setTimeout(() => {
      this.#own = undefined;
      this.#tellHead(position);
    }, ownPatienceMs);
  }

  #tellHead(position: Position): void {
    for (const listener of this.#listeners) listener.head(position);
  }

  async #askHead(): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#listeners.length === 0 || this.#isAsking) return;
    this.#isAsking = true;
    try {
      // The first finds out whether the connection still hears anything.
      const [, position] = await Promise.all([client.query('SELECT 1'), this.#options.readHead()]);
      this.#tellHead(position);
    } catch (error) {
      if (!this.#isClosed) this.#options.onError?.(error);
    } finally {
      this.#isAsking = false;
    }
  }

  #sendTellings(): void {
    this.#gather = undefined;
    const client = this.#client;
    for (const payload of packTellings(this.#waiting.splice(0), this.#options.node)) {
      client?.query({ name: 'tell', text: `SELECT pg_notify('${ephemeralChannel}', $1)`, values: [payload] }).catch(
        // The connection's own listener knows already.
        () => undefined,
      );
    }
  }
}
