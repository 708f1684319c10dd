import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Connect,
  chat,
  collect,
  join,
  joined,
  joinedByHand,
  main,
  modern,
  openByHand,
  report,
  server,
  start,
  stop,
  until,
  url,
} from '../../test/harness/socket-io-mount.ts';

const load = createRequire(import.meta.url);
const connect3 = load('socket.io-client-3').io as Connect;
const connect2 = load('socket.io-client-2') as Connect;

const ages: readonly [string, Connect][] = [
  ['4', modern],
  ['3', connect3],
  ['2', connect2],
];
const ways = [
  { name: 'websocket', transports: ['websocket'] },
  { name: 'polling', transports: ['polling'] },
  { name: 'polling that upgrades', transports: ['polling', 'websocket'] },
];

beforeEach(() => start());
afterEach(stop);

describe.each(ages)('socket.io-client %s', (age, connect) => {
  describe.each(ways)('over $name', ({ transports }) => {
    it.each(['/', '/chat'])('hears what is said in %s, and is heard, in order', async (namespace) => {
      const door = namespace === '/chat' ? chat : main;
      const client = await joined(connect, door, { transports });
      const session = door.latest;
      const texts = collect(client, 'text');
      session.link.send([door.chunk({ name: 'text', payload: 1 }, { name: 'text', payload: { é: '€😀' } })]);
      session.link.send([
        door.chunk({ name: 'text', payload: 'x'.repeat(70_000) }),
        door.chunk({ name: 'text', payload: 4 }),
      ]);
      client.emit('say', { text: 'один' }, 'a second argument');
      client.emit('nothing');
      await until(() => {
        expect(texts).toEqual([[1], [{ é: '€😀' }], ['x'.repeat(70_000)], [4]]);
        expect(door.heard).toEqual([
          { session, event: 'say', payload: { text: 'один' }, ack: undefined },
          { session, event: 'nothing', payload: undefined, ack: undefined },
        ]);
      });
      expect(session.link.canResume).toBe(age !== '2');
    });

    it('gets an acknowledgement after the frames that were sent before it', async () => {
      const client = await joined(connect, chat, { transports });
      const order: unknown[] = [];
      chat.onPacket = ({ session: { link }, ack }) => {
        if (ack === undefined) throw new Error('asked for an ack');
        link.send([
          chat.chunk({ name: 'text', payload: 'first' }),
          chat.raw(link.ackPacket(ack, JSON.stringify({ event: 'said', data: 7 }))),
          chat.chunk({ name: 'text', payload: 'last' }),
        ]);
      };
      client.on('text', (text) => order.push(text));
      client.emit('say', {}, (...args: unknown[]) => order.push(args));
      await until(() => expect(order).toEqual(['first', [{ event: 'said', data: 7 }], 'last']));
    });

    it('is let in once though it asks once more while it waits', async () => {
      const answer = Promise.withResolvers<{ ok: true; admitted: string }>();
      chat.decide = () => answer.promise;
      const client = join(connect, '/chat', { transports, reconnection: false });
      const refused = ['connect_error', 'error'].map((event) => collect(client, event));
      await until(() => expect(chat.handshakes.length).toBe(1));
      client.connect();
      // What is asked for behind it is answered behind it.
      const nowhere = client.io.socket('/nowhere');
      const turnedAway = ['connect_error', 'error'].map((event) => collect(nowhere, event));
      await until(() => expect(turnedAway.flat()).toHaveLength(1));
      answer.resolve({ ok: true, admitted: 'late' });
      await until(() => expect(client.connected).toBe(true));
      expect(refused.flat()).toEqual([]);
      expect(chat.sessions.length).toBe(1);
    });

    it('is told once when it goes', async () => {
      const client = await joined(connect, main, { transports });
      client.close();
      await until(() => expect(main.closed).toEqual([main.latest]));
      main.latest.link.send([main.chunk({ name: 'text', payload: 1 })]);
      main.latest.link.close('shutdown');
      await sleep(20);
      expect(main.closed.length).toBe(1);
    });
  });

  it('is refused at the door', async () => {
    const client = join(connect, '/', { auth: { token: 'bad' }, query: { token: 'bad' } });
    const refused = collect(client, age === '2' ? 'error' : 'connect_error');
    await until(() => expect(refused.length).toBe(1));
    const why = refused[0]?.[0];
    expect(why instanceof Error ? why.message : why).toBe('Authentication error');
    expect(main.sessions).toEqual([]);
  });
});

