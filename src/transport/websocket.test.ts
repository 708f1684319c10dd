import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { cling, socketCount } from '../../test/harness/clinging.ts';
import { FakeDoor } from '../../test/harness/fake-door.ts';
import { upgradeHead } from '../../test/security/raw.ts';
import { Chunk } from '../gateway/transport.ts';
import { mountWebSocket, type WebSocketOptions, type WebSocketTransport, webSocketPackaging } from './websocket.ts';

let server: HttpServer;
let transport: WebSocketTransport;
let door: FakeDoor;
let url: string;
let clients: WebSocket[];
const report = vi.fn();

async function start(options: Partial<WebSocketOptions<unknown, unknown>> = {}): Promise<void> {
  await transport?.close();
  server?.close();
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

beforeEach(async () => {
  clients = [];
  report.mockClear();
  await start();
});

afterEach(async () => {
  for (const client of clients) client.terminate();
  await transport.close();
  server.close();
});

const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 });

type Member = { readonly client: WebSocket; readonly texts: string[]; readonly ended: Promise<[number, string]> };

function knock(path: string, headers: Record<string, string> = {}): Member {
  const client = new WebSocket(`${url}${path}`, { headers });
  clients.push(client);
  client.on('error', () => {});
  const texts: string[] = [];
  client.on('message', (data) => texts.push(String(data)));
  const ended = once(client, 'close').then(([code, words]) => [code, String(words)] as [number, string]);
  return { client, texts, ended };
}

async function enter(path = '/ws/chat/hall/?token=good'): Promise<Member> {
  const before = door.sessions.length;
  const member = knock(path);
  await once(member.client, 'open');
  await until(() => expect(door.sessions.length).toBe(before + 1));
  return member;
}

describe('a link', () => {
  it('hears nothing while it is paused, and then everything in order', async () => {
    const paused = await enter();
    const { link } = door.latest;
    const other = await enter();
    link.pause();
    for (let count = 0; count < 3; count++) paused.client.send(`{"count":${count}}`);
    other.client.send('{"count":"of another"}');
    await until(() => expect(door.heard.length).toBeGreaterThan(0));
    expect(door.heard.map(({ payload }) => payload)).toEqual([{ count: 'of another' }]);
    link.resume();
    await until(() => expect(door.heard.length).toBe(4));
    expect(door.heard.slice(1).map(({ payload }) => payload)).toEqual([{ count: 0 }, { count: 1 }, { count: 2 }]);
  });
});

