import { createServer, connect as dialTcp, type Server, type Socket } from 'node:net';
import { vi } from 'vitest';
import { type OpenHouse, openHouse } from '../../../test/harness/house.ts';
import { until } from '../../../test/harness/until.ts';
import { ChatClient } from './client.ts';
import type { ConversationView } from './conversation-view.ts';
import type { Outbox } from './outbox.ts';

/** A whole server with clients of this library, for its tests. */

/** Nobody in these tests is held up by what slows down a flood. */
const settings = {
  MESSAGES_PER_SECOND: '10000',
  MESSAGE_BURST: '10000',
  EVENTS_PER_SECOND: '10000',
  EVENT_BURST: '10000',
};

export let house: OpenHouse;
const clients: ChatClient[] = [];
const lines: Line[] = [];
let named = 0;

export async function openScene(fittings: Parameters<typeof openHouse>[1] = {}): Promise<void> {
  house = await openHouse(settings, fittings);
}

/** After each test: its clients and lines end with it. */
export function clearScene(): void {
  for (const client of clients.splice(0)) client.close();
  for (const line of lines.splice(0)) line.close();
}

export async function closeScene(): Promise<void> {
  await house?.[Symbol.asyncDispose]();
}

/** A line to the server that can be cut, and mended; one that stalls lets nobody new through, without a word. */
export type Line = { readonly address: string; cut(): void; stall(): void; mend(): void; close(): void };

export async function openLine(): Promise<Line> {
  let isCut = false;
  let isStalled = false;
  const sockets = new Set<Socket>();
  const stalled = new Set<Socket>();
  const server: Server = createServer((near) => {
    if (isCut) return void near.destroy();
    if (isStalled) stalled.add(near.on('error', () => {}));
    else join(near);
  });
  const join = (near: Socket) => {
    const far = dialTcp(Number(new URL(house.address).port), '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const end = () => {
    for (const socket of [...sockets, ...stalled]) socket.destroy();
  };
  const line = {
    address: `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    cut() {
      isCut = true;
      end();
    },
    stall() {
      isStalled = true;
    },
    mend() {
      isCut = false;
      isStalled = false;
      for (const near of stalled) join(near);
      stalled.clear();
    },
    close() {
      end();
      server.close();
    },
  };
  lines.push(line);
  return line;
}

export async function enter(id: string, options: { address?: string; outbox?: Outbox } = {}): Promise<ChatClient> {
  const token = house.token({ sub: id, name: `User ${id}` });
  const client = await ChatClient.connect({ address: house.address, token: () => token, ...options });
  clients.push(client);
  await until(
    () => client.connection.get().is === 'online',
    () => `user ${id} is ${JSON.stringify(client.connection.get())}`,
  );
  return client;
}

/** A group of these users, under a name of its own. */
export async function group(...members: string[]): Promise<string> {
  const id = `group-${++named}`;
  await house.call('POST', '/api/v1/conversations', 'host', { id, kind: 'group', title: id, members });
  return id;
}

export async function open(client: ChatClient, id: string): Promise<ConversationView> {
  const view = client.conversation(id);
  await view.open();
  return view;
}

export const texts = (view: ConversationView) => view.timeline.get().messages.map(({ text }) => text);

export async function hears(view: ConversationView, expected: readonly string[]): Promise<void> {
  await until(
    () => JSON.stringify(texts(view)) === JSON.stringify(expected),
    () => `heard ${JSON.stringify(texts(view))}`,
  );
}

/** What is asked over HTTP goes through `through`, until the test ends. */
export function tapFetch(through: (url: string, ask: () => Promise<Response>) => Promise<Response>): void {
  const ask = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => through(String(input), () => ask(input, init)));
}
