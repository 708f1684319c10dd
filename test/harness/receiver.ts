import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a webhook is sent, as its receiver has it. */
export type Received = {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly conversationId?: string;
    readonly data: { readonly [name: string]: unknown };
  };
};

/** A receiver of webhooks over real HTTP, that can fail, keep silent, and go away and come back at the same address. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  /** Decides on each; absent: 204. `undefined` never answers. */
  answer: (one: Received, response: ServerResponse) => number | undefined = () => 204;
  #server: Server | undefined;
  #port = 0;

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.start();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** The texts of the messages that arrived, in the order in which they did. */
  texts(conversationId?: string): string[] {
    return this.received
      .filter(
        ({ event }) =>
          event.type === 'message.sent' && (conversationId ?? event.conversationId) === event.conversationId,
      )
      .map(({ event }) => (event.data.message as { text: string }).text);
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const one: Received = { headers: request.headers, text, event: JSON.parse(text) };
        const status = this.answer(one, response);
        if (status !== undefined && status < 300) this.received.push(one);
        if (status !== undefined) response.writeHead(status).end();
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Goes away with everything that is open. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
