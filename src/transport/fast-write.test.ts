import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { patienceMs } from '../../test/harness/until.ts';
import { Chunk, type Packaging } from '../gateway/transport.ts';
import { fastWrite, framed, framedInto, holdWrites } from './fast-write.ts';

const packagingWith = (prefix: string): Packaging => ({
  packet: (_name, payload) => payload,
  marker: () => undefined,
  framed: (packets) => framed(prefix, packets),
  framedInto: (packets, target, at) => framedInto(prefix, packets, target, at),
});

let server: HttpServer;
let acceptor: WebSocketServer;
let port: number;

beforeEach(async () => {
  server = createServer();
  acceptor = new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});

afterEach(() => {
  for (const websocket of acceptor.clients) websocket.terminate();
  server.close();
});

async function openPair(perMessageDeflate = false): Promise<{ readonly near: WebSocket; readonly far: WebSocket }> {
  const far = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate });
  const [near] = (await once(acceptor, 'connection')) as [WebSocket];
  if (far.readyState !== WebSocket.OPEN) await once(far, 'open');
  return { near, far };
}

/** A client that does not understand websockets and keeps every byte. */
async function openRaw(): Promise<{ readonly near: WebSocket; readonly far: Socket; bytes(): Buffer }> {
  const far = connect(port, '127.0.0.1');
  far.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const heard: Buffer[] = [];
  far.on('data', (bytes: Buffer) => heard.push(bytes));
  far.on('error', () => {});
  const [near] = (await once(acceptor, 'connection')) as [WebSocket];
  const bytes = () => {
    const all = Buffer.concat(heard);
    return all.subarray(all.indexOf('\r\n\r\n') + 4);
  };
  return { near, far, bytes };
}

const until = (check: () => void) => vi.waitFor(check, { timeout: patienceMs, interval: 2 });

