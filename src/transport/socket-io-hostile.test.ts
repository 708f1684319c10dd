import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  collect,
  joined,
  joinedByHand,
  main,
  modern,
  openByHand,
  pollByHand,
  report,
  start,
  stop,
  until,
  url,
} from '../../test/harness/socket-io-mount.ts';

beforeEach(() => start());
afterEach(stop);

describe('a hostile client', () => {
  it('may name its events as it likes', async () => {
    const { socket } = await joinedByHand();
    const names = ['error', '__proto__', 'constructor', 'connection', 'message', '', 'ping', 'close', 'data', 'drain'];
    for (const name of names) socket.send(`42${JSON.stringify([name, { a: 1 }])}`);
    socket.send('42[7,"number"]');
    await until(() => expect(main.heard.map(({ event }) => event)).toEqual([...names, '7']));
    expect(main.closed).toEqual([]);
  });

  it('may ask for senseless acknowledgements', async () => {
    const { socket } = await joinedByHand();
    socket.send('420["zero"]');
    socket.send(`42${'9'.repeat(400)}["huge"]`);
    socket.send('431["an answer that nobody asked for"]');
    await until(() => expect(main.heard.map(({ ack }) => ack)).toEqual([0, undefined]));
    expect(main.closed).toEqual([]);
  });

  it('may send an event without a name, which is malformed', async () => {
    const { socket } = await joinedByHand();
    socket.send('42');
    await until(() => expect(main.malformed).toEqual([main.latest]));
  });

  it.each(['disconnect', 'disconnecting', 'connect', 'connect_error', 'newListener', 'removeListener'])(
    'may use the reserved name %s, which is a name like any other',
    async (name) => {
      const { socket } = await joinedByHand();
      socket.send(`425["${name}",{"a":1}]`);
      await until(() =>
        expect(main.heard).toEqual([expect.objectContaining({ event: name, payload: { a: 1 }, ack: 5 })]),
      );
      expect(main.closed).toEqual([]);
    },
  );

  it.each(['42["broken json', '42{"no":"list"}', '42[]', '42[null]', '42"text"', '42[["x"]]'])(
    'may send %s, which is malformed',
    async (text) => {
      const { socket } = await joinedByHand();
      socket.send(text);
      socket.send('42["well"]');
      await until(() => expect(main.heard.map(({ event }) => event)).toEqual(['well']));
      expect(main.malformed).toEqual([main.latest]);
      expect(main.closed).toEqual([]);
    },
  );

  it('may send bytes in an event', async () => {
    const { socket } = await joinedByHand();
    socket.send('451-["file",{"_placeholder":true,"num":0}]');
    socket.send(Buffer.from([1, 2, 3]));
    await until(() => expect(main.heard[0]?.payload).toEqual(Buffer.from([1, 2, 3])));
  });

  it.each([
    ['an unknown packet type', '4x'],
    ['bytes that never come', '451-["file",{"_placeholder":true,"num":0}]'],
    ['too many attachments', '459999-["file"]'],
    ['an empty message', '4'],
    ['a heartbeat in the wrong direction', '2'],
    ['no engine packet', '{}'],
    ['broken base64', 'b\u0000'],
    ['a second CONNECT', '40{"token":"good"}'],
    ['an unknown namespace', '42/unknown,["x"]'],
    ['deep nesting', `42["deep",${'['.repeat(100_000)}${']'.repeat(100_000)}]`],
    ['deep nesting with bytes', `451-["deep",${'['.repeat(100_000)}${']'.repeat(100_000)}]`],
  ])('that sends %s harms nobody else', async (_what, text) => {
    const other = await joined(modern, main, { transports: ['websocket'] });
    const { socket } = await joinedByHand();
    const texts = collect(other, 'text');
    socket.send(text);
    socket.send(Buffer.from('bytes'));
    socket.send(text);
    await sleep(30);
    main.sessions[0]?.link.send([main.chunk({ name: 'text', payload: 'still here' })]);
    await until(() => expect(texts).toEqual([['still here']]));
    expect(report).not.toHaveBeenCalled();
  });

  it('is cut when a message is too large', async () => {
    await start({ maxPayloadBytes: 1_000 });
    const { socket } = await joinedByHand();
    socket.send(`42["x","${'x'.repeat(900)}"]`);
    socket.send(`42["x","${'x'.repeat(1_000)}"]`);
    const [code] = await once(socket, 'close');
    expect(code).toBe(1009);
    expect(main.heard.length).toBe(1);
    expect(main.closed.length).toBe(1);
  });

  it('may ask in vain to be let in, a few times', async () => {
    const { socket, texts } = await openByHand();
    for (let count = 0; count < 50; count++) socket.send('40/nowhere,');
    await until(() => expect(texts.filter((text) => text.startsWith('44/nowhere,')).length).toBe(50));
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it.each([
    ['requests to enter nowhere', 4, '40/nowhere,', 150],
    ['requests with long names', 4, `40/${'nowhere'.repeat(10_000)},`, 5],
    ['pings as old clients send them', 3, '2', 150],
  ])('is cut off for too many %s', async (_what, age, text, times) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=${age}&transport=websocket`);
    let answered = 0;
    socket.on('message', (data) => (answered += /^(3$|44)/.test(String(data)) ? 1 : 0));
    await once(socket, 'open');
    const ended = once(socket, 'close');
    for (let count = 0; count < times; count++) socket.send(text);
    await ended;
    expect(answered).toBeLessThan(times);
  });

  it.each([
    ['a session that is ours', 4, '40/nowhere,', true],
    ['the library', 4, '40/nowhere,', false],
    ['the library, and its pings,', 3, '2', true],
  ])(
    'is cut off when it has left too much unread and wants an answer of %s',
    async (_what, age, text, hasOwnSessions) => {
      await start({ hasOwnSessions, unsentLimitBytes: 1_000_000 });
      const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=${age}&transport=websocket&token=good`);
      await once(socket, 'open');
      if (age === 4) socket.send('40{"token":"good"}');
      await until(() => expect(main.sessions.length).toBe(1));
      socket.pause();
      const { link } = main.latest;
      const say = (letters: number) => link.send([main.raw(`2["large","${'x'.repeat(letters)}"]`)]);
      while (link.bufferedBytes === 0) say(100_000);
      socket.send(text);
      socket.send('42["still",{}]');
      await until(() => expect(main.heard.length).toBe(1));
      while (link.bufferedBytes <= 1_000_000) say(100_000);
      socket.send(text);
      await until(() => expect(main.closed.length).toBe(1));
    },
  );

  it('is cut off when it polls nothing, has left too much there, and asks for more', async () => {
    await start({ unsentLimitBytes: 1_000_000 });
    const poll = await pollByHand();
    await until(() => expect(main.sessions.length).toBe(1));
    const { link } = main.latest;
    while (link.bufferedBytes <= 1_000_000) link.send([main.raw(`2["large","${'x'.repeat(100_000)}"]`)]);
    await poll('POST', '40/nowhere,');
    await until(() => expect(main.closed.length).toBe(1));
  });

  it('is cut off for too many requests in one poll as well', async () => {
    const poll = await pollByHand();
    await poll('POST', Array(150).fill('40/nowhere,').join('\x1e'));
    await until(() => expect(main.closed.length).toBe(1));
  });
});
