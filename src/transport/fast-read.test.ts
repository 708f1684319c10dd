import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket as NetSocket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { Server, type Socket } from 'socket.io';
import { io } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { patienceMs } from '../../test/harness/until.ts';
import { parsedEvent, readFast, stopReading } from './fast-read.ts';
import { lenientParser } from './lenient-parser.ts';

type Heard = readonly [namespace: string, data: unknown, id: number | undefined];
type AnySocket = Socket<never, never, never, unknown>;

let server: HttpServer;
let ioServer: Server;
let url: string;
/** What each client was heard to say, by the name in its query. */
let heard: Map<string, Heard[]>;
/** What came in past the library. */
let pastLibrary: number;
let lastHearing: AnySocket | undefined;
let sockets: AnySocket[];

beforeEach(async () => {
  server = createServer();
  ioServer = new Server(server, { parser: lenientParser(1_000_000), pingInterval: 25_000 });
  heard = new Map();
  pastLibrary = 0;
  sockets = [];
  for (const namespace of ['/', '/chat', '/chat-room']) {
    ioServer.of(namespace).on('connection', (socket) => attend(socket as unknown as AnySocket, namespace));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  ioServer.engine.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function attend(socket: AnySocket, namespace: string): void {
  sockets.push(socket);
  const { name = '', fast } = socket.handshake.query;
  const list = heard.get(String(name)) ?? [];
  heard.set(String(name), list);
  const hear = (data: unknown, id: number | undefined) => list.push([namespace, data, id]);
  Object.assign(socket, {
    onevent: (packet: { data?: unknown; id?: number }) => hear(packet.data, packet.id),
  });
  if (fast !== 'yes') return;
  const hearer = {
    hear: (data: readonly unknown[], id: number | undefined) => {
      pastLibrary++;
      lastHearing = socket;
      hear(data, id);
    },
  };
  readFast(socket, hearer);
  socket.on('disconnect', () => stopReading(socket, hearer));
}

const until = (check: () => void) => vi.waitFor(check, { timeout: patienceMs, interval: 5 });

type Frame = string | Buffer;

/** A client by hand that says each burst at once, so that one reading of the network brings several frames. */
async function say(
  name: string,
  fast: 'yes' | 'no',
  ...bursts: readonly (readonly Frame[])[]
): Promise<readonly Heard[]> {
  const socket = new WebSocket(`ws://${url}/socket.io/?EIO=4&transport=websocket&name=${name}&fast=${fast}`);
  socket.on('error', () => {});
  const ended = once(socket, 'close');
  const connected = new Promise<void>((resolve) => {
    socket.on('message', (data) => String(data).startsWith('40') && resolve());
  });
  await once(socket, 'open');
  socket.send('40');
  await connected;
  const { _socket: net } = socket as unknown as { _socket: NetSocket };
  for (const frames of bursts) {
    net.cork();
    for (const frame of frames) socket.send(frame, { binary: typeof frame !== 'string' });
    net.uncork();
    await wait(2);
  }
  // Whatever the library makes of the rest, it has made it when the client is gone.
  socket.close();
  await ended;
  await until(() =>
    expect([...ioServer.of('/').sockets.values()].some((s) => s.handshake.query.name === name)).toBe(false),
  );
  return heard.get(name) ?? [];
}

const name = fc.constantFrom('a', 'message', 'connect', 'disconnect', 'newListener', '', 'é😀', 'position');
const payload = fc.jsonValue({ maxDepth: 2 });
/** Most clients speak where they are: the library ends those that do not. */
const namespace = fc.oneof(
  { weight: 30, arbitrary: fc.constant('') },
  fc.constantFrom('/chat,', '/chat-room,', '/nowhere,'),
);
const event = fc
  .tuple(namespace, fc.constantFrom('', '0', '7', '123456789012345', '9999999999999999'), name, payload)
  .map(([namespace, id, event, data]) => `42${namespace}${id}${JSON.stringify([event, data])}`);
const odd = fc.constantFrom<Frame>(
  ...[
    '42',
    '42[]',
    '42[1]',
    '42["a"',
    '42{"a":1}',
    '42 ["a"]',
    '42-1["a"]',
    '421.5["a"]',
    '42["a"] ',
    '43["b"]',
    '431["b"]',
  ],
  ...['2', '3', '6', '40/chat,', '40/chat-room,', '41/chat,', '4', '', '9', '42/chat["a"]', '42/["a"]', '42["a",NaN]'],
  Buffer.from('42["a"]'),
);
const attachment = fc.constantFrom<Frame[]>(
  ['451-["file",{"_placeholder":true,"num":0}]', Buffer.from([1, 2, 3])],
  ['451-7["file",{"_placeholder":true,"num":0}]', Buffer.alloc(0)],
  ['451-["file",{"_placeholder":true,"num":0}]'],
);
const talk = fc
  .array(
    fc.oneof(
      { weight: 20, arbitrary: event.map((frame): Frame[] => [frame]) },
      { weight: 2, arbitrary: odd.map((frame) => [frame]) },
      { weight: 1, arbitrary: attachment },
    ),
    { maxLength: 12 },
  )
  .map((frames) => frames.flat());
const bursts = fc.array(talk, { minLength: 1, maxLength: 3 });

describe('read past the library', () => {
  it('random traffic is heard as the library would have heard it, in the same order', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(bursts, async (said) => {
        run++;
        const [fast, library] = await Promise.all([
          say(`fast${run}`, 'yes', ...said),
          say(`library${run}`, 'no', ...said),
        ]);
        expect(fast).toEqual(library);
      }),
      { numRuns: 150 },
    );
    expect(pastLibrary).toBeGreaterThan(50);
  });

  it('an event waits for what the library has put off', async () => {
    const said = await say('order', 'yes', [
      '40/chat,',
      '42["first"]',
      '42["disconnect"]',
      '42["third"]',
      '42["fourth"]',
    ]);
    expect(said.map(([, data]) => (data as unknown[])[0])).toEqual(['first', 'disconnect', 'third', 'fourth']);
  });

  it('an event between a packet and its attachment is left to the library, after others that were not', async () => {
    const file = '451-["file",{"_placeholder":true,"num":0}]';
    const bursts = [['42["first"]'], ['42["second"]'], [file], ['42["third"]'], [Buffer.from([1])]];
    const library = await say('library', 'no', ...bursts);
    expect(await say('fast', 'yes', ...bursts)).toEqual(library);
    expect(pastLibrary).toBe(2);
  });

  it('hears a client that upgrades from polling', async () => {
    const client = io(`http://${url}`, { query: { name: 'upgrading', fast: 'yes' }, forceNew: true });
    await once(client as never, 'connect');
    await until(() => expect(client.io.engine.transport.name).toBe('websocket'));
    client.emit('hello', 1);
    await until(() => expect(heard.get('upgrading')).toEqual([['/', ['hello', 1], undefined]]));
    expect(pastLibrary).toBe(1);
    client.close();
  });

  it('hears a client that left its namespace and came back before it upgraded', async () => {
    const query = 'EIO=4&name=back&fast=yes';
    const address = `http://${url}/socket.io/?${query}&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1));
    for (const body of ['40', '41', '40']) await fetch(`${address}&sid=${sid}`, { method: 'POST', body });
    await until(() => expect(sockets.map(({ connected }) => connected)).toEqual([false, true]));
    const websocket = new WebSocket(`ws://${url}/socket.io/?${query}&transport=websocket&sid=${sid}`);
    await once(websocket, 'open');
    for (const text of ['2probe', '5', '42["hello",1]']) websocket.send(text);
    await until(() => expect(heard.get('back')).toEqual([['/', ['hello', 1], undefined]]));
    expect(pastLibrary).toBe(1);
    expect(lastHearing).toBe(sockets[1]);
    websocket.terminate();
  });

  it('leaves nothing behind of a polling client that enters and leaves again and again', async () => {
    const address = `http://${url}/socket.io/?EIO=4&name=restless&fast=yes&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1));
    const listeners: unknown[] = [];
    for (let count = 1; count <= 5; count++) {
      await fetch(`${address}&sid=${sid}`, { method: 'POST', body: '40' });
      await until(() => expect(sockets.length).toBe(count));
      const engine = sockets[0]?.conn;
      listeners.push(engine?.eventNames().map((name) => [name, engine.listenerCount(name as never)]));
      await fetch(`${address}&sid=${sid}`, { method: 'POST', body: '41' });
    }
    expect(listeners).toEqual(Array(5).fill(listeners[0]));
  });

  it('leaves a packet to the library that is a sign of life', async () => {
    const client = io(`http://${url}`, {
      query: { name: 'alive', fast: 'yes' },
      transports: ['websocket'],
      forceNew: true,
    });
    await once(client as never, 'connect');
    const refresh = vi.fn();
    const conn = sockets[0]?.conn as unknown as { pingTimeoutTimer: unknown; hasRefreshedPingTimeout: boolean };
    Object.assign(conn, { pingTimeoutTimer: { refresh }, hasRefreshedPingTimeout: false });
    client.emit('hello', 1);
    client.emit('hello', 2);
    await until(() => expect(heard.get('alive')?.length).toBe(2));
    expect(refresh).toHaveBeenCalledTimes(1);
    conn.pingTimeoutTimer = null;
    client.close();
  });

  it('hands on nothing for a socket that has left its namespace', async () => {
    const client = io(`http://${url}/chat`, {
      query: { name: 'left', fast: 'yes' },
      transports: ['websocket'],
      forceNew: true,
    });
    await once(client as never, 'connect');
    client.emit('hello', 1);
    await until(() => expect(pastLibrary).toBe(1));
    sockets[0]?.disconnect();
    client.emit('hello', 2);
    await until(() => expect(client.connected).toBe(false));
    expect(pastLibrary).toBe(1);
    client.close();
  });
});

it.each([
  ['["a",1]', { list: ['a', 1], id: undefined }],
  ['9080["a"]', { list: ['a'], id: 9080 }],
  ['123456789012345["a"]', { list: ['a'], id: 123_456_789_012_345 }],
  ['1234567890123456["a"]', 'elsewhere'],
  ['/chat,["a"]', 'elsewhere'],
])('of %s is told whether it is an event that can be read here', (text, expected) => {
  expect(parsedEvent(`42${text}`, 2)).toEqual(expected);
});