const text = fc.oneof(
  fc.constantFrom(0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 70_000).map((size) => 'x'.repeat(size)),
  fc.constantFrom('é'.repeat(63), '😀'.repeat(32), `${'€'.repeat(21_845)}`, '\u0000\u007f\u0080\u07ff\u0800\uffff'),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
/** Sends; each is chunks; each chunk is packets. */
const chunk = fc.record({ packets: fc.array(text, { maxLength: 4 }), heardBy: fc.constantFrom('few', 'many') });
const traffic = fc.array(fc.array(chunk, { maxLength: 4 }), { maxLength: 6 });

describe('written past the library', () => {
  it.each(['', '4'])(
    'random traffic with the prefix "%s" has the same bytes as through the library',
    async (prefix) => {
      const packaging = packagingWith(prefix);
      await fc.assert(
        fc.asyncProperty(traffic, async (sends) => {
          const fast = await openRaw();
          const library = await openRaw();
          const decoded = await openPair();
          const messages: string[] = [];
          decoded.far.on('message', (data) => messages.push(String(data)));
          for (const send of sends) {
            const chunks = send.map(({ packets, heardBy }) => new Chunk(packets, packaging, heardBy));
            expect(fastWrite(fast.near, chunks)).not.toBe('not');
            expect(fastWrite(decoded.near, chunks)).not.toBe('not');
            for (const { packets } of send) for (const packet of packets) library.near.send(prefix + packet);
          }
          const expected = sends.flat().flatMap(({ packets }) => packets.map((packet) => prefix + packet));
          await until(() => expect(messages.length).toBe(expected.length));
          expect(messages).toEqual(expected);
          await until(() => expect(fast.bytes().length).toBe(library.bytes().length));
          expect(fast.bytes().equals(library.bytes())).toBe(true);
          for (const { far } of [fast, library]) far.destroy();
          decoded.far.terminate();
        }),
        { numRuns: 40 },
      );
    },
  );

  it('what few hear is put together without bytes of its own the first time, and from the same bytes afterwards', () => {
    const made = vi.fn((packets: readonly string[]) => framed('4', packets));
    const chunk = new Chunk(['é', 'x'.repeat(200)], { ...packagingWith('4'), framed: made }, 'few');
    const target = Buffer.alloc(1_000);
    const expected = framed('4', chunk.packets);
    for (const timesMade of [0, 1, 1]) {
      const end = chunk.writeInto(target, 3);
      expect(target.subarray(3, end).equals(expected)).toBe(true);
      expect(made).toHaveBeenCalledTimes(timesMade);
      target.fill(0);
    }
  });

  it('takes turns with the library in order', async () => {
    const packaging = packagingWith('');
    const { near, far } = await openPair();
    const messages: string[] = [];
    far.on('message', (data) => messages.push(String(data)));
    for (let i = 0; i < 300; i += 3) {
      near.send(String(i));
      expect(fastWrite(near, [new Chunk([String(i + 1), String(i + 2)], packaging)])).not.toBe('not');
      if (i % 9 === 0) near.ping('x'.repeat(100));
    }
    await until(() => expect(messages.length).toBe(300));
    expect(messages).toEqual(Array.from({ length: 300 }, (_, index) => String(index)));
  });

  it('and held, it leaves in order with what the library writes, in one write', async () => {
    const { near, far } = await openPair();
    const messages: string[] = [];
    far.on('message', (data) => messages.push(String(data)));
    const socket = (near as unknown as { _socket: Socket })._socket;
    const single = vi.spyOn(socket, '_write');
    const gathered = vi.spyOn(socket, '_writev' as '_write');
    const release = holdWrites(near);
    near.send('1');
    fastWrite(near, [new Chunk(['2', '3'], packagingWith(''))]);
    near.send('4');
    expect([single.mock.calls.length, gathered.mock.calls.length]).toEqual([0, 0]);
    release?.();
    await until(() => expect(messages).toEqual(['1', '2', '3', '4']));
    expect([single.mock.calls.length, gathered.mock.calls.length]).toEqual([0, 1]);
    near.send('5');
    await until(() => expect(messages.at(-1)).toBe('5'));
  });

  it('what the system has not taken yet is not written over by what others get', async () => {
    const packaging = packagingWith('');
    const slow = await openRaw();
    const other = await openRaw();
    slow.far.pause();
    const said: string[] = [];
    // Until the system takes no more: then what waits is held by the handle, and the next by the stream.
    const socket = (slow.near as unknown as { _socket: Socket })._socket;
    while (socket.writableLength === 0) {
      const packet = String(said.length).padEnd(2_000, 'x');
      said.push(packet);
      expect(fastWrite(slow.near, [new Chunk([packet], packaging, 'few')])).not.toBe('not');
    }
    fastWrite(other.near, [new Chunk(['y'.repeat(2_500)], packaging, 'few')]);
    const expected = framed('', said);
    slow.far.resume();
    await until(() => expect(slow.bytes().length).toBe(expected.length));
    expect(slow.bytes().equals(expected)).toBe(true);
    for (const { far } of [slow, other]) far.destroy();
  });

  it('what is written after something that waits comes after it, past the library and by it', async () => {
    const packaging = packagingWith('');
    const { near, far } = await openPair();
    const messages: string[] = [];
    far.on('message', (data) => messages.push(String(data)));
    far.pause();
    const said: string[] = [];
    for (let turn = 0; turn < 120; turn++) {
      const packet = String(turn).padEnd(60_000, 'z');
      said.push(packet);
      if (turn % 5 === 4) near.send(packet);
      else expect(fastWrite(near, [new Chunk([packet], packaging, turn % 2 === 0 ? 'few' : 'many')])).not.toBe('not');
      if (turn === 60) far.resume();
      if (turn % 10 === 0) await new Promise(setImmediate);
    }
    await until(() => expect(messages.length).toBe(said.length));
    expect(messages).toEqual(said);
    expect(fastWrite(near, [new Chunk(['at rest again'], packaging, 'few')])).toBe('flowing');
    await until(() => expect(messages.at(-1)).toBe('at rest again'));
  });

  it('a connection that the system has lost is closed, also with bytes on their way', async () => {
    const packaging = packagingWith('');
    const { near, far } = await openRaw();
    near.on('error', () => {});
    const closed = once(near, 'close');
    far.pause();
    const socket = (near as unknown as { _socket: Socket })._socket;
    while (socket.writableLength === 0) fastWrite(near, [new Chunk(['x'.repeat(2_000)], packaging, 'few')]);
    far.resetAndDestroy();
    await closed;
    expect(fastWrite(near, [new Chunk(['late'], packaging, 'few')])).toBe('not');
  });

  it('nothing is written while the library still compresses something', async () => {
    const { near, far } = await openPair(true);
    expect(near.extensions).toBe('permessage-deflate');
    const messages: string[] = [];
    far.on('message', (data) => messages.push(String(data)));
    near.send('slow '.repeat(1000));
    expect(fastWrite(near, [new Chunk(['overtaking'], packagingWith(''))])).toBe('not');
    await until(() => expect(messages.length).toBe(1));
    expect(fastWrite(near, [new Chunk(['after'], packagingWith(''))])).not.toBe('not');
    await until(() => expect(messages).toEqual(['slow '.repeat(1000), 'after']));
  });

  it('nothing is written once the websocket is closing or gone', async () => {
    const chunks = [new Chunk(['late'], packagingWith(''))];
    const closing = await openPair();
    closing.near.close();
    expect(fastWrite(closing.near, chunks)).toBe('not');
    const gone = await openPair();
    gone.far.terminate();
    await once(gone.near, 'close');
    expect(fastWrite(gone.near, chunks)).toBe('not');
  });

  it('nothing is written to a library whose inside is another', () => {
    const stranger = { readyState: 1, OPEN: 1 } as WebSocket;
    expect(fastWrite(stranger, [new Chunk(['x'], packagingWith(''))])).toBe('not');
    expect(holdWrites(stranger)).toBeUndefined();
  });
});
