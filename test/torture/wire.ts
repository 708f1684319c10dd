import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';

/** Changes what the server says on one TCP connection. */
export type Tamper = { change(chunk: Buffer): Buffer };

/**
 * The network between one client and the server: a port of its own, behind which connections can be cut, stalled and delayed.
 */
export class Wire implements AsyncDisposable {
  readonly #server: Server;
  readonly #serverPort: number;
  readonly #tamper: (() => Tamper) | undefined;
  readonly #pairs = new Set<Pair>();
  #delayMs = 0;
  #stalledUntil = 0;

  private constructor(serverPort: number, tamper: (() => Tamper) | undefined) {
    this.#serverPort = serverPort;
    this.#tamper = tamper;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async open(serverPort: number, tamper?: () => Tamper): Promise<Wire> {
    const wire = new Wire(serverPort, tamper);
    wire.#server.listen(0, '127.0.0.1');
    await once(wire.#server, 'listening');
    return wire;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Every connection ends, in the middle of whatever is on its way. */
  cut(): void {
    for (const pair of [...this.#pairs]) pair.destroy();
  }

  /** Every connection ends after a part of what the server says next, however much that is at once. */
  cutInside(part: number): void {
    for (const pair of this.#pairs) pair.endsAfter = part;
  }

  /** Reads nothing that the server says, and makes up for it afterwards. */
  stall(ms: number): void {
    this.#stalledUntil = performance.now() + ms;
    for (const pair of this.#pairs) pair.fromServer.pause();
    setTimeout(() => this.#resume(), ms + 1);
  }

  /** From now on everything takes this much longer, both ways. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  heal(): void {
    this.#delayMs = 0;
    this.#stalledUntil = 0;
    this.#resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
  }

  #resume(): void {
    if (performance.now() < this.#stalledUntil) return;
    for (const pair of this.#pairs) pair.fromServer.resume();
  }

  #accept(client: Socket): void {
    const server = new Socket();
    const tamper = this.#tamper?.();
    const pair: Pair = {
      fromServer: server,
      endsAfter: undefined,
      destroy: () => {
        this.#pairs.delete(pair);
        client.destroy();
        server.destroy();
      },
    };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', pair.destroy);
      socket.on('close', pair.destroy);
    }
    this.#carry(client, server, (chunk) => chunk);
    this.#carry(server, client, (chunk) => {
      const changed = tamper ? tamper.change(chunk) : chunk;
      if (pair.endsAfter === undefined) return changed;
      server.pause();
      setTimeout(pair.destroy, partArrivesMs);
      return changed.subarray(0, Math.floor(changed.length * pair.endsAfter));
    });
    server.connect(this.#serverPort, '127.0.0.1');
    if (performance.now() < this.#stalledUntil) server.pause();
  }

  #carry(from: Socket, to: Socket, change: (chunk: Buffer) => Buffer): void {
    const waiting: { readonly chunk: Buffer | undefined; readonly dueAt: number }[] = [];
    const pump = () => {
      for (let first = waiting[0]; first; first = waiting[0]) {
        const earlyMs = first.dueAt - performance.now();
        if (earlyMs > 0) {
          setTimeout(pump, Math.ceil(earlyMs));
          return;
        }
        waiting.shift();
        if (first.chunk === undefined) to.end();
        else this.#write(from, to, first.chunk);
      }
    };
    const carry = (chunk: Buffer | undefined) => {
      // What comes later never overtakes.
      waiting.push({ chunk, dueAt: performance.now() + this.#delayMs });
      if (waiting.length === 1) pump();
    };
    from.on('data', (chunk) => carry(change(chunk)));
    from.on('end', () => carry(undefined));
  }

  #write(from: Socket, to: Socket, chunk: Buffer): void {
    if (to.destroyed || to.write(chunk)) return;
    from.pause();
    to.once('drain', () => {
      if (performance.now() >= this.#stalledUntil) from.resume();
    });
  }
}

type Pair = {
  readonly fromServer: Socket;
  /** The part, from 0 to 1, of the next chunk after which it ends. */
  endsAfter: number | undefined;
  destroy(): void;
};

/** Long enough for the part to reach the client; nothing follows it. */
const partArrivesMs = 5;
