import { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import {
  type Client,
  type Connect,
  chat,
  joined,
  main,
  modern,
  server,
  start,
  stop,
  until,
} from '../../test/harness/socket-io-mount.ts';

beforeEach(() => start());
afterEach(stop);

const shown = {
  auth: { token: 'good', dialect: 'direct' },
  query: { token: 'good', other: 'x y' },
  extraHeaders: {
    authorization: 'Bearer from-header',
    cookie: 'token=from-cookie',
    origin: 'https://good.example',
    'sec-fetch-site': 'same-origin',
    'x-forwarded-for': '192.0.2.7',
    'x-forwarded-host': 'chat.example',
    'x-forwarded-proto': 'https',
    'user-agent': 'somebody',
  },
};

/** Of the 2.x line, which the library serves whatever the way. */
const old = createRequire(import.meta.url)('socket.io-client-2') as Connect;

type Inside = {
  readonly request?: object;
  /** Of a session that is ours. */
  readonly opening?: object;
  readonly transport: { readonly socket: WebSocket; listenerCount(event: string): number };
};
const insideOf = (link: { readonly carrier: object } | undefined) => link?.carrier as Inside;

/** Asks for `/chat` over the connection on which a client is in `/` already. */
async function alsoInChat(client: Client): Promise<void> {
  const manager = client.io as unknown as { socket(namespace: string, options: object): Client };
  manager.socket('/chat', shown);
  await until(() => expect(chat.sessions.length).toBe(1));
}

describe.each(['websocket', 'polling'])('a connection over %s', (name) => {
  it.each([false, true])('shows a further namespace the same (behind a proxy: %s)', async (isProxyTrusted) => {
    await start({ isProxyTrusted });
    const client = await joined(modern, main, { ...shown, transports: [name] });
    await alsoInChat(client);
    expect(chat.handshakes[0]).toEqual(main.handshakes[0]);
    expect(chat.handshakes[0]).toMatchObject({ address: isProxyTrusted ? '192.0.2.7' : '127.0.0.1' });
    expect(chat.handshakes[0]?.query.get('other')).toBe('x y');
  });

  it.each([
    ['modern', modern],
    ['old', old],
  ])('has no request any more once its %s client is in a namespace', async (_age, connect) => {
    await joined(connect, main, { ...shown, transports: [name] });
    const inside = insideOf(main.latest.link);
    const request = inside.request ?? inside.opening;
    expect(request).not.toBeInstanceOf(IncomingMessage);
    expect(JSON.stringify(request)).not.toContain('somebody');
  });
});

describe('connections', () => {
  it('that show the same share it, and others do not', async () => {
    const of = async (extraHeaders: object) => {
      await joined(modern, main, { transports: ['websocket'], extraHeaders });
      const inside = insideOf(main.latest.link);
      return inside.request ?? inside.opening;
    };
    const first = await of({ cookie: 'token=one' });
    expect(await of({ cookie: 'token=one' })).toBe(first);
    expect(await of({ cookie: 'token=two' })).not.toBe(first);
  });

  it('over websocket keep no listeners that were only there to open them', async () => {
    const sockets: Duplex[] = [];
    server.on('upgrade', (_request, socket) => sockets.push(socket));
    await joined(old, main, { transports: ['websocket'] });
    const { transport } = insideOf(main.latest.link);
    expect(transport.listenerCount('headers')).toBe(0);
    expect(transport.socket.listenerCount('error')).toBe(1);
    expect(sockets.map((socket) => socket.listenerCount('close'))).toEqual([1]);
  });

  it('may show acknowledgements that nobody asked for', async () => {
    const client = await joined(old, main, { transports: ['websocket'] });
    insideOf(main.latest.link).transport.socket.emit('message', Buffer.from('430["x"]'), false);
    client.emit('say', 1);
    await until(() => expect(main.heard).toMatchObject([{ event: 'say', payload: 1 }]));
    expect(main.closed).toEqual([]);
  });
});
