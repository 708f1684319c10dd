import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { io } from 'socket.io-client';
import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  mountSocketIo,
  type SocketIoOptions,
  type SocketIoTransport,
  socketIoPackaging,
} from '../../src/transport/socket-io.ts';
import { FakeDoor } from './fake-door.ts';
import { patienceMs } from './until.ts';

/** A Socket.IO mount with a fake door in each namespace, and clients for it. One at a time: `start` replaces what is exported. */

/** What the clients of three ages have in common. */
export type Client = {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  connect(): unknown;
  close(): unknown;
  readonly connected: boolean;
  readonly io: {
    readonly engine: { readonly transport: { readonly name: string }; close(): void };
    socket(namespace: string): Client;
  };
};
export type Connect = (url: string, options: object) => Client;

/** The socket.io-client of today. */
export const modern = io as unknown as Connect;

export let server: HttpServer;
export let transport: SocketIoTransport;
export let main: FakeDoor;
export let chat: FakeDoor;
export let url: string;
let clients: Client[] = [];
let sockets: WebSocket[] = [];
export const report = vi.fn();

/** Starts a server with two doors, in place of the one before. */
export async function start(options: Partial<SocketIoOptions<unknown, unknown>> = {}): Promise<void> {
  await stop();
  report.mockClear();
  server = createServer((_request, response) => response.writeHead(404).end());
  main = new FakeDoor(socketIoPackaging('/'));
  chat = new FakeDoor(socketIoPackaging('/chat'));
  transport = mountSocketIo({
    server,
    namespaces: { '/': main, '/chat': chat },
    dialectNames: ['kenz', 'support', 'direct', 'messaging', 'rooms'],
    isOriginAllowed: (origin) => origin === 'https://good.example',
    report,
    ...options,
  } as SocketIoOptions<unknown, unknown>);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Ends clients and server. */
export async function stop(): Promise<void> {
  for (const client of clients) client.close();
  for (const socket of sockets) socket.terminate();
  clients = [];
  sockets = [];
  await transport?.close();
  server?.close();
}

export const until = (check: () => void) => vi.waitFor(check, { timeout: patienceMs, interval: 5 });

/** A client on its way in, with a token that is good. */
export function join(connect: Connect, namespace: string, options: object = {}): Client {
  const client = connect(`${url}${namespace === '/' ? '' : namespace}`, {
    forceNew: true,
    auth: { token: 'good' },
    query: { token: 'good' },
    ...options,
  });
  clients.push(client);
  return client;
}

export async function joined(connect: Connect, door: FakeDoor, options: object = {}): Promise<Client> {
  const before = door.sessions.length;
  const client = join(connect, door === chat ? '/chat' : '/', options);
  await until(() => {
    expect(door.sessions.length).toBe(before + 1);
    expect(client.connected).toBe(true);
  });
  return client;
}

export type ByHand = { readonly socket: WebSocket; readonly texts: string[] };

/** A client by hand: Engine.IO 4 over a websocket, in no namespace yet. */
export async function openByHand(): Promise<ByHand> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  sockets.push(socket);
  const texts: string[] = [];
  socket.on('message', (data) => texts.push(String(data)));
  socket.on('error', () => {});
  await once(socket, 'open');
  return { socket, texts };
}

/** The same, already in the namespace `/`. */
export async function joinedByHand(): Promise<ByHand> {
  const before = main.sessions.length;
  const { socket, texts } = await openByHand();
  socket.send('40{"token":"good"}');
  await until(() => expect(main.sessions.length).toBe(before + 1));
  return { socket, texts };
}

/** A client by hand that polls when it is told to, already in the namespace `/`. */
export async function pollByHand(): Promise<(method: 'GET' | 'POST', body?: string) => Promise<string>> {
  const address = `${url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1));
  const poll = async (method: 'GET' | 'POST', body?: string) =>
    (await fetch(`${address}&sid=${sid}`, { method, body: body ?? null })).text();
  await poll('POST', '40{"token":"good"}');
  await until(() => expect(main.sessions.length).toBe(1));
  return poll;
}

/** What the client hears under this name from now on. */
export const collect = (client: Client, event: string): unknown[][] => {
  const calls: unknown[][] = [];
  client.on(event, (...args) => calls.push(args));
  return calls;
};
