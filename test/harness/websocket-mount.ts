import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  mountWebSocket,
  type WebSocketOptions,
  type WebSocketTransport,
  webSocketPackaging,
} from '../../src/transport/websocket.ts';
import { FakeDoor } from './fake-door.ts';
import { patienceMs } from './until.ts';

/** A mount of the rooms with a fake door, and clients for it. One at a time: `start` replaces what is exported. */

export let server: HttpServer;
export let transport: WebSocketTransport;
export let door: FakeDoor;
export let url: string;
export let clients: WebSocket[] = [];
export const report = vi.fn();

/** Starts a server with a door of the rooms, in place of the one before. */
export async function start(options: Partial<WebSocketOptions<unknown, unknown>> = {}): Promise<void> {
  await stop();
  report.mockClear();
  server = createServer((_request, response) => response.writeHead(404).end());
  door = new FakeDoor(webSocketPackaging);
  transport = mountWebSocket({
    server,
    door,
    closeWords: (reason) =>
      reason === 'roomNotFound' ? { code: 4000, words: 'no room' } : { code: 4001, words: reason },
    report,
    // Clients by hand wait until they are open, whatever the door does.
    heldMs: 20,
    ...options,
  } as WebSocketOptions<unknown, unknown>);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Ends clients and server. */
export async function stop(): Promise<void> {
  for (const client of clients) client.terminate();
  clients = [];
  await transport?.close();
  server?.close();
}

export const until = (check: () => void) => vi.waitFor(check, { timeout: patienceMs, interval: 5 });

export type Member = {
  readonly client: WebSocket;
  readonly texts: string[];
  readonly ended: Promise<[number, string]>;
};

export function dialRoom(path: string, headers: Record<string, string> = {}): Member {
  const client = new WebSocket(`${url}${path}`, { headers });
  clients.push(client);
  client.on('error', () => {});
  const texts: string[] = [];
  client.on('message', (data) => texts.push(String(data)));
  const ended = once(client, 'close').then(([code, words]) => [code, String(words)] as [number, string]);
  // A test that does not ask how it ended may be over before it is open.
  ended.catch(() => undefined);
  return { client, texts, ended };
}

export async function enter(path = '/ws/chat/hall/?token=good'): Promise<Member> {
  const before = door.sessions.length;
  const member = dialRoom(path);
  await once(member.client, 'open');
  await until(() => expect(door.sessions.length).toBe(before + 1));
  return member;
}