describe('the door of the rooms', () => {
  it.each([
    ['/ws/chat/hall', 'hall'],
    ['/ws/chat/hall/', 'hall'],
    ['/ws/chat/hall/?after=3', 'hall'],
    ['/ws/chat/a%20b%2Fc', 'a b/c'],
    ['/ws/chat/%D0%B4%D0%B0/', 'да'],
    ['/ws/chat/%ff/', ''],
    ['/ws/chat/%', ''],
    ['/ws/chat/', ''],
  ])('sees in %s the room "%s"', async (path, room) => {
    door.decide = () => ({ ok: true, admitted: 'anyone' });
    await enter(path);
    expect(door.knocks[0]?.room).toBe(room);
    expect(door.knocks[0]?.query.get('after')).toBe(path.includes('after') ? '3' : null);
  });

  it('sees everything that a client shows', async () => {
    knock('/ws/chat/hall?token=good&dialect=kenz', {
      authorization: 'Bearer abc',
      cookie: 'token=%zz; other=1',
      origin: 'https://page.example',
    });
    await until(() => expect(door.sessions.length).toBe(1));
    expect(door.knocks[0]).toMatchObject({
      credentials: { auth: undefined, authorization: 'Bearer abc', query: 'good', cookie: '' },
      origin: 'https://page.example',
      secFetchSite: undefined,
      address: '127.0.0.1',
      dialect: undefined,
    });
  });

  it.each([
    ['unauthenticated', 4001, 'unauthenticated'],
    ['roomNotFound', 4000, 'no room'],
  ] as const)('refuses for %s after the upgrade, with a code', async (reason, code, words) => {
    door.decide = () => ({ ok: false, reason });
    const { client, ended } = knock('/ws/chat/hall/');
    await once(client, 'open');
    client.send('{"message":"unheard"}');
    expect(await ended).toEqual([code, words]);
    expect(door.sessions).toEqual([]);
  });

  it('that breaks closes this connection only', async () => {
    const other = await enter();
    door.decide = () => Promise.reject(new Error('bug'));
    expect(await knock('/ws/chat/hall/').ended).toEqual([4001, 'broken']);
    door.decide = () => ({ ok: true, admitted: 'x' });
    door.onOpen = () => {
      throw new Error('bug');
    };
    expect(await knock('/ws/chat/hall/').ended).toEqual([4001, 'broken']);
    expect(report).toHaveBeenCalledTimes(2);
    expect(other.client.readyState).toBe(WebSocket.OPEN);
    expect(door.closed).toEqual([]);
  });

  it.each(['/', '/ws/chat', '/ws/chats/a', '/socket.io', '//[', '/%'])('is not at %s', async (path) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 404 Not Found\r\n/);
    await once(socket, 'close');
  });

  it('keeps what is said before it answers, however much, and hands it out in order', async () => {
    const answer = Promise.withResolvers<{ ok: true; admitted: string }>();
    door.decide = () => answer.promise;
    const { client } = knock('/ws/chat/hall/');
    await once(client, 'open');
    for (let i = 0; i < 500; i++) client.send(JSON.stringify({ i, filler: 'x'.repeat(20_000) }));
    await sleep(50);
    expect(client.bufferedAmount).toBeGreaterThan(0);
    expect(door.heard).toEqual([]);
    answer.resolve({ ok: true, admitted: 'late' });
    await until(() => expect(door.heard.length).toBe(500));
    expect(door.heard.map(({ payload }) => (payload as { i: number }).i)).toEqual(
      Array.from({ length: 500 }, (_, i) => i),
    );
  });

  it('may open and still have nothing heard, however early it was said', async () => {
    door.onOpen = ({ link }) => link.pause();
    const waiting = knock('/ws/chat/hall/?token=good');
    await once(waiting.client, 'open');
    for (let count = 0; count < 300; count++) waiting.client.send(JSON.stringify({ count, filler: 'x'.repeat(1_000) }));
    await until(() => expect(door.sessions.length).toBe(1));
    const { link } = door.latest;
    door.onOpen = () => {};
    const other = await enter();
    other.client.send('{"count":"of another"}');
    await until(() => expect(door.heard.length).toBeGreaterThan(0));
    expect(door.heard.map(({ session }) => session)).toEqual([door.latest]);
    link.resume();
    await until(() => expect(door.heard.length).toBe(301));
    expect(door.heard.slice(1).map(({ payload }) => (payload as { count: number }).count)).toEqual(
      Array.from({ length: 300 }, (_, count) => count),
    );
  });

  it('may answer after the client has gone', async () => {
    const answer = Promise.withResolvers<{ ok: true; admitted: string }>();
    door.decide = () => answer.promise;
    const { client } = knock('/ws/chat/hall/');
    await once(client, 'open');
    client.terminate();
    await sleep(20);
    answer.resolve({ ok: true, admitted: 'late' });
    await sleep(50);
    expect(door.closed).toEqual(door.sessions);
  });
});

