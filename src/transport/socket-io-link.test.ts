import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeSession } from '../../test/harness/fake-door.ts';
import {
  chat,
  collect,
  join,
  joined,
  joinedByHand,
  main,
  modern,
  openByHand,
  pollByHand,
  report,
  server,
  start,
  stop,
  until,
} from '../../test/harness/socket-io-mount.ts';

beforeEach(() => start());
afterEach(stop);

describe('a link', () => {
  it('loses, doubles and reorders nothing while its client upgrades under a flood', async () => {
    for (let round = 0; round < 6; round++) {
      const opened = new Promise<FakeSession>((resolve) => {
        main.onOpen = resolve;
      });
      const client = join(modern, '/', { transports: ['polling', 'websocket'] });
      const heard: unknown[] = [];
      client.on('text', (text) => heard.push(text));
      const { link } = await opened;
      let sent = 0;
      const ways: string[] = [];
      while (ways.length === 0 || ways.lastIndexOf('polling') > ways.length - 200) {
        ways.push(link.transportName);
        for (let i = 0; i < 1 + (ways.length % 4); i++) {
          link.send([
            main.chunk({ name: 'text', payload: sent++ }, { name: 'text', payload: sent++ }),
            main.chunk({ name: 'text', payload: sent++ }),
          ]);
        }
        if (ways.length % (round + 2) === 0) await sleep(1);
        else await new Promise(setImmediate);
      }
      expect(ways[0]).toBe('polling');
      expect(ways.at(-1)).toBe('websocket');
      await until(() => expect(heard.length).toBeGreaterThanOrEqual(sent));
      expect(heard).toEqual(Array.from({ length: sent }, (_, index) => index));
      client.close();
    }
  });

  it('writes all chunks of a send to a websocket at once', async () => {
    const { socket, texts } = await joinedByHand();
    const reads: Buffer[] = [];
    (socket as unknown as { _socket: Socket })._socket.on('data', (bytes: Buffer) => reads.push(bytes));
    main.latest.link.send([
      main.chunk({ name: 'text', payload: 1 }, { name: 'text', payload: 2 }),
      main.chunk({ name: 'text', payload: 3 }),
    ]);
    await until(() => expect(texts.slice(-3)).toEqual(['42["text",1]', '42["text",2]', '42["text",3]']));
    expect(reads.length).toBe(1);
  });

  it('hears nothing while it is paused, and then everything in order, by websocket', async () => {
    const paused = await joinedByHand();
    const { link } = main.latest;
    const other = await joinedByHand();
    link.pause();
    for (let count = 0; count < 3; count++) paused.socket.send(`42["said",${count}]`);
    other.socket.send('42["said","by another"]');
    await until(() => expect(main.heard.length).toBeGreaterThan(0));
    expect(main.heard.map(({ payload }) => payload)).toEqual(['by another']);
    link.resume();
    await until(() => expect(main.heard.length).toBe(4));
    expect(main.heard.slice(1).map(({ payload }) => payload)).toEqual([0, 1, 2]);
  });

  it('goes on hearing while it is paused, by polling', async () => {
    const poll = await pollByHand();
    main.latest.link.pause();
    await poll('POST', '42["said"]');
    await until(() => expect(main.heard.length).toBe(1));
    main.latest.link.resume();
  });

  it('does not overtake what the engine has queued', async () => {
    const { socket, texts } = await openByHand();
    main.onOpen = ({ link }) => link.send([main.chunk({ name: 'a', payload: 1 })]);
    chat.onOpen = ({ link }) => link.send([chat.chunk({ name: 'b', payload: 1 })]);
    socket.send('40{"token":"good"}');
    socket.send('40/chat,{"token":"good"}');
    await until(() => expect(texts.length).toBe(5));
    expect(texts.slice(1).map((text) => text.slice(0, 8))).toEqual(['40{"sid"', '42["a",1', '40/chat,', '42/chat,']);
  });

  it('gives a polling client one answer a send, whatever the send holds', async () => {
    const poll = await pollByHand();
    expect(await poll('GET')).toMatch(/^40\{"sid":"[^"]+"\}$/);
    const answer = poll('GET');
    await sleep(50);
    const marker = main.packaging.marker('9') ?? '';
    main.latest.link.send([main.chunk({ name: 'a', payload: 1 }, { name: 'b', payload: 2 }), main.raw(marker)]);
    expect(await answer).toBe('42["a",1]\x1e42["b",2]\x1e42["position","9"]');
  });

  it('hears nothing more once it is to close', async () => {
    const poll = await pollByHand();
    main.onPacket = ({ session }) => session.link.close('shutdown');
    await poll('POST', '42["first"]\x1e42["second"]');
    await sleep(20);
    expect(main.heard.map(({ event }) => event)).toEqual(['first']);
  });

  it('counts what a polling client has not fetched', async () => {
    const poll = await pollByHand();
    await poll('GET');
    const { link } = main.latest;
    expect(link.bufferedBytes).toBe(0);
    link.send([main.raw('é'.repeat(50)), main.raw('x'.repeat(50))]);
    expect(link.bufferedBytes).toBe(150);
    link.send([main.raw('x'.repeat(1000))]);
    expect(link.bufferedBytes).toBe(1150);
    expect(link.bufferedBytes).toBe(1150);
    await poll('GET');
    link.send([main.raw('x'), main.raw('y'), main.raw('z')]);
    expect(link.bufferedBytes).toBe(3);
  });

  it('counts what a websocket client does not read, and can be cut', async () => {
    const { socket } = await joinedByHand();
    socket.pause();
    const { link } = main.latest;
    const big = main.chunk({ name: 'text', payload: 'x'.repeat(500_000) });
    for (let i = 0; i < 40; i++) link.send([big]);
    await sleep(50);
    expect(link.bufferedBytes).toBeGreaterThan(1_000_000);
    link.close('slowConsumer');
    expect(main.closed).toEqual([main.latest]);
    const left = () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
    await vi.waitFor(async () => expect(await left()).toBe(0), { timeout: 10_000 });
  });

  it.each(['tokenExpired', 'slowConsumer', 'shutdown', 'broken', 'tooLarge'] as const)(
    'closed for %s sees its client come back by itself',
    async (reason) => {
      for (const transports of [['websocket'], ['polling']]) {
        const client = await joined(modern, main, { transports, reconnectionDelay: 10 });
        const gone = collect(client, 'disconnect');
        const sessions = main.sessions.length;
        const texts = collect(client, 'text');
        if (reason !== 'slowConsumer') main.latest.link.send([main.chunk({ name: 'text', payload: 'last words' })]);
        main.latest.link.close(reason);
        await until(() => expect(main.sessions.length).toBe(sessions + 1));
        expect(gone[0]?.[0]).toMatch(/^transport (close|error)$/);
        if (reason !== 'slowConsumer') expect(texts).toEqual([['last words']]);
        client.close();
      }
    },
  );

  it.each(['revoked', 'abuse', 'tooManyConnections', 'unauthenticated'] as const)(
    'closed for %s keeps its client away',
    async (reason) => {
      const client = await joined(modern, main, { reconnectionDelay: 1, transports: ['websocket'] });
      const gone = collect(client, 'disconnect');
      const texts = collect(client, 'text');
      main.latest.link.send([main.chunk({ name: 'text', payload: 'last words' })]);
      main.latest.link.close(reason);
      await until(() => expect(gone[0]?.[0]).toBe('io server disconnect'));
      await sleep(50);
      expect(texts).toEqual([['last words']]);
      expect(main.sessions.length).toBe(1);
      expect(main.closed.length).toBe(1);
    },
  );

  it('that the door closes while it opens is told so after it opened', async () => {
    main.onOpen = ({ link }) => link.close('tooManyConnections');
    const gone = collect(join(modern, '/'), 'disconnect');
    await until(() => expect(gone.length).toBe(1));
    expect(main.closed).toEqual(main.sessions);
    expect(main.closed.length).toBe(1);
  });

  it('ends when its client vanishes', async () => {
    const { socket } = await joinedByHand();
    socket.terminate();
    await until(() => expect(main.closed.length).toBe(1));
  });

  it('ends alone when the listener breaks', async () => {
    const other = await joined(modern, main);
    const client = await joined(modern, main, { reconnection: false });
    main.onPacket = () => {
      throw new Error('bug');
    };
    const gone = collect(client, 'disconnect');
    client.emit('say');
    await until(() => expect(gone.length).toBe(1));
    expect(report).toHaveBeenCalledOnce();
    expect(other.connected).toBe(true);
    expect(main.closed.length).toBe(1);
  });
});
