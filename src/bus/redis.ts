import { createClient } from '@redis/client';
import type { Bus, BusListener, Head, Telling } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import type { Position } from '../core/model.ts';
import { ForgeryReports, type FrameContent, Frames } from './frames.ts';

export type RedisBusOptions = {
  /** `redis[s]://user:password@host:port` */
  readonly url: string;
  /** Names this node among those of its log; another one each time it starts. */
  readonly node: string;
  /** Whose secret signs what passes through Redis. */
  readonly head: Pick<Head, 'secret' | 'epoch'>;
  readonly readHead: () => Promise<Position>;
  readonly onError?: (error: unknown) => void;
};

type Client = ReturnType<typeof makeClient>;

/** How often the head is asked for: all that a Redis that is away may cost. */
const askEveryMs = 250;
const tickEveryMs = 1_000;
/** When a Redis that does not bring back this node's own ticks counts as lost. */
const silenceMs = 3_500;
/** How long a Redis may take to let a connection go. */
const goodbyeMs = 200;
const connectTimeoutMs = 3_000;
const reconnectMs = 250;

/** Entries above this size are told of by their head only, and read from the store by whoever needs them. */
const entriesLimitCharacters = 256 * 1024;
/** What was handed to Redis and not taken yet; above it nothing more is. */
const unansweredLimit = { frames: 500, characters: 8_000_000 } as const;
/** What waits for the end of the turn; the rest of what is not worth keeping is left out. */
const waitingLimit = 5_000;

/**
 * Redis between the nodes: whole batches of entries, and what is not worth keeping, by PUBLISH alone; nothing is stored
 * there. Redis is no party to any promise: what it loses is read from the store, whose head is asked for all the time, and
 * what it brings is heard only when another node of this log has signed it.
 */
export class RedisBus implements Bus {
  readonly #options: RedisBusOptions;
  readonly #frames: Frames;
  readonly #forgeries: ForgeryReports;
  readonly #listeners: BusListener[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #gather: NodeJS.Immediate | undefined;
  #waitingEntries: Entry[] = [];
  #waitingTold: Telling[] = [];
  #unanswered = { frames: 0, characters: 0 };
  #heardOwnAtMs = 0;
  #isAway = false;
  #askedHead: Position = 0;
  #isAsking = false;
  #isClosed = false;

  private constructor(options: RedisBusOptions) {
    this.#options = options;
    this.#frames = new Frames(options.node, options.head);
    this.#forgeries = new ForgeryReports('Redis', 'write to it', options.onError);
  }

  /** Resolves once Redis is reached, or was tried in vain: it is tried again for as long as the bus lives. */
  static async open(options: RedisBusOptions): Promise<RedisBus> {
    const bus = new RedisBus(options);
    await bus.#connect();
    bus.#timers.push(setInterval(() => void bus.#askHead(false), askEveryMs).unref());
    bus.#timers.push(setInterval(() => bus.#tick(), tickEveryMs).unref());
    return bus;
  }