describe('a member of a room', () => {
  it('hears payloads alone, in order', async () => {
    const { texts } = await enter();
    const { link } = door.latest;
    link.send([
      door.chunk({ name: 'ignored', payload: { a: 'é' } }, { name: 'x', payload: 2 }),
      door.chunk({ name: 'x', payload: [] }),
    ]);
    link.send([door.chunk({ name: 'x', payload: 'x'.repeat(70_000) })]);
    await until(() => expect(texts).toEqual(['{"a":"é"}', '2', '[]', `"${'x'.repeat(70_000)}"`]));
    expect(door.packaging.marker('1')).toBeUndefined();
    expect(link.canResume).toBe(false);
  });

  it('is heard in text and in bytes that are text', async () => {
    const { client } = await enter();
    client.send('{"message":"один"}');
    client.send(Buffer.from('{"message":"два"}'));
    await until(() =>
      expect(door.heard.map(({ payload }) => payload)).toEqual([{ message: 'один' }, { message: 'два' }]),
    );
    expect(door.heard.map(({ event, ack }) => [event, ack])).toEqual([
      ['', undefined],
      ['', undefined],
    ]);
  });

  it.each(['', 'hello', '[]', 'null', '1', '"x"', '{"a":', Buffer.from([0xff, 0xfe]), Buffer.from('nope')])(
    'that sends %o is told so and stays',
    async (frame) => {
      const { client } = await enter();
      client.send(frame);
      client.send('{"still":"here"}');
      await until(() => expect(door.heard.length).toBe(1));
      expect(door.malformed).toEqual([door.latest]);
    },
  );

  it('that sends too much is closed with 1009', async () => {
    await start({ maxPayloadBytes: 100 });
    const { client, ended } = await enter();
    client.send('x'.repeat(101));
    expect((await ended)[0]).toBe(1009);
    await until(() => expect(door.closed).toEqual([door.latest]));
  });

  it('that is closed hears the last words and the reason', async () => {
    const { texts, ended } = await enter();
    door.latest.link.send([door.chunk({ name: 'x', payload: 'last words' })]);
    door.latest.link.close('revoked');
    expect(await ended).toEqual([4001, 'revoked']);
    expect(texts).toEqual(['"last words"']);
    await until(() => expect(door.closed).toEqual([door.latest]));
    door.latest.link.send([door.chunk({ name: 'x', payload: 'too late' })]);
    door.latest.link.close('shutdown');
  });

  it('that is paused is closed as fast as any other, and is not paused again', async () => {
    const { client, ended } = await enter();
    const { link } = door.latest;
    link.pause();
    client.send('{"said":"before"}');
    link.close('revoked');
    link.pause();
    await vi.waitFor(() => expect(door.closed.length).toBe(1), { timeout: 2_000 });
    expect(await ended).toEqual([4001, 'revoked']);
    expect(door.heard).toEqual([]);
  });

  it('that stops reading is counted, and can be cut', async () => {
    const { client } = await enter();
    client.pause();
    const { link } = door.latest;
    const big = door.chunk({ name: 'x', payload: 'x'.repeat(500_000) });
    for (let i = 0; i < 40; i++) link.send([big]);
    await sleep(30);
    expect(link.bufferedBytes).toBeGreaterThan(1_000_000);
    link.close('slowConsumer');
    await vi.waitFor(() => expect(door.closed.length).toBe(1), { timeout: 2_000 });
  });

  it('that vanishes is gone', async () => {
    const { client } = await enter();
    client.terminate();
    await until(() => expect(door.closed).toEqual([door.latest]));
  });

  it('that stays silent for two rounds is cut, and one that answers is not', async () => {
    await start({ heartbeatMs: 100 });
    const alive = await enter();
    const silent = new WebSocket(`${url}/ws/chat/hall?token=good`, { autoPong: false });
    clients.push(silent);
    const [code] = await once(silent, 'close');
    expect(code).toBe(1006);
    await sleep(400);
    expect(alive.client.readyState).toBe(WebSocket.OPEN);
    expect(door.closed.length).toBe(1);
  });

  it('that has said its last and reads nothing is cut as well', async () => {
    await start({ heartbeatMs: 100 });
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    socket.write(`${upgradeHead('/ws/chat/hall?token=good')}\r\n`);
    await until(() => expect(door.sessions.length).toBe(1));
    socket.pause();
    const chunk = new Chunk(['x'.repeat(1_000_000)], webSocketPackaging);
    while (door.latest.link.bufferedBytes < 3_000_000) door.latest.link.send([chunk]);
    socket.end();
    await until(() => expect(door.closed.length).toBe(1));
    socket.destroy();
  });

  it('on whose message the listener breaks is closed alone', async () => {
    const other = await enter();
    const { client, ended } = await enter();
    door.onPacket = () => {
      throw new Error('bug');
    };
    client.send('{}');
    expect(await ended).toEqual([4001, 'broken']);
    expect(report).toHaveBeenCalledOnce();
    expect(other.client.readyState).toBe(WebSocket.OPEN);
  });
});

describe('the mount', () => {
  it('refuses newcomers once it stops accepting, and keeps those it has', async () => {
    const { client } = await enter();
    transport.stopAccepting();
    const late = new WebSocket(`${url}/ws/chat/hall?token=good`);
    late.on('error', () => {});
    const [, response] = await once(late, 'unexpected-response');
    expect(response.statusCode).toBe(503);
    client.send('{}');
    await until(() => expect(door.heard.length).toBe(1));
  });

  it('has no socket left of those whom it refused, whether or not they close', async () => {
    expect(await cling(server, '/nowhere')).toEqual(Array(3).fill('HTTP/1.1 404 Not Found'));
    transport.stopAccepting();
    expect(await cling(server, '/ws/chat/hall')).toEqual(Array(3).fill('HTTP/1.1 503 Service Unavailable'));
    await vi.waitFor(async () => expect(await socketCount(server)).toBe(0), { timeout: 5_000 });
  });

  it('closes all, also those who do not answer or still wait at the door', async () => {
    const polite = await enter();
    const deaf = await enter();
    deaf.client.pause();
    const answer = Promise.withResolvers<{ ok: true; admitted: string }>();
    door.decide = () => answer.promise;
    const waiting = knock('/ws/chat/hall/');
    await once(waiting.client, 'open');
    const before = performance.now();
    await transport.close();
    expect(performance.now() - before).toBeLessThan(1_500);
    expect(await polite.ended).toEqual([4001, 'shutdown']);
    expect(await waiting.ended).toEqual([4001, 'shutdown']);
    expect(door.closed.length).toBe(2);
    answer.resolve({ ok: true, admitted: 'late' });
    await until(() => expect(door.forsaken).toEqual(['late']));
    expect(door.sessions.length).toBe(2);
    expect(server.listening).toBe(true);
  });
});
