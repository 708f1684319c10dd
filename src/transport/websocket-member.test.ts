import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { clients, door, enter, report, server, start, stop, until, url } from '../../test/harness/websocket-mount.ts';
import { upgradeHead } from '../../test/security/raw.ts';
import { Chunk } from '../gateway/transport.ts';
import { webSocketPackaging } from './websocket.ts';

beforeEach(() => start());
afterEach(stop);

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
    await vi.waitFor(() => expect(door.closed.length).toBe(1), { timeout: 10_000 });
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
    await vi.waitFor(() => expect(door.closed.length).toBe(1), { timeout: 10_000 });
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
