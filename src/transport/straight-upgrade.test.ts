import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Server } from 'socket.io';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { start, stop, until, url } from '../../test/harness/socket-io-mount.ts';

/** The library alone, as `mountSocketIo` configures it. */
let library: HttpServer;
let libraryIo: Server;

beforeAll(async () => {
  await start();
  library = createServer((_request, response) => response.writeHead(404).end());
  libraryIo = new Server(library, {
    path: '/socket.io',
    allowEIO3: true,
    perMessageDeflate: false,
    destroyUpgrade: false,
    maxHttpBufferSize: 1_000_000,
    cors: { origin: (origin, decide) => decide(null, origin === 'https://good.example'), credentials: true },
  });
  await new Promise<void>((resolve) => library.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await stop();
  await libraryIo.close();
});

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const usual = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': '13' };

type Request = { readonly method?: string; readonly query: string; readonly headers: { [name: string]: string } };

/** A websocket is opened or closed with one of these; the 2.x line is in its namespace at once. */
const lastWord = /(\{"sid"[^}]*\}|\x88[^{]*)$/;
const lastWordToOld = /40$/;

/** All that the server answers until it ends or has said its last word on this, with what no two answers share left out. */
async function answerOf(port: number, { method = 'GET', query, headers }: Request): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const last = query.startsWith('?EIO=3') ? lastWordToOld : lastWord;
  let heard = '';
  let hasEnded = false;
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
  });
  socket.on('close', () => {
    hasEnded = true;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const lines = Object.entries({ Host: 'chat.example', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} /socket.io/${query} HTTP/1.1\r\n${lines.join('')}\r\n`);
  await until(() => expect(hasEnded || last.test(heard)).toBe(true));
  socket.destroy();
  return heard
    .replace(/"sid":"[^"]*"/, '"sid":""')
    .replace(/Date: [^\r]*/, '')
    .replace(/\x81.\{?0?/, '');
}

const good = { origin: 'https://good.example' };
const asked: readonly (readonly [string, Request])[] = [
  ['comes by websocket at once', { query: '?EIO=4&transport=websocket', headers: usual }],
  ['comes the same way as the one before', { query: '?EIO=4&transport=websocket', headers: usual }],
  ['shows a token in its address', { query: `?EIO=4&transport=websocket&token=${'t'.repeat(200)}`, headers: usual }],
  ['is of the 2.x line', { query: '?EIO=3&transport=websocket&token=good', headers: usual }],
  ['comes from a page that may', { query: '?EIO=4&transport=websocket', headers: { ...usual, ...good } }],
  [
    'comes from a page that may not',
    { query: '?EIO=4&transport=websocket', headers: { ...usual, origin: 'https://bad.example' } },
  ],
  ['has an origin that is none', { query: '?EIO=4&transport=websocket', headers: { ...usual, origin: 'a\x01b' } }],
  [
    'asks for a protocol',
    { query: '?EIO=4&transport=websocket', headers: { ...usual, 'Sec-WebSocket-Protocol': 'a, b' } },
  ],
  ['names no transport', { query: '?EIO=4', headers: usual }],
  ['asks to upgrade to polling', { query: '?EIO=4&transport=polling', headers: usual }],
  ['names a transport that there is not', { query: '?EIO=4&transport=pigeon', headers: usual }],
  ['names an object', { query: '?EIO=4&transport=constructor', headers: usual }],
  [
    'knows a session that there is not',
    { query: '?EIO=4&transport=websocket&sid=nobody', headers: { ...usual, ...good } },
  ],
  ['has an empty session', { query: '?EIO=4&transport=websocket&sid=', headers: usual }],
  ['posts', { method: 'POST', query: '?EIO=4&transport=websocket', headers: { ...usual, 'Content-Length': '0' } }],
  ['asks for options', { method: 'OPTIONS', query: '?EIO=4&transport=websocket', headers: { ...usual, ...good } }],
  ['has no key', { query: '?EIO=4&transport=websocket', headers: { ...usual, 'Sec-WebSocket-Key': '' } }],
  [
    'speaks another version',
    { query: '?EIO=4&transport=websocket', headers: { ...usual, 'Sec-WebSocket-Version': '7' } },
  ],
  ['upgrades to something else', { query: '?EIO=4&transport=websocket', headers: { ...usual, Upgrade: 'h2c' } }],
  ['asks twice for everything', { query: '?EIO=4&transport=websocket&transport=polling&EIO=3', headers: usual }],
  ['writes signs', { query: '?EIO=%34&transport=web%73ocket&t=%zz', headers: usual }],
];

describe('a client that', () => {
  test.each(asked)('%s is answered as the library would answer it', async (_what, request) => {
    const ours = await answerOf(Number(new URL(url).port), request);
    expect(ours).toBe(await answerOf((library.address() as AddressInfo).port, request));
    // The library ends who asks that without a word.
    expect(ours === '').toBe(request.method === 'OPTIONS');
  });
});
