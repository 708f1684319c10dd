import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { cling, socketCount } from '../../test/harness/clinging.ts';
import {
  chat,
  joined,
  joinedByHand,
  main,
  modern,
  server,
  start,
  stop,
  transport,
  until,
  url,
} from '../../test/harness/socket-io-mount.ts';
import { patienceMs } from '../../test/harness/until.ts';

beforeEach(() => start());
afterEach(stop);

describe('the mount', () => {
  it('refuses newcomers once it stops accepting, and keeps those it has', async () => {
    const client = await joined(modern, main, { transports: ['polling', 'websocket'] });
    transport.stopAccepting();
    const refusal = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
    expect([refusal.status, refusal.headers.get('retry-after')]).toEqual([503, '1']);
    const upgrade = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    const [error] = (await once(upgrade, 'error')) as [Error];
    expect(error.message).toContain('503');
    await until(() => expect(main.latest.link.transportName).toBe('websocket'));
    client.emit('say');
    await until(() => expect(main.heard.length).toBe(1));
  });

  it('has no socket left of those whom it refused, whether or not they close', async () => {
    await start({ newcomersPerAddress: 0 });
    const path = '/socket.io/?EIO=4&transport=websocket';
    expect(await cling(server, path)).toEqual(Array(3).fill('HTTP/1.1 429 Too Many Requests'));
    transport.stopAccepting();
    expect(await cling(server, path)).toEqual(Array(3).fill('HTTP/1.1 503 Service Unavailable'));
    expect(await cling(server, `${path}&sid=unknown`)).toEqual(Array(3).fill('HTTP/1.1 400 Bad Request'));
    await vi.waitFor(async () => expect(await socketCount(server)).toBe(0), { timeout: patienceMs });
  });

  it('answers an upgrade that it refuses', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid=unknown`);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('400');
  });

  it('closes all, also those who do not answer, and leaves the HTTP server open', async () => {
    const { socket } = await joinedByHand();
    socket.pause();
    await joined(modern, main, { transports: ['polling'], reconnection: false });
    await joined(modern, chat, { transports: ['websocket'], reconnection: false });
    const before = performance.now();
    await transport.close();
    // Left to themselves, the libraries wait for 30 s.
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(main.closed.length).toBe(2);
    expect(chat.closed.length).toBe(1);
    expect(server.listening).toBe(true);
  });

  it('names its node in the ids of connections, where it has a name', async () => {
    const sidOf = async (): Promise<string> => {
      const packet = await (await fetch(`${url}/socket.io/?EIO=4&transport=polling`)).text();
      return (JSON.parse(packet.slice(1)) as { sid: string }).sid;
    };
    expect(await sidOf()).toMatch(/^[\w-]{36}$/);
    await start({ nodeName: 'node-1' });
    const sids = [await sidOf(), await sidOf()];
    for (const sid of sids) expect(sid).toMatch(/^node-1\.[\w-]{36}$/);
    expect(sids[0]).not.toBe(sids[1]);
    const client = await joined(modern, main, { transports: ['polling', 'websocket'] });
    await until(() => expect(main.latest.link.transportName).toBe('websocket'));
    client.emit('say');
    await until(() => expect(main.heard.length).toBe(1));
  });

  it('serves the client script', async () => {
    const response = await fetch(`${url}/socket.io/socket.io.js`);
    expect(response.headers.get('content-type')).toMatch('javascript');
    await response.body?.cancel();
  });
});
