import { WebSocket } from 'ws';
import { until } from '../harness/until.ts';

/**
 * What apps in Flutter put on the wire, read in the sources of Dart's own WebSocket, of socket_io_client 1, 2 and 3, and of
 * web_socket_channel. No Dart runs here.
 */

/** A WebSocket as Dart opens it: no origin, a length although nothing follows, and compression if the server wants it. */
export function dartWebSocket(url: string, headers: { readonly [name: string]: string } = {}): WebSocket {
  const websocket = new WebSocket(url, {
    perMessageDeflate: true,
    headers: {
      'user-agent': 'Dart/3.3 (dart:io)',
      'cache-control': 'no-cache',
      'accept-encoding': 'gzip',
      'content-length': '0',
      ...headers,
    },
  });
  websocket.on('error', () => {});
  return websocket;
}

export type FlutterOptions = {
  /** Which line of socket_io_client; the first speaks Engine.IO 3. */
  readonly line: 1 | 2 | 3;
  readonly namespace: '/' | '/chat';
  readonly token: string;
  readonly by: 'auth' | 'header' | 'query';
};

/** One call of a handler. */
export type Call = { readonly event: string; readonly argument: unknown };

/** A socket of socket_io_client with `setTransports(['websocket'])`. */
export class FlutterSocket implements Disposable {
  readonly #options: FlutterOptions;
  readonly #address: string;
  #websocket: WebSocket | undefined;
  #askedFor = 0;
  readonly #acks = new Map<number, (answer: unknown) => void>();
  /** Kept when the connection is lost. Without a place it shows null. */
  #pid: string | undefined;
  #lastOffset: string | null = null;
  isConnected = false;
  isRecovered = false;
  /** What the handshake was refused with. */
  refusal: unknown;
  readonly calls: Call[] = [];

  constructor(address: string, options: FlutterOptions) {
    this.#address = address;
    this.#options = options;
    this.connect();
  }

  connect(): void {
    const { line, token, by } = this.#options;
    const url = new URL(`${this.#address.replace('http', 'ws')}/socket.io/`);
    url.searchParams.set('EIO', line === 1 ? '3' : '4');
    url.searchParams.set('transport', 'websocket');
    if (by === 'query') url.searchParams.set('token', token);
    const websocket = dartWebSocket(String(url), by === 'header' ? { Authorization: `Bearer ${token}` } : {});
    websocket.on('message', (data) => this.#hear(String(data)));
    websocket.on('close', () => {
      if (websocket === this.#websocket) this.isConnected = false;
    });
    this.#websocket = websocket;
  }

  /** Loses its connection without a word. */
  cut(): void {
    this.#websocket?.terminate();
  }

  /** As if it had been cut off before it was told one. */
  forgetPlace(): void {
    this.#lastOffset = null;
  }

  async connected(): Promise<void> {
    await until(
      () => this.isConnected,
      () => `not connected; refused: ${JSON.stringify(this.refusal)}`,
    );
  }

  heard(event: string): unknown[] {
    return this.calls.filter((call) => call.event === event).map(({ argument }) => argument);
  }

  async hears(event: string, times: number): Promise<unknown[]> {
    await until(
      () => this.heard(event).length >= times,
      () => JSON.stringify(this.calls),
    );
    return this.heard(event);
  }

  /** `emitWithAck`: resolves with what its function is called with. */
  ask(event: string, data: unknown): Promise<unknown> {
    const id = this.#askedFor++;
    this.#packet(`2${this.#prefix}${id}${JSON.stringify([event, data])}`);
    return new Promise((resolve) => this.#acks.set(id, resolve));
  }

  [Symbol.dispose](): void {
    this.#websocket?.terminate();
  }

  get #prefix(): string {
    return this.#options.namespace === '/' ? '' : `${this.#options.namespace},`;
  }

  #packet(text: string): void {
    this.#websocket?.send(`4${text}`);
  }

  #hear(text: string): void {
    const { line } = this.#options;
    if (text.startsWith('0')) this.#opened();
    else if (text === '2' && line > 1) this.#websocket?.send('3');
    else if (text.startsWith('4')) this.#hearPacket(text.slice(1));
    else if (text !== '3' || line > 1) throw new Error(`engine packet ${text}`);
  }

  #opened(): void {
    const { line, namespace, token, by } = this.#options;
    if (line === 1) {
      // On `/` it waits for what the server says by itself; elsewhere its query stands behind the name.
      if (namespace !== '/') this.#packet(`0${namespace}${by === 'query' ? `?token=${token}` : ''},`);
      return;
    }
    const auth = by === 'auth' ? { token } : undefined;
    const data = this.#pid === undefined ? auth : { pid: this.#pid, offset: this.#lastOffset, ...auth };
    this.#packet(`0${this.#prefix}${data === undefined ? '' : JSON.stringify(data)}`);
  }

  #hearPacket(text: string): void {
    const [, type = '', namespace = '/', id, body] = /^(\d)(?:(\/[^,]*),?)?(\d+)?(.*)$/s.exec(text) ?? [];
    if (namespace !== this.#options.namespace) return;
    const data = body ? (JSON.parse(body) as unknown) : undefined;
    if (type === '0') this.#entered(data as { sid?: string; pid?: string } | undefined);
    else if (type === '2') this.#hearEvent(data as unknown[]);
    else if (type === '3') this.#acknowledged(Number(id), data as unknown[]);
    else if (type === '4') this.refusal = data;
    else throw new Error(`packet ${text}`);
  }

  #entered(data: { sid?: string; pid?: string } | undefined): void {
    if (this.#options.line > 1) {
      if (data?.sid === undefined) throw new Error('entered without a sid, as a server of the second line says it');
      this.isRecovered = data.pid !== undefined && data.pid === this.#pid;
      this.#pid = data.pid;
    }
    this.isConnected = true;
  }

  /** A handler has one parameter: of several arguments it would be handed a list. */
  #hearEvent([event, ...args]: unknown[]): void {
    this.calls.push({ event: String(event), argument: args.length > 1 ? args : args[0] });
    const last = args.at(-1) ?? event;
    if (this.#pid !== undefined && typeof last === 'string') this.#lastOffset = last;
  }

  /** Its function is called with all that was answered, and has to have as many parameters. */
  #acknowledged(id: number, args: readonly unknown[]): void {
    if (args.length !== 1) throw new Error(`an acknowledgement with ${args.length} arguments`);
    this.#acks.get(id)?.(args[0]);
  }
}