describe('a door', () => {
  it.each([
    ['revoked', 'Authentication error'],
    ['tokenExpired', 'Authentication error'],
    ['tooManyConnections', 'Too many connections'],
    ['shutdown', 'Server is shutting down'],
  ] as const)('says %s in its words', async (reason, words) => {
    main.decide = () => ({ ok: false, reason });
    const refused = collect(join(modern, '/'), 'connect_error');
    await until(() => expect(refused.map(([error]) => String(error))).toEqual([`Error: ${words}`]));
  });

  it('that breaks refuses, and tells', async () => {
    main.decide = () => Promise.reject(new Error('bug'));
    const refused = collect(join(modern, '/'), 'connect_error');
    await until(() => expect(String(refused[0]?.[0])).toBe('Error: Server error'));
    expect(report).toHaveBeenCalledOnce();
  });

  it('that breaks while opening ends this connection only', async () => {
    const other = await joined(modern, main);
    main.onOpen = () => {
      throw new Error('bug');
    };
    const gone = collect(join(modern, '/', { reconnection: false }), 'disconnect');
    await until(() => expect(gone.length).toBe(1));
    expect(report).toHaveBeenCalledOnce();
    expect(other.connected).toBe(true);
    expect(main.closed).toEqual([]);
  });

  it('sees everything that a client shows', async () => {
    await joined(modern, main, {
      transports: ['websocket'],
      auth: { token: { not: 'a string' }, dialect: 'direct' },
      query: { token: 'good', dialect: 'kenz', other: 'x y' },
      extraHeaders: {
        authorization: 'Bearer from-header',
        cookie: 'a=b; token="from%20cookie"; token=second',
        origin: 'https://good.example',
        'sec-fetch-site': 'same-origin',
      },
    });
    expect(main.handshakes[0]).toMatchObject({
      credentials: {
        auth: { not: 'a string' },
        authorization: 'Bearer from-header',
        query: 'good',
        cookie: 'from cookie',
      },
      origin: 'https://good.example',
      secFetchSite: 'same-origin',
      host: url.slice('http://'.length),
      isSecure: false,
      address: '127.0.0.1',
      dialect: 'direct',
      room: '',
    });
    expect(main.handshakes[0]?.query.get('other')).toBe('x y');
  });

  it('is told the first words with the answer of a session, and the switch to a websocket with its greeting', async () => {
    const writes: string[] = [];
    server.prependListener('upgrade', (_request, socket) => {
      const { _handle: handle } = socket as unknown as {
        _handle: { writeBuffer(request: unknown, bytes: Buffer): number };
      };
      const { writeBuffer } = handle;
      handle.writeBuffer = (request, bytes) => {
        writes.push(bytes.toString('latin1'));
        return writeBuffer.call(handle, request, bytes);
      };
    });
    main.onOpen = ({ link }) => setImmediate(() => link.send([main.raw('2["first"]')]));
    const { texts } = await joinedByHand();
    await until(() => expect(texts.length).toBe(3));
    expect(writes).toEqual([
      expect.stringMatching(/^HTTP\/1.1 101 [\s\S]*0\{"sid"/),
      expect.stringMatching(/40\{"sid"[\s\S]*42\["first"\]$/),
    ]);
  });

  it('is told the first words with the answer of the library, and the switch to a websocket with its greeting', async () => {
    await start({ hasOwnSessions: false });
    const writes: string[] = [];
    server.on('upgrade', (_request, socket) => {
      vi.spyOn(socket, '_write').mockImplementation(() => writes.push('alone'));
      const { _writev: gathered } = socket;
      socket._writev = function (chunks, done) {
        writes.push(
          chunks
            .map(({ chunk }) =>
              Buffer.from(chunk)
                .toString('latin1')
                .replace(/^\x81(~[\s\S]{2}|.)/, ''),
            )
            .join(' '),
        );
        gathered?.call(this, chunks, done);
      };
    });
    main.onOpen = ({ link }) => setImmediate(() => link.send([main.raw('2["first"]')]));
    const { texts } = await joinedByHand();
    await until(() => expect(texts.length).toBe(3));
    expect(writes).toEqual([
      expect.stringMatching(/^HTTP\/1.1 101 [\s\S]* 0\{"sid"/),
      expect.stringMatching(/40\{"sid".* 42\["first"\]$/),
    ]);
  });

  it('takes a hint from the query, and none that it does not know', async () => {
    await joined(modern, main, { query: { dialect: 'kenz' } });
    await joined(modern, main, { query: { dialect: 'toString' } });
    expect(main.handshakes.map(({ dialect }) => dialect)).toEqual(['kenz', undefined]);
  });

  it('does not open for a client that left meanwhile', async () => {
    const answer = Promise.withResolvers<{ ok: true; admitted: string }>();
    main.decide = () => answer.promise;
    const client = join(modern, '/', { transports: ['websocket'] });
    await until(() => expect(main.handshakes.length).toBe(1));
    client.io.engine.close();
    client.close();
    await sleep(50);
    answer.resolve({ ok: true, admitted: 'late' });
    await until(() => expect(main.forsaken).toEqual(['late']));
    expect(main.sessions).toEqual([]);
  });

  it('may take longer to answer than a newcomer may take to ask', async () => {
    await start({ handshakeMs: 100 });
    const answer = Promise.withResolvers<{ ok: true; admitted: string }>();
    main.decide = () => answer.promise;
    const client = join(modern, '/', { transports: ['websocket'], reconnection: false });
    await until(() => expect(main.handshakes.length).toBe(1));
    await sleep(400);
    answer.resolve({ ok: true, admitted: 'late' });
    await until(() => expect(client.connected).toBe(true));
    await sleep(200);
    expect(client.connected).toBe(true);
  });

  it.each([true, false])(
    'opens once for a client that asks to enter twice at once (own sessions: %s)',
    async (hasOwnSessions) => {
      await start({ hasOwnSessions });
      const { socket, texts } = await openByHand();
      socket.send('40{"token":"good"}');
      socket.send('40{"token":"good"}');
      socket.send('40/chat,{"token":"good"}');
      await until(() => expect(texts.filter((text) => text.startsWith('40/chat,'))).toHaveLength(1));
      expect(texts.filter((text) => text.startsWith('40{'))).toHaveLength(1);
      expect(texts.filter((text) => text.startsWith('44'))).toEqual([]);
      expect(main.sessions.length).toBe(1);
      expect(main.forsaken).toEqual([]);
    },
  );

  it('allows the origins it is told to, and no others', async () => {
    const ask = async (origin: string) =>
      (await fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers: { origin } })).headers.get(
        'access-control-allow-origin',
      );
    expect(await ask('https://good.example')).toBe('https://good.example');
    expect(await ask('https://evil.example')).toBeNull();
  });
});
