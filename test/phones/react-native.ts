import { readFileSync } from 'node:fs';
import { Agent, type ClientRequest, request } from 'node:http';
import { createRequire } from 'node:module';
import { createContext, Script } from 'node:vm';
import { WebSocket } from 'ws';

/**
 * socket.io-client as an app in React Native has it: the build for browsers, in a world without a document, a location or a
 * window's events, whose WebSocket takes headers and names the server's own origin. What it says on the wire is what that
 * library decides there; React Native itself does not run here.
 */

/** What the clients of all ages have in common. */
export type PhoneSocket = {
  readonly connected: boolean;
  readonly active?: boolean;
  readonly recovered?: boolean;
  auth?: object | ((give: (auth: object) => void) => void);
  readonly io: { readonly engine: { readonly transport: { readonly name: string } } };
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  connect(): unknown;
  disconnect(): unknown;
};
type Io = (url: string, options: object) => PhoneSocket;

const resolve = createRequire(import.meta.url).resolve;
const builds: { readonly [age in 2 | 3 | 4]: string } = {
  2: resolve('socket.io-client-2/dist/socket.io.js'),
  3: resolve('socket.io-client-3/dist/socket.io.js'),
  4: resolve('socket.io-client/dist/socket.io.js'),
};

export function ioInReactNative(age: 2 | 3 | 4): Io {
  const app: { [name: string]: unknown } = {
    console,
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    Promise,
    ArrayBuffer,
    Uint8Array,
    navigator: { product: 'ReactNative' },
    WebSocket: PhoneWebSocket,
    XMLHttpRequest: PhoneXmlHttpRequest,
    module: { exports: {} },
  };
  for (const name of ['global', 'globalThis', 'self', 'window']) app[name] = app;
  app.exports = (app.module as { exports: unknown }).exports;
  createContext(app);
  new Script(readFileSync(builds[age], 'utf8'), { filename: builds[age] }).runInContext(app);
  return (app.module as { exports: unknown }).exports as Io;
}

/** As the Android part of React Native asks: with the server's own origin, and willing to compress. */
class PhoneWebSocket extends WebSocket {
  constructor(url: string, protocols?: string | string[], { headers }: { headers?: { [name: string]: string } } = {}) {
    const { protocol, host } = new URL(url);
    super(url, protocols ?? [], {
      perMessageDeflate: true,
      headers: { origin: `${protocol.replace('ws', 'http')}//${host}`, 'user-agent': 'okhttp/4.12.0', ...headers },
    });
    this.on('error', () => {});
  }
}

const agent = new Agent({ keepAlive: true });

/** As much of it as the library uses for polling. */
class PhoneXmlHttpRequest {
  readyState = 0;
  status = 0;
  responseText = '';
  onreadystatechange: (() => void) | undefined;
  #request: ClientRequest | undefined;
  #isAborted = false;

  open(method: string, url: string): void {
    this.#request = request(url, {
      method,
      agent,
      headers: { 'user-agent': 'okhttp/4.12.0', 'accept-encoding': 'gzip' },
    });
    this.readyState = 1;
  }

  setRequestHeader(name: string, value: string): void {
    this.#request?.setHeader(name, value);
  }

  getResponseHeader(): null {
    return null;
  }

  send(body?: string | null): void {
    const done = (status: number) => {
      if (this.#isAborted) return;
      this.status = status;
      this.readyState = 4;
      this.onreadystatechange?.();
    };
    this.#request?.on('error', () => done(0));
    this.#request?.on('response', (response) => {
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        this.responseText += text;
      });
      response.on('end', () => done(response.statusCode ?? 0));
    });
    this.#request?.end(body ?? undefined);
  }

  abort(): void {
    this.#isAborted = true;
    this.#request?.destroy();
  }
}
