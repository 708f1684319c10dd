import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { cling, socketCount } from '../../test/harness/clinging.ts';
import { patienceMs } from '../../test/harness/until.ts';
import {
  dialRoom,
  door,
  enter,
  report,
  server,
  start,
  stop,
  transport,
  until,
  url,
} from '../../test/harness/websocket-mount.ts';

beforeEach(() => start());
afterEach(stop);

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
    expect(door.handshakes[0]?.room).toBe(room);
    expect(door.handshakes[0]?.query.get('after')).toBe(path.includes('after') ? '3' : null);
  });

  it('sees everything that a client shows', async () => {
    dialRoom('/ws/chat/hall?token=good&dialect=kenz', {
      authorization: 'Bearer abc',
      cookie: 'token=%zz; other=1',
      origin: 'https://page.example',
    });
    await until(() => expect(door.sessions.length).toBe(1));
    expect(door.handshakes[0]).toMatchObject({
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
    const { client, ended } = dialRoom('/ws/chat/hall/');
    await once(client, 'open');
    client.send('{"message":"unheard"}');
    expect(await ended).toEqual([code, words]);
    expect(door.sessions).toEqual([]);
  });

  it('that breaks closes this connection only', async () => {
    const other = await enter();
    door.decide = () => Promise.reject(new Error('bug'));
    expect(await dialRoom('/ws/chat/hall/').ended).toEqual([4001, 'broken']);
    door.decide = () => ({ ok: true, admitted: 'x' });
    door.onOpen = () => {
      throw new Error('bug');
    };
    expect(await dialRoom('/ws/chat/hall/').ended).toEqual([4001, 'broken']);
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
    const { client } = dialRoom('/ws/chat/hall/');
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
    const waiting = dialRoom('/ws/chat/hall/?token=good');
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
    const { client } = dialRoom('/ws/chat/hall/');
    await once(client, 'open');
    client.terminate();
    answer.resolve({ ok: true, admitted: 'late' });
    // Whether it had opened by then or not, nothing is left of it.
    await until(() => expect(door.forsaken.length + door.closed.length).toBe(1));
    expect(door.closed).toEqual(door.sessions);
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
    await vi.waitFor(async () => expect(await socketCount(server)).toBe(0), { timeout: patienceMs });
  });

  it('closes all, also those who do not answer or still wait at the door', async () => {
    const polite = await enter();
    const deaf = await enter();
    deaf.client.pause();
    const answer = Promise.withResolvers<{ ok: true; admitted: string }>();
    door.decide = () => answer.promise;
    const waiting = dialRoom('/ws/chat/hall/');
    await once(waiting.client, 'open');
    const before = performance.now();
    await transport.close();
    // Left to themselves, the libraries wait for 30 s.
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(await polite.ended).toEqual([4001, 'shutdown']);
    expect(await waiting.ended).toEqual([4001, 'shutdown']);
    expect(door.closed.length).toBe(2);
    answer.resolve({ ok: true, admitted: 'late' });
    await until(() => expect(door.forsaken).toEqual(['late']));
    expect(door.sessions.length).toBe(2);
    expect(server.listening).toBe(true);
  });
});
