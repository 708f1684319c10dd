import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network between clients and a server that does to them what networks do. */
export type Wire = AsyncDisposable & {
  /** `http://127.0.0.1:54321`, the same while servers come and go behind it. */
  readonly address: string;
  /** Breaks every connection, without a word to either side. */
  cut(): void;
  /** Breaks every connection as soon as so many more bytes have come from the server, in the middle of whatever that is. */
  cutAfter(bytes: number): void;
  /** While it is down nobody gets through. */
  isDown: boolean;
  /** The clients read nothing more of what the server says; it hears them as before. */
  stall(): void;
  /** They read again. */
  flow(): void;
};

type Pair = { readonly client: Socket; readonly server: Socket };

/** Lays a wire to wherever the server is now. */
export async function openWire(house: { readonly address: string }): Promise<Wire> {
  const pairs = new Set<Pair>();
  let isStalled = false;
  let isDown = false;
  let bytesLeft = Number.POSITIVE_INFINITY;
  const cut = (ending?: Socket) => {
    for (const { client, server } of [...pairs]) {
      if (client !== ending) client.destroy();
      server.destroy();
    }
  };
  const acceptor = createServer({ noDelay: true }, (client) => {
    if (isDown) {
      client.destroy();
      return;
    }
    const { hostname, port } = new URL(house.address);
    const server = connect({ host: hostname, port: Number(port), noDelay: true });
    const pair = { client, server };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      if (!client.writableEnded) client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    client.pipe(server);
    server.on('data', (bytes: Buffer) => {
      if (bytes.length < bytesLeft) {
        bytesLeft -= bytes.length;
        if (!client.write(bytes)) server.pause();
        return;
      }
      // What came before the cut has arrived; the rest never does.
      client.end(bytes.subarray(0, bytesLeft));
      bytesLeft = Number.POSITIVE_INFINITY;
      cut(client);
    });
    client.on('drain', () => {
      if (!isStalled) server.resume();
    });
    if (isStalled) server.pause();
  });
  acceptor.listen(0, '127.0.0.1');
  await once(acceptor, 'listening');
  return {
    address: `http://127.0.0.1:${(acceptor.address() as AddressInfo).port}`,
    cut: () => cut(),
    cutAfter(bytes) {
      bytesLeft = bytes;
    },
    get isDown() {
      return isDown;
    },
    set isDown(value) {
      isDown = value;
      if (value) cut();
    },
    stall() {
      isStalled = true;
      for (const { server } of pairs) server.pause();
    },
    flow() {
      isStalled = false;
      for (const { server } of pairs) server.resume();
    },
    async [Symbol.asyncDispose]() {
      isDown = true;
      cut();
      acceptor.close();
    },
  };
}
