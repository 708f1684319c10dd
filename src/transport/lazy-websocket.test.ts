import { once } from 'node:events';
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Hearer, packaging, Recorded, recordPlain } from '../../test/harness/recorded-websockets.ts';
import { patienceMs } from '../../test/harness/until.ts';
import { Chunk } from '../gateway/transport.ts';
import { framed } from './fast-write.ts';
import { FewFragments } from './few-fragments.ts';
import { LazyAcceptor } from './lazy-acceptor.ts';

const maxPayload = 3_000;
let server: HttpServer;
let port: number;
let hearers: Map<string, Hearer>;
let latest: Recorded;
let onOpen: (websocket: Recorded) => void;

beforeEach(async () => {
  hearers = new Map();
  onOpen = (websocket) => websocket.letGo();
  server = createServer();
  const lazy = new LazyAcceptor(Recorded, maxPayload, (lines) => lines.push('x-more: yes'));
  const plain = new FewFragments({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload });
  plain.on('headers', (lines) => lines.push('x-more: yes'));
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const { url = '' } = request;
    if (url.startsWith('/plain')) {
      plain.handleUpgrade(request, socket, head, (websocket) => hearers.set(url, recordPlain(websocket)));
    } else {
      lazy.handleUpgrade(request, socket, head, (websocket) => {
        latest = websocket;
        hearers.set(url, websocket.hearer);
        websocket.resume();
        onOpen(websocket);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});

afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const until = (check: () => void) => vi.waitFor(check, { timeout: patienceMs, interval: 2 });

function encode(first: number, payload: Buffer | string, isMasked = true): Buffer {
  const content = Buffer.from(payload);
  const { length } = content;
  const head =
    length < 126 ? Buffer.from([first, length]) : Buffer.from([first, 126, (length >> 8) & 0xff, length & 0xff]);
  if (!isMasked) return Buffer.concat([head, content]);
  head[1] = (head[1] as number) | 0x80;
  const mask = [7, 77, 177, 1];
  return Buffer.concat([head, Buffer.from(mask), content.map((byte, index) => byte ^ (mask[index & 3] as number))]);
}

const upgrade = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${more}\r\n`;

type Client = { readonly socket: Socket; said(): Buffer; readonly ended: Promise<unknown> };

async function open(path: string, more?: string): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  clients.push(socket);
  const heard: Buffer[] = [];
  socket.on('error', () => {});
  socket.on('data', (bytes: Buffer) => heard.push(bytes));
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.write(upgrade(path, more));
  await once(socket, 'data');
  return { socket, said: () => Buffer.concat(heard), ended };
}

const clients: Socket[] = [];
let lastName = 0;

/** What is said to a client that says this, in pieces of these sizes, and what was heard of it. */
async function play(way: 'lazy' | 'plain', bytes: Buffer, sizes: readonly number[], isAbrupt: boolean) {
  const path = `/${way}-${++lastName}`;
  const { socket, said, ended } = await open(path, 'Sec-WebSocket-Protocol: one, two\r\n');
  const hearer = hearers.get(path);
  for (let rest = bytes, turn = 0; rest.length > 0; turn++) {
    const size = sizes[turn % sizes.length] ?? rest.length;
    socket.write(rest.subarray(0, size));
    rest = rest.subarray(size);
    if (size < 100) await wait(1);
  }
  // The same moment in both ways: when all has been heard.
  let count = -1;
  while (count !== said().length + (hearer?.heard.length ?? 0)) {
    count = said().length + (hearer?.heard.length ?? 0);
    await wait(8);
    // Where the process was held up, time passes without anything being read.
    for (let turn = 0; turn < 8; turn++) await nextTurn();
  }
  if (isAbrupt) socket.resetAndDestroy();
  else socket.end();
  await Promise.all([ended, hearer?.closed.promise]);
  return { heard: hearer?.heard, said: said().toString('latin1') };
}

const ordinary = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }).map((words) => [encode(0x81, words)]),
  fc.constantFrom('say', 'say it', 'say it again', 'ping', 'pause').map((words) => [encode(0x81, words)]),
  fc.constantFrom([encode(0x8a, '')], [encode(0x8a, 'xyz')], [encode(0x89, '')], [encode(0x89, 'p'.repeat(125))]),
);
const odd = fc.constantFrom(
  [encode(0x81, 'close')],
  [encode(0x81, 'leave')],
  [encode(0x81, 'cut')],
  [encode(0x82, 'binary')],
  [encode(0x81, 'x'.repeat(maxPayload))],
  [encode(0x81, 'x'.repeat(maxPayload + 1))],
  [encode(0x01, 'fragment '), encode(0x89, 'between'), encode(0x80, 'ed')],
  [encode(0x81, Buffer.from([0xc3, 0x28]))],
  [encode(0x88, '')],
  [encode(0x88, Buffer.from([0x03, 0xe8]))],
  [encode(0x88, 'x')],
  [encode(0x88, Buffer.from([0x0f, 0xa0, 0xff]))],
  [encode(0x89, 'p'.repeat(126))],
  [encode(0x8a, 'p'.repeat(126))],
  [encode(0x09, 'p')],
  [encode(0x0a, 'p')],
  [encode(0xc1, 'rsv')],
  [encode(0xa9, 'rsv')],
  [encode(0x83, 'opcode')],
  [encode(0x80, 'nothing before')],
  [encode(0x81, 'unmasked', false)],
  [encode(0x89, 'unmasked', false)],
  [encode(0x8a, '', false)],
);
const parts = fc.oneof({ weight: 8, arbitrary: ordinary }, { weight: 1, arbitrary: odd });

describe('a websocket without the objects of ws', () => {
  it('hears the same as one of ws, says the same bytes and ends in the same way', { timeout: 120_000 }, async () => {
    let [early, late] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(parts, { maxLength: 10 }).map((list) => Buffer.concat(list.flat())),
        fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 3 }).map((sizes) => [...sizes, 100_000]),
        fc.boolean(),
        async (bytes, sizes, isAbrupt) => {
          const lazy = await play('lazy', bytes, sizes, isAbrupt);
          if (latest.library === undefined) early++;
          else late++;
          expect(lazy).toEqual(await play('plain', bytes, sizes, isAbrupt));
        },
      ),
      { numRuns: 150 },
    );
    expect(Math.min(early, late)).toBeGreaterThan(20);
  });

  it.each(['text', 'ping', 'pong'])('needs none for a %s', async (kind) => {
    const { socket, said } = await open('/lazy');
    const first = { text: 0x81, ping: 0x89, pong: 0x8a }[kind] ?? 0;
    socket.write(Buffer.concat([encode(first, 'say'), encode(0x81, 'say')]));
    await until(() => expect(said().includes('saysaysay')).toBe(true));
    expect(latest.library).toBeUndefined();
    socket.destroy();
    await latest.hearer.closed.promise;
    expect(latest.library).toBeUndefined();
    expect(latest.readyState).toBe(3);
  });

  it('leaves the answer to a ping to ws while others wait to be written', async () => {
    const { socket } = await open('/lazy');
    socket.pause();
    while (latest.write([new Chunk(['x'.repeat(100_000)], packaging)]) !== 'waiting');
    expect(latest.bufferedAmount).toBeGreaterThan(0);
    for (let count = 0; count < 70; count++) socket.write(encode(0x89, ''));
    // Of those that wait ws holds sixty.
    await latest.hearer.closed.promise;
    expect(latest.library).toBeDefined();
  });

  it('is not read before it is let go on, and keeps what came with the request', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(Buffer.concat([Buffer.from(upgrade('/lazy')), encode(0x81, 'one'), encode(0x81, 'two')]));
    await until(() => expect(latest?.hearer.heard).toEqual(['one', 'two']));
    socket.destroy();
    await latest.hearer.closed.promise;
  });

  it('is all that listens to its socket for what goes wrong, as one of ws is', async () => {
    await open('/lazy');
    expect(latest.socket?.listenerCount('error')).toBe(1);
  });

  it('says what is held, and what is said next, in one write', async () => {
    const { said } = await open('/lazy');
    const writes = vi.spyOn(latest.socket as Socket, 'write');
    latest.hold(framed('', ['one']));
    latest.hold(framed('', ['two']));
    expect(latest.write([new Chunk(['three'], packaging), new Chunk(['four'], packaging)])).toBe('flowing');
    await until(() => expect(said().subarray(-20)).toEqual(framed('', ['one', 'two', 'three', 'four']).subarray(-20)));
    latest.hold(framed('', ['five']));
    latest.letGo();
    latest.letGo();
    latest.hold(framed('', ['six']));
    latest.ping();
    latest.hold(framed('', ['seven']));
    latest.send('eight');
    latest.hold(framed('', ['nine']));
    latest.write([new Chunk(['ten'], packaging)]);
    const expected = Buffer.concat([
      framed('', ['five', 'six']),
      Buffer.from([0x89, 0]),
      framed('', ['seven', 'eight', 'nine', 'ten']),
    ]);
    await until(() => expect(said().subarray(-expected.length)).toEqual(expected));
    // All the others went past the stream.
    expect(writes.mock.calls.length).toBe(2);
  });

  it('that is closed leaves the answer to its upgrade and the close in one write', async () => {
    const writes: string[] = [];
    onOpen = (websocket) => {
      const socket = websocket.socket as Socket;
      for (const name of ['_write', '_writev'] as const) {
        vi.spyOn(socket as unknown as Record<typeof name, () => void>, name).mockImplementation(() => {
          writes.push(name);
          socket.destroy();
        });
      }
      const { _handle: handle } = socket as unknown as { readonly _handle: { writeBuffer(): number } };
      handle.writeBuffer = () => writes.push('past the stream');
      websocket.close(4_000, 'no');
    };
    connect(port, '127.0.0.1')
      .on('error', () => {})
      .write(upgrade('/lazy'));
    await until(() => expect(writes).toEqual(['_writev']));
  });

  it('is closed only once, whoever closes it', async () => {
    const { socket, ended } = await open('/lazy');
    const closed = latest.whenClosed();
    latest.close(4_000, 'words');
    latest.close();
    latest.terminate();
    await Promise.all([closed, ended]);
    latest.terminate();
    latest.close();
    latest.send('unheard');
    latest.ping();
    expect(latest.hearer.heard).toEqual(['closed']);
    expect(latest.write([new Chunk(['unheard'], packaging)])).toBe('not');
    socket.destroy();
  });
});
