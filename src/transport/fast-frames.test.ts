import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { readFramesOf } from './fast-frames.ts';

let server: HttpServer;
let port: number;
/** What came in past ws. */
let pastLibrary: number;
/** Called for every text, whichever way it came. */
let onText: (text: string, websocket: WebSocket) => void;

type Ending = { readonly heard: readonly string[]; readonly code: number };
let endings: Map<string, (ending: Ending) => void>;

beforeEach(async () => {
  pastLibrary = 0;
  onText = () => {};
  endings = new Map();
  server = createServer();
  const websockets = new WebSocketServer({ server, maxPayload: 40_000, perMessageDeflate: false });
  websockets.on('connection', (websocket, { url = '' }) => attend(websocket, url));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function attend(websocket: WebSocket, url: string): void {
  const heard: string[] = [];
  const hear = (text: string) => {
    heard.push(`text ${text}`);
    onText(text, websocket);
  };
  websocket.on('message', (data, isBinary) => {
    if (isBinary) heard.push(`binary ${(data as Buffer).toString('hex')}`);
    else hear(String(data));
  });
  websocket.on('ping', (data) => heard.push(`ping ${data.toString('hex')}`));
  websocket.on('pong', (data) => heard.push(`pong ${data.toString('hex')}`));
  websocket.on('error', (error) => heard.push(`error ${error.message}`));
  websocket.on('close', (code) => endings.get(url)?.({ heard, code }));
  if (!url.startsWith('/fast')) return;
  readFramesOf(websocket, {
    library: websocket,
    get readyState() {
      return websocket.readyState;
    },
    hearText(text) {
      pastLibrary++;
      hear(text);
    },
  });
}

type Part = { readonly first: number; readonly payload: Buffer; readonly isMasked: boolean };

const frame = (first: number, payload: Buffer | string, isMasked = true): Part => ({
  first,
  payload: Buffer.from(payload),
  isMasked,
});
const text = (words: string): Part => frame(0x81, words);

function encode({ first, payload, isMasked }: Part): Buffer {
  const { length } = payload;
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const head = Buffer.alloc(size);
  head[0] = first;
  head[1] = (isMasked ? 0x80 : 0) | (size === 2 ? length : size === 4 ? 126 : 127);
  if (size === 4) head.writeUInt16BE(length, 2);
  if (size === 10) head.writeUInt32BE(length, 6);
  if (!isMasked) return Buffer.concat([head, payload]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ (mask[index & 3] as number))]);
}

async function open(path: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
  );
  await once(socket, 'data');
  socket.resume();
  return socket;
}

let lastName = 0;

/** Says it in pieces of these sizes, each in a write of its own, and answers what was heard until the end. */
async function play(way: 'fast' | 'plain', parts: readonly Part[], pieces: readonly number[]): Promise<Ending> {
  const path = `/${way}-${++lastName}`;
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  endings.set(path, resolve);
  const socket = await open(path);
  let rest = Buffer.concat(parts.map(encode));
  for (let turn = 0; rest.length > 0; turn++) {
    const size = pieces[turn % pieces.length] ?? rest.length;
    socket.write(rest.subarray(0, size));
    rest = rest.subarray(size);
    if (size < 100) await wait(1);
  }
  socket.end();
  return await ended;
}

const words = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 60 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 120, max: 130 }).map((length) => 'x'.repeat(length)) },
  { weight: 1, arbitrary: fc.constantFrom(16_383, 16_384, 16_385, 39_999, 40_000).map((length) => 'y'.repeat(length)) },
);
const part = fc.oneof(
  { weight: 30, arbitrary: words.map((words) => [text(words)]) },
  {
    weight: 4,
    arbitrary: fc.tuple(words, words).map(([one, other]) => [frame(0x01, one), frame(0x89, 'p'), frame(0x80, other)]),
  },
  { weight: 3, arbitrary: fc.constantFrom(0x89, 0x8a, 0x82).map((first) => [frame(first, 'abc')]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      [frame(0x81, Buffer.from([0xc3, 0x28]))],
      [frame(0x81, Buffer.from([0xed, 0xa0, 0x80]))],
      [frame(0x88, Buffer.from([0x03, 0xe8]))],
      [frame(0xc1, 'rsv')],
      [frame(0x83, 'opcode')],
      [frame(0x80, 'nothing before')],
      [frame(0x81, 'unmasked', false)],
      [text('z'.repeat(40_001))],
      [text('z'.repeat(70_000))],
    ),
  },
);

describe('frames that are read past ws', () => {
  it('are heard as ws would have read them, in the same order, with the same end, wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 12 }).map((parts) => parts.flat()),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }).map((sizes) => [...sizes, 100_000]),
        async (parts, pieces) => {
          const [fast, plain] = await Promise.all([play('fast', parts, pieces), play('plain', parts, pieces)]);
          expect(fast).toEqual(plain);
        },
      ),
      { numRuns: 150 },
    );
    expect(pastLibrary).toBeGreaterThan(100);
  }, 60_000);

  it('wait while the websocket is paused, and come in order when it goes on', async () => {
    onText = (said, websocket) => {
      if (said !== '1') return;
      websocket.pause();
      setTimeout(() => websocket.resume(), 30);
    };
    const said = ['0', '1', '2', '3'];
    const ending = await play('fast', said.map(text), [100_000]);
    expect(ending.heard).toEqual(said.map((one) => `text ${one}`));
    expect(pastLibrary).toBeGreaterThan(0);
  });

  it('are left to ws once the websocket is being closed', async () => {
    onText = (_said, websocket) => websocket.close(4321);
    const parts = [text('0'), text('1'), frame(0x88, Buffer.from([0x03, 0xe8])), text('2')];
    const [fast, plain] = await Promise.all([play('fast', parts, [100_000]), play('plain', parts, [100_000])]);
    expect(fast).toEqual(plain);
    expect(pastLibrary).toBe(1);
  });

  it('are not looked for in the middle of another frame', async () => {
    // Sent with a mask of zeros, so that what looks like a frame reaches the socket as it is, at the beginning of a read.
    const inner = encode(text('a trap'));
    const outer = Buffer.concat([Buffer.from([0x82, 0x80 | inner.length, 0, 0, 0, 0]), inner]);
    for (const cut of [1, 2, 5, 6]) {
      const path = `/fast-${++lastName}`;
      const { promise: ended, resolve } = Promise.withResolvers<Ending>();
      endings.set(path, resolve);
      const socket = await open(path);
      socket.write(outer.subarray(0, cut));
      await wait(5);
      socket.end(outer.subarray(cut));
      expect((await ended).heard).toEqual([`binary ${inner.toString('hex')}`]);
    }
    expect(pastLibrary).toBe(0);
  });

  it('of several sockets do not mix, however they are cut', async () => {
    const said = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(index + 1));
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, socket) =>
        play(
          'fast',
          said.map((one) => text(`${socket} ${one}`)),
          [7, 23, 51],
        ),
      ),
    );
    all.forEach(({ heard }, socket) => {
      expect(heard).toEqual(said.map((one) => `text ${socket} ${one}`));
    });
  });
});
