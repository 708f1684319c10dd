import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';

/** Changes what the server says on one TCP connection. */
export type Tamper = { change(chunk: Buffer): Buffer };

/** Where what a client says may still belong to the connection before. */
const settledAfterMs = 500;

/**
 * The network between one client and the servers: a port of its own, behind which connections can be cut, stalled, delayed and
 * led to another node. Where no server listens the next connection goes to the next node, as a load balancer would do it.
 */
export class Wire implements AsyncDisposable {
  readonly #server: Server;
  readonly #ports: readonly number[];
  readonly #tamper: (() => Tamper) | undefined;
  readonly #pairs = new Set<Pair>();
  #delayMs = 0;
  #stalledUntil = 0;
  #node: number;
  #ledAt = Number.NEGATIVE_INFINITY;

  private constructor(ports: readonly number[], node: number, tamper: (() => Tamper) | undefined) {
    this.#ports = ports;
    this.#node = node % ports.length;
    this.#tamper = tamper;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** `ports`: of the nodes; `node`: which of them comes first. */
  static async open(ports: readonly number[], node: number, tamper?: () => Tamper): Promise<Wire> {
    const wire = new Wire(ports, node, tamper);
    wire.#server.listen(0, '127.0.0.1');
    await once(wire.#server, 'listening');
    return wire;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where its connections lead. */
  get node(): number {
    return this.#node;
  }

  /** The same where it is sure that what comes now is of that node; undefined right after it was another. */
  get surelyFrom(): number | undefined {
    return performance.now() - this.#ledAt > settledAfterMs ? this.#node : undefined;
  }

  /** All connections end, and the next ones go to another node. */
  leadTo(node: number): void {
    this.#node = node % this.#ports.length;
    this.#ledAt = performance.now();
    this.cut();
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
    const node = this.#node;
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
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' && this.#ports.length > 1 && node === this.#node) this.leadTo(node + 1);
    });
    server.connect(this.#ports[node] as number, '127.0.0.1');
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
