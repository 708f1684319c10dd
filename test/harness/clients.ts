import { createRequire } from 'node:module';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import type { MessageId } from '../../src/dialects/asyncapi-document.ts';
import type { DialectName } from '../../src/dialects/dialect.ts';
import { type Mount, mountOf, objectionTo } from './conformity.ts';
import { until } from './until.ts';

/** Real clients of three ages and plain WebSockets, each with a record of everything that it hears. */

/** One thing heard: an event, or the answer to an acknowledgement that was asked for with `says`. */
export type Heard = { readonly name: string; readonly payload: unknown; readonly isAck?: true };

/** One frame of a connection, in or out, as its dialect's document names it: `server.receive_message`. */
export type Exchanged = { readonly id: MessageId; readonly payload: unknown };

/** What the Socket.IO clients of all ages have in common. */
type IoClient = {
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  connect(): unknown;
  close(): unknown;
  onevent(packet: { readonly data: readonly unknown[] }): void;
  readonly io: {
    on(event: 'packet', listener: (packet: { nsp: string; type: number; data?: unknown }) => void): unknown;
    readonly engine: { close(): void; readonly transport: { readonly name: string } };
  };
};
type Io = (url: string, options: object) => IoClient;

/** The type of event packets in the protocol. */
const packetEvent = 2;

const require = createRequire(import.meta.url);
const ages: { readonly [age in 2 | 3 | 4]: Io } = {
  4: io as unknown as Io,
  3: (require('socket.io-client-3') as { io: Io }).io,
  2: require('socket.io-client-2') as Io,
};

export type Dialling = {
  readonly token?: string;
  /** Where the token stands; default `auth` on Socket.IO, `header` on plain WebSockets. */
  readonly by?: 'auth' | 'header' | 'query' | 'cookie' | 'nothing';
  readonly age?: 2 | 3 | 4;
  readonly transports?: readonly string[];
  readonly headers?: { readonly [name: string]: string };
  readonly auth?: object;
  readonly query?: { readonly [name: string]: string };
  /** Plain WebSockets: the path after `/ws/chat/`, with its query. */
  readonly room?: string;
};

/** One client with what it has heard and not yet been asked about. */
export abstract class Client {
  /** Everything heard that nobody has asked about yet, in order. */
  readonly heard: Heard[] = [];
  /** Everything said and heard so far, in order. */
  readonly exchanged: Exchanged[] = [];
  /** Frames that no document shows. */
  readonly objections: string[] = [];
  /** Resume offsets, oldest first. */
  readonly offsets: string[] = [];
  readonly mount: Mount;
  /** Why the connection was refused or has ended. */
  end: { readonly code?: number; readonly words: string } | undefined;

  constructor(mount: Mount) {
    this.mount = mount;
  }

  abstract connected(): Promise<void>;
  /** `wantsAck`: the answer of the acknowledgement is recorded among what is heard. */
  abstract say(event: string, args: readonly unknown[], wantsAck: boolean): void;
  /** Goes, as a client does that closes its app. */
  abstract close(): void;
  /** Loses its transport without a word. */
  abstract cut(): void;

  /** The next thing heard, which is then no longer in `heard`. */
  async next(what: string): Promise<Heard> {
    await until(
      () => this.heard.length > 0,
      () => `${what}: nothing came${this.end ? `, the connection has ended (${this.end.words})` : ''}`,
    );
    return this.heard.shift() as Heard;
  }

  /** Resolves with how the connection ended. */
  ended(): Promise<NonNullable<Client['end']>> {
    return until(
      () => this.end,
      () => 'the connection has not ended',
    );
  }

  /** What was said as no document shows and not refused, unless the connection ended over it. */
  tolerated(): string[] {
    const unfit = this.exchanged.flatMap(({ id, payload }) => {
      const objection = id.startsWith('client.') ? objectionTo(this.mount, id, [payload]) : undefined;
      return objection === undefined ? [] : [objection];
    });
    const refused = this.exchanged.filter(({ id }) => id === 'server.error').length;
    return this.end || unfit.length <= refused ? [] : [`only ${refused} refused of:`, ...unfit];
  }

  protected record(name: string, args: readonly unknown[]): void {
    const id: MessageId = `server.${name}`;
    this.exchanged.push({ id, payload: args[0] });
    const objection = objectionTo(this.mount, id, args);
    if (objection !== undefined) this.objections.push(objection);
    this.heard.push({ name, payload: args[0] });
  }
}

class SocketIoClient extends Client {
  readonly #socket: IoClient;
  readonly #age: number;
  #isConnected = false;

