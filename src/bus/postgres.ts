import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Bus, BusListener, Head, Telling } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import type { Position } from '../core/model.ts';
import { ForgeryReports, Frames } from './frames.ts';
import { type Packed, packTelling, readHead, writePayloads } from './tellings.ts';

export type PostgresBusOptions = {
  /** The database of the store, whose appends notify of the new head. */
  readonly url: string;
  /** Names this node; the store is given the same name. */
  readonly node: string;
  /** Whose secret signs what is told. */
  readonly head: Pick<Head, 'secret' | 'epoch'>;
  readonly readHead: () => Promise<Position>;
  readonly onError?: (error: unknown) => void;
};

const headChannel = 'parlance_head';
const tell = 'SELECT pg_notify($1, $2)';
const reconnectMs = 200;
/** How often the head is asked for, since nothing follows the last lost notification. */
const askEveryMs = 750;
const answerTimeoutMs = 5_000;
/** How long a database may take to let a connection go. */
const goodbyeMs = 1_000;
/** How long this node's own entries may be on their way before they are read: their answer may have got lost. */
const ownPatienceMs = 250;
/** What is not worth keeping waits no longer than this for company. */
const gatherMs = 2;
/** What is above it is left out. */
const waitingLimitBytes = 4_000_000;
/** Without a word of its own for so long, a node does not know whether it hears the others. */
const echoPatienceMs = 2_500;

/**
 * PostgreSQL's LISTEN/NOTIFY between the nodes of one database. The store notifies of a new head in the committing
 * transaction itself, so that no entry goes unannounced even when its node dies; this bus listens, and carries ephemeral
 * events, signed, since whoever is connected to the database may notify. A lost connection is made again, and then the head asked for.
 */
export class PostgresBus implements Bus {
  readonly #options: PostgresBusOptions;
  readonly #frames: Frames;
  readonly #forgeries: ForgeryReports;
  readonly #listeners: BusListener[] = [];
  #client: pg.Client | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  readonly #ask: NodeJS.Timeout;
  #own: NodeJS.Timeout | undefined;
  #gather: NodeJS.Timeout | undefined;
  #waiting: Packed[] = [];
  #waitingBytes = 0;
  #isSending = false;
  #heardOwnAtMs = 0;
  #isAsking = false;
  #isProbing = false;
  #isAway = false;
  #isClosed = false;

  private constructor(options: PostgresBusOptions) {
    this.#options = options;
    this.#frames = new Frames(options.node, options.head);
    this.#forgeries = new ForgeryReports('PostgreSQL', 'notify in its database', options.onError);
    this.#ask = setInterval(() => {
      void this.#askHead();
      void this.#probe();
    }, askEveryMs);
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
    for (const listener of this.#listeners) listener.entries?.(entries);
  }

  tell(telling: Telling): void {
    // Nobody waits for what was told while the connection was away.
    if (this.#client === undefined || this.#waitingBytes >= waitingLimitBytes) return;
    const packed = packTelling(telling);
    if (packed === undefined) return;
    this.#waiting.push(packed);
    this.#waitingBytes += packed.bytes;
    if (!this.#isSending) this.#gather ??= setTimeout(() => void this.#sendTellings(), gatherMs);
  }

  get node(): string {
    return this.#options.node;
  }

  get isListening(): boolean {
    return this.#client !== undefined && performance.now() - this.#heardOwnAtMs < echoPatienceMs;
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
    const ended = client?.end().catch(() => undefined);
    await Promise.race([ended, wait(goodbyeMs, undefined, { ref: false })]);
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
      isLost = true;
      this.#drop(client, error ?? new Error('The connection on which the other nodes are heard has ended.'));
    };
    client.on('notification', ({ channel, payload = '' }) => this.#hear(channel, payload));
    client.on('error', lose);
    await client.connect();
    client.on('end', () => lose());
    try {
      await client.query(`LISTEN ${headChannel}; LISTEN "${this.#frames.channel}"`);
    } catch (error) {
      // A standby takes connections, and lets nobody listen: one for each attempt would soon be all that it has.
      void client.end().catch(() => undefined);
      throw error;
    }
    if (isLost || this.#isClosed) {
      await client.end().catch(() => undefined);
      if (isLost) throw new Error('The connection was lost as soon as it was made.');
      return;
    }
    this.#client = client;
    this.#heardOwnAtMs = performance.now();
    await this.#askHead();
  }

  /** It is no good any more; another one is made. */
  #drop(client: pg.Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    [this.#waiting, this.#waitingBytes] = [[], 0];
    void client.end().catch(() => undefined);
    if (this.#isClosed) return;
    this.#options.onError?.(error);
    this.#reconnectSoon();
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
      const head = readHead(payload);
      if (head?.node === this.#options.node) this.#hearOwn(head.position);
      else if (head) this.#tellHead(head.position);
      return;
    }
    const content = this.#frames.read(payload);
    if (content === undefined) {
      this.#forgeries.report();
      return;
    }
    if (content.node === this.#options.node) {
      this.#heardOwnAtMs = performance.now();
      return;
    }
    for (const telling of content.told ?? []) {
      for (const listener of this.#listeners) listener.told?.(telling, content.node);
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
    for (const listener of this.#listeners) listener.head?.(position);
  }

  async #askHead(): Promise<void> {
    if (this.#listeners.length === 0 || this.#isAsking) return;
    this.#isAsking = true;
    try {
      this.#tellHead(await this.#options.readHead());
      this.#isAway = false;
    } catch (error) {
      // Once for each time that the database goes away.
      if (!this.#isClosed && !this.#isAway) this.#options.onError?.(error);
      this.#isAway = true;
    } finally {
      this.#isAsking = false;
    }
  }

  /** A connection can be dead without a sign. */
  async #probe(): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#isProbing) return;
    this.#isProbing = true;
    await client.query('SELECT 1').catch((error: unknown) => this.#drop(client, error));
    this.#isProbing = false;
  }

  /** One lot at a time: what is told meanwhile waits, and is packed together. */
  async #sendTellings(): Promise<void> {
    this.#gather = undefined;
    this.#isSending = true;
    while (this.#client !== undefined && this.#waiting.length > 0) {
      const client = this.#client;
      const payloads = writePayloads(this.#waiting.splice(0), this.#frames);
      this.#waitingBytes = 0;
      const values = (payload: string) => ({ name: 'tell', text: tell, values: [this.#frames.channel, payload] });
      // The connection's own listener knows already when it is lost.
      await Promise.all(payloads.map((payload) => client.query(values(payload)).catch(() => undefined)));
    }
    this.#isSending = false;
  }
}