  announce(entries: readonly Entry[]): void {
    for (const listener of this.#listeners) listener.entries?.(entries);
    if (this.#client === undefined) return;
    this.#waitingEntries.push(...entries);
    this.#sendSoon();
  }

  tell(telling: Telling): void {
    // Nobody waits for what was told while Redis was away.
    if (this.#client === undefined || this.#waitingTold.length >= waitingLimit) return;
    this.#waitingTold.push(telling);
    this.#sendSoon();
  }

  get node(): string {
    return this.#options.node;
  }

  get isListening(): boolean {
    return this.#client !== undefined && performance.now() - this.#heardOwnAtMs < 2 * tickEveryMs;
  }

  subscribe(listener: BusListener): void {
    this.#listeners.push(listener);
    void this.#askHead(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#send();
    this.#isClosed = true;
    this.#listeners.length = 0;
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#reconnect);
    clearImmediate(this.#gather);
    const client = this.#client;
    this.#client = undefined;
    if (client?.isOpen) {
      // What was just said leaves; a Redis that takes nothing is not waited for.
      // It counts as closed from here on, whether or not it still waits.
      const patience = setTimeout(() => client.destroy(), goodbyeMs);
      await client.close().catch(() => undefined);
      clearTimeout(patience);
    }
    await this.#connecting;
  }

  /** Never rejects. */
  #connect(): Promise<void> {
    this.#connecting ??= this.#tryToConnect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #tryToConnect(): Promise<void> {
    const client = makeClient(this.#options.url);
    const lose = (error: unknown): void => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#complainOnce(error);
      this.#reconnectSoon();
    };
    client.on('error', lose);
    client.on('end', () => lose(new Error('The connection to Redis ended.')));
    // A Redis that stands still accepts connections and says nothing.
    const patience = setTimeout(() => client.isOpen && client.destroy(), connectTimeoutMs);
    try {
      await client.connect();
      await client.subscribe(this.#frames.channel, (text) => this.#hear(text));
      if (this.#isClosed) {
        client.destroy();
        return;
      }
      this.#client = client;
      this.#unanswered = { frames: 0, characters: 0 };
      this.#heardOwnAtMs = performance.now();
      this.#isAway = false;
    } catch (error) {
      if (client.isOpen) client.destroy();
      this.#complainOnce(error);
      this.#reconnectSoon();
      return;
    } finally {
      clearTimeout(patience);
    }
    this.#tick();
    await this.#askHead(true);
  }

  #reconnectSoon(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#reconnect);
    this.#reconnect = setTimeout(() => void this.#connect(), reconnectMs).unref();
  }

  /** Says that this node is here, and looks whether Redis still brings what is said. */
  #tick(): void {
    const client = this.#client;
    if (client === undefined) return;
    if (performance.now() - this.#heardOwnAtMs < silenceMs) {
      this.#publish(client, {});
      return;
    }
    this.#client = undefined;
    client.destroy();
    this.#complainOnce(new Error(`Redis has brought nothing for ${silenceMs} ms.`));
    this.#reconnectSoon();
  }

  #hear(text: string): void {
    if (this.#isClosed) return;
    const content = this.#frames.read(text);
    if (content === undefined) {
      this.#forgeries.report();
      return;
    }
    if (content.node === this.#options.node) {
      this.#heardOwnAtMs = performance.now();
      return;
    }
    const { entries, head, told = [] } = content;
    for (const listener of this.#listeners) {
      if (entries) listener.entries?.(entries);
      if (head !== undefined) listener.head?.(head);
      for (const telling of told) listener.told?.(telling, content.node);
    }
  }

  /** At the end of the turn in which a batch was answered, so that all of it travels together. */
  #sendSoon(): void {
    this.#gather ??= setImmediate(() => this.#send());
  }

  #send(): void {
    clearImmediate(this.#gather);
    this.#gather = undefined;
    const [entries, told] = [this.#waitingEntries.splice(0), this.#waitingTold.splice(0)];
    if (this.#client === undefined || entries.length + told.length === 0) return;
    this.#publish(this.#client, {
      ...(entries.length > 0 ? { entries } : {}),
      ...(told.length > 0 ? { told } : {}),
    });
  }

  #publish(client: Client, content: FrameContent): void {
    const unanswered = this.#unanswered;
    const isFull = unanswered.frames >= unansweredLimit.frames || unanswered.characters >= unansweredLimit.characters;
    if (isFull) return;
    const text = this.#write(content);
    unanswered.frames++;
    unanswered.characters += text.length;
    client
      .publish(this.#frames.channel, text)
      // Whoever loses the connection tells so itself, and what was lost is read from the store.
      .catch(() => undefined)
      .finally(() => {
        unanswered.frames--;
        unanswered.characters -= text.length;
      });
  }

  #write(content: FrameContent): string {
    const text = this.#frames.write(content);
    const last = content.entries?.at(-1);
    if (last === undefined || text.length <= entriesLimitCharacters) return text;
    const { entries: _, ...rest } = content;
    return this.#frames.write({ ...rest, head: last.position });
  }

  /** While Redis is well, a head is told only when what led to it had time to be brought. */
  async #askHead(isUrgent: boolean): Promise<void> {
    if (this.#listeners.length === 0 || this.#isAsking) return;
    this.#isAsking = true;
    try {
      const position = await this.#options.readHead();
      const told = isUrgent || this.#client === undefined ? position : this.#askedHead;
      this.#askedHead = position;
      for (const listener of this.#listeners) listener.head?.(told);
    } catch (error) {
      if (!this.#isClosed) this.#options.onError?.(error);
    } finally {
      this.#isAsking = false;
    }
  }

  /** Once for each time that it goes away. */
  #complainOnce(error: unknown): void {
    if (this.#isClosed || this.#isAway) return;
    this.#isAway = true;
    const words = error instanceof Error ? error.message || error.name : String(error);
    this.#options.onError?.(
      new Error(`Redis is away, and is tried again: ${words} Entries are read from the database meanwhile.`, {
        cause: error,
      }),
    );
  }
}

function makeClient(url: string) {
  return createClient({
    url,
    name: 'parlance',
    // Nothing waits in the client: what Redis cannot take now is left out.
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: { reconnectStrategy: false, connectTimeout: connectTimeoutMs },
  });
}