  constructor(address: string, mount: Mount, dialling: Dialling) {
    super(mount);
    const { token, by = 'auth', age = 4 } = dialling;
    this.#age = age;
    const query = { ...(by === 'query' ? { token: token ?? '' } : {}), ...dialling.query };
    const options = {
      forceNew: true,
      reconnection: false,
      transports: dialling.transports ?? ['websocket'],
      auth: { ...(by === 'auth' && token !== undefined ? { token } : {}), ...dialling.auth },
      query,
      extraHeaders: {
        ...(by === 'header' ? { Authorization: token ?? '' } : {}),
        ...(by === 'cookie' ? { Cookie: `token=${token}` } : {}),
        ...dialling.headers,
      },
    };
    const url = `${address}${mount === '/' ? '' : mount}`;
    this.#socket = (ages[age] as Io)(url, options);
    this.#socket.on('connect', () => {
      this.#isConnected = true;
      this.end = undefined;
    });
    this.#socket.on('connect_error', (error: Error) => {
      this.end = { words: error.message };
    });
    this.#socket.on('disconnect', (words: string) => {
      this.#isConnected = false;
      this.end = { words };
    });
    // Clients before the third have no other way to hear of every event.
    const { onevent } = this.#socket;
    this.#socket.onevent = (packet) => {
      this.#hear(packet.data);
      onevent.call(this.#socket, packet);
    };
    // A refused connection of the second age is told so by an event of the library's own.
    if (age === 2) {
      // Opens `/` beside its own namespace without anybody listening there: nothing may be said to it.
      this.#socket.io.on('packet', ({ nsp, type, data }) => {
        if (nsp !== mount && type === packetEvent) this.objections.push(`said in ${nsp}: ${JSON.stringify(data)}`);
      });
      this.#socket.on('error', (error: unknown) => {
        if (!this.#isConnected) this.end = { words: String(error) };
      });
    }
  }

  #hear(data: readonly unknown[]): void {
    const [name, ...args] = data;
    if (name !== 'position') {
      this.record(String(name), args);
      return;
    }
    const [offset] = args;
    // A client of the third age speaks the protocol of the fourth, so that nobody can tell it from one that resumes.
    if (this.#age !== 2 && args.length === 1 && typeof offset === 'string') this.offsets.push(offset);
    else this.objections.push(`position ${JSON.stringify(args)}: this client cannot use it`);
  }

  get transportName(): string {
    return this.#socket.io.engine.transport.name;
  }

  async connected(): Promise<void> {
    await until(
      () => this.#isConnected || this.end !== undefined,
      () => 'could not connect',
    );
    if (this.end) throw new Error(`refused: ${this.end.words}`);
  }

  say(event: string, args: readonly unknown[], wantsAck: boolean): void {
    this.exchanged.push({ id: `client.${event}`, payload: args[0] });
    if (!wantsAck) this.#socket.emit(event, ...args);
    else {
      this.#socket.emit(event, ...args, (...answer: unknown[]) => {
        const id: MessageId = isRefused(answer[0]) ? 'ack.error' : `ack.${event}`;
        this.exchanged.push({ id, payload: answer[0] });
        const objection = objectionTo(this.mount, id, answer) ?? this.#unfitAndGranted(id, event, args);
        if (objection !== undefined) this.objections.push(objection);
        this.heard.push({ name: event, payload: answer[0], isAck: true });
      });
    }
  }

  /** What was granted must have been asked for as some document shows. */
  #unfitAndGranted(id: MessageId, event: string, args: readonly unknown[]): string | undefined {
    const objection = id === 'ack.error' ? undefined : objectionTo(this.mount, `client.${event}`, args);
    return objection && `granted: ${objection}`;
  }

  close(): void {
    this.#socket.close();
  }

  cut(): void {
    this.#socket.io.engine.close();
  }
}

class PlainClient extends Client {
  readonly #socket: WebSocket;
  #isOpen = false;

  constructor(address: string, { token, by = 'header', room = '', headers, query }: Dialling) {
    super('/ws/chat');
    const url = new URL(`${address.replace('http', 'ws')}/ws/chat/${room}`);
    if (by === 'query') url.searchParams.set('token', token ?? '');
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    this.#socket = new WebSocket(url, {
      headers: {
        ...(by === 'header' ? { authorization: token ?? '' } : {}),
        ...(by === 'cookie' ? { cookie: `token=${token}` } : {}),
        ...headers,
      },
    });
    this.#socket.on('open', () => {
      this.#isOpen = true;
    });
    this.#socket.on('message', (data, isBinary) => {
      if (isBinary) this.objections.push('a binary frame');
      const payload = JSON.parse(String(data));
      this.record(payload.type ?? ('error' in payload ? 'error' : 'a frame without type'), [payload]);
    });
    this.#socket.on('error', (error) => {
      this.end ??= { words: error.message };
    });
    this.#socket.on('close', (code, reason) => {
      this.end = { code, words: `${code} ${reason}` };
    });
  }

  async connected(): Promise<void> {
    await until(
      () => this.#isOpen || this.end !== undefined,
      () => 'could not connect',
    );
  }

  /** The event has no name here; text goes as it is, anything else as JSON. */
  say(_event: string, [payload]: readonly unknown[]): void {
    const isRaw = typeof payload === 'string' || Buffer.isBuffer(payload);
    if (!isRaw) this.exchanged.push({ id: 'client.message', payload });
    this.#socket.send(isRaw ? payload : JSON.stringify(payload));
  }

  close(): void {
    this.#socket.close();
  }

  cut(): void {
    this.#socket.terminate();
  }
}

function isRefused(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && Reflect.get(answer, 'event') === 'error';
}

/** Dials in the way of a dialect's own document; listens from the first moment on. */
export function dial(address: string, dialect: DialectName, dialling: Dialling): Client {
  const mount = mountOf(dialect);
  return mount === '/ws/chat' ? new PlainClient(address, dialling) : new SocketIoClient(address, mount, dialling);
}
