import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';

/** The network between one node and one of its databases: a port of its own, which can fall silent or refuse. */
export class Link implements AsyncDisposable {
  readonly #server: Server;
  readonly #databasePort: number;
  readonly #sockets = new Set<Socket>();
  #state: 'flows' | 'silent' | 'refuses' = 'flows';

  private constructor(databasePort: number) {
    this.#databasePort = databasePort;
    this.#server = createServer((node) => this.#accept(node));
  }

  static async open(databasePort: number): Promise<Link> {
    const link = new Link(databasePort);
    link.#server.listen(0, '127.0.0.1');
    await once(link.#server, 'listening');
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Nothing arrives any more, neither words nor the end of a connection, and neither side is told. */
  fallSilent(): void {
    this.#state = 'silent';
    for (const socket of this.#sockets) socket.pause();
  }

  /** Every connection is reset, and so are new ones. */
  refuse(): void {
    this.#state = 'refuses';
    this.#resetAll();
  }

  /** Connections that lived through a silence go on with what was said meanwhile, or are found `dead`. */
  flow(lived: 'living' | 'dead' = 'living'): void {
    this.#state = 'flows';
    if (lived === 'dead') this.#resetAll();
    for (const socket of this.#sockets) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #accept(node: Socket): void {
    if (this.#state === 'refuses') {
      node.resetAndDestroy();
      return;
    }
    const database = new Socket();
    const end = () => {
      node.destroy();
      database.destroy();
    };
    for (const [from, to] of [
      [node, database],
      [database, node],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (chunk) => {
        if (to.destroyed || to.write(chunk)) return;
        from.pause();
        to.once('drain', () => this.#state === 'flows' && from.resume());
      });
      from.on('error', end);
      from.on('end', () => to.end());
      from.on('close', () => {
        this.#sockets.delete(from);
        end();
      });
    }
    database.connect(this.#databasePort, '127.0.0.1');
    if (this.#state === 'silent') for (const socket of [node, database]) socket.pause();
  }
}
