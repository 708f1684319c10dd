import { once } from 'node:events';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { socketCount } from '../../test/harness/clinging.ts';
import { joinedByHand, main, openByHand, server, start, stop, until } from '../../test/harness/socket-io-mount.ts';
import { patienceMs } from '../../test/harness/until.ts';

afterEach(stop);

type Told = {
  readonly frames: readonly string[];
  readonly code: number | undefined;
  readonly heard: readonly unknown[];
};

const nameless = (text: string) => text.replace(/"(sid|pid)":"[^"]*"/g, '"$1":""');

/** What a client that says this by websocket is told, and what the door hears of it. */
async function play(said: readonly (string | Buffer)[], hasOwnSessions: boolean): Promise<Told> {
  await start({ hasOwnSessions, maxPayloadBytes: 2_000 });
  main.onOpen = ({ link }) => link.send([main.raw('2["welcome"]')]);
  main.onPacket = ({ session, event, ack }) => {
    if (ack !== undefined) session.link.send([main.raw(session.link.ackPacket(ack, JSON.stringify(event)))]);
    if (event === 'out') session.link.close('revoked');
    if (event === 'away') session.link.close('shutdown');
  };
  const { socket, texts } = await openByHand();
  let code: number | undefined;
  const closed = once(socket, 'close').then(([is]) => {
    code = is;
  });
  for (const one of said) {
    socket.send(one);
    // All that it leads to has come when a few pings have gone there and back, one after the other.
    for (let round = 0; round < 3 && code === undefined && socket.readyState === socket.OPEN; round++) {
      socket.ping();
      await Promise.race([once(socket, 'pong'), closed]);
    }
  }
  if (socket.readyState !== socket.OPEN) await closed;
  const heard = main.heard.map(({ event, payload, ack }) => ({ event, payload, ack }));
  const told = { frames: texts.map(nameless), code, heard: [...heard, main.malformed.length, main.closed.length] };
  await stop();
  return told;
}

const soundWords = ['40{"token":"good"}', '42["say",{"a":1}]', '427["ask",null]', '42["say","é€😀"]', '41', '3'];
const oddWords = [
  '40',
  '40{"token":"bad"}',
  '40/chat,{"token":"good"}',
  '40/nowhere,',
  '40"text"',
  '40[1]',
  '40/constructor,',
  '40/__proto__,{}',
  '41/chat,',
  '42/chat,["say",1]',
  '42',
  '42[]',
  '42[1,2]',
  '42{"no":"list"}',
  '42["connect"]',
  '423["disconnect",1]',
  '4299999999999999999999["say"]',
  '42[broken',
  '430["nobody asked"]',
  '43',
  '44{"message":"x"}',
  '451-["bytes",{"_placeholder":true,"num":0}]',
  '450-["no bytes"]',
  '461-7[{"_placeholder":true,"num":0}]',
  '47',
  '4',
  '2',
  '2probe',
  '0',
  '1',
  '5',
  '6',
  '7',
  'x',
  '',
  'bAAEC',
  '42["out"]',
  '42["away"]',
  `42["say","${'x'.repeat(1_900)}"]`,
  `42["say","${'x'.repeat(2_000)}"]`,
  Buffer.from([1, 2, 3]),
];

describe('a session that is ours', () => {
  it.each(oddWords)('hears %j, and answers it, as the libraries do', async (odd) => {
    for (const before of [[], soundWords.slice(0, 1)]) {
      const said = [...before, odd, ...soundWords.slice(0, 2)];
      expect(await play(said, true)).toEqual(await play(said, false));
    }
  });

  it('hears and answers all that may be said in any order as the libraries do', { timeout: 120_000 }, async () => {
    const word = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom<string | Buffer>(...soundWords) },
      fc.constantFrom<string | Buffer>(...oddWords),
    );
    const said = fc.array(word, { maxLength: 6 }).map((words) => [...soundWords.slice(0, 1), ...words]);
    await fc.assert(
      fc.asyncProperty(said, async (words) => {
        expect(await play(words, true)).toEqual(await play(words, false));
      }),
      { numRuns: 60 },
    );
  });

  it('is pinged, lives as long as it answers, and is closed when it does not', async () => {
    for (const hasOwnSessions of [true, false]) {
      await start({ hasOwnSessions, pingIntervalMs: 30, pingTimeoutMs: 60 });
      const { socket, texts } = await openByHand();
      let answers = 5;
      socket.on('message', (data) => {
        if (String(data) === '2' && answers-- > 0) socket.send('3');
      });
      socket.send('40{"token":"good"}');
      const [code] = await once(socket, 'close');
      expect(code).toBe(1005);
      expect(texts.filter((text) => text === '2')).toHaveLength(6);
      await until(() => expect(main.closed.length).toBe(1));
      await stop();
    }
  });

  it('is waited for from a ping to its answer alone, whatever it says and however it is read', async () => {
    await start({ pingIntervalMs: 1_600, pingTimeoutMs: 1_200 });
    const { socket, texts } = await joinedByHand();
    const { link } = main.latest;
    link.pause();
    link.resume();
    socket.on('message', (data) => {
      if (String(data) !== '2') return;
      for (const text of ['3', '42["say",1]']) socket.send(text);
    });
    await until(() => expect(texts.filter((text) => text === '2')).toHaveLength(2));
    expect(main.closed).toEqual([]);
  });

  it.each(['451-["bytes",{"_placeholder":true,"num":0}]', '461-7[{"_placeholder":true,"num":0}]'])(
    'takes no text for an event while it waits for the bytes of %s',
    async (awaiting) => {
      const said = ['40{"token":"good"}', awaiting, '42["say",1]'];
      const told = await play(said, true);
      expect(told).toEqual(await play(said, false));
      expect(told.heard).toEqual([0, 1]);
    },
  );

  it('that has said its last and reads nothing is closed for its silence, and its socket with it', async () => {
    await start({ pingIntervalMs: 30, pingTimeoutMs: 60 });
    const { socket } = await joinedByHand();
    const below = (socket as unknown as { readonly _socket: Socket })._socket;
    below.pause();
    const { link } = main.latest;
    while (link.bufferedBytes < 3_000_000) link.send([main.raw(`2["large","${'x'.repeat(1_000_000)}"]`)]);
    below.end();
    await until(() => expect(main.closed.length).toBe(1));
    await vi.waitFor(async () => expect(await socketCount(server)).toBe(0), { timeout: patienceMs });
  });
});
