import { expect, test } from 'vitest';
import { quietMoment } from '../harness/until.ts';
import type { Listener } from './listener.ts';
import { ann, bob, openScene, whileAway } from './scene.ts';

const transports = [{ kind: ['websocket'] }, { kind: ['polling'] }, { kind: ['polling', 'websocket'] }];

const idsOf = (listener: Listener) => listener.fields('receive_message', 'id').map(String);
const roomIdsOf = (listener: Listener) => listener.fields('newMessage', 'id');

test.for(transports)(
  'on / a client that only listens hears what it missed, once, in order ($kind)',
  async ({ kind }) => {
    await using scene = await openScene();
    await scene.found('77', ['1', '2']);
    const listener = await scene.listen('/', bob, { transports: kind });
    const said = [await scene.say('77', '1', 'before')];
    await listener.hears('receive_message', 1);
    for (let cut = 0; cut < 3; cut++) {
      await whileAway(scene, listener, async () => {
        said.push(...(await scene.sayMany('77', '1', 1, 30)));
      });
      said.push(await scene.say('77', '1', 'live again'));
      await listener.hears('receive_message', said.length);
    }
    await quietMoment();
    expect(idsOf(listener)).toEqual(said);
    // The same messages, as whoever has not spoken yet hears them in the language of notifications.
    expect(listener.fields('message_notification', 'id').map(String)).toEqual(said);
    expect(listener.socket.recovered).toBe(true);
  },
);

test.for(transports)('on /chat a joined room is heard again without joining again ($kind)', async ({ kind }) => {
  await using scene = await openScene();
  await scene.found('den', ['1', '2']);
  const listener = await scene.listen('/chat', bob, { transports: kind });
  await listener.ask('joinRoom', 'den');
  const said = [await scene.say('den', '1', 'before')];
  await listener.hears('newMessage', 1);
  for (let cut = 0; cut < 3; cut++) {
    await whileAway(scene, listener, async () => {
      said.push(...(await scene.sayMany('den', '1', 1, 30)));
    });
    said.push(await scene.say('den', '1', 'live again'));
    await listener.hears('newMessage', said.length);
  }
  await quietMoment();
  expect(roomIdsOf(listener)).toEqual(said);
  expect(listener.heard('joinedRoom')).toEqual(['den']);
});

test('a client that had heard nothing yet hears what it missed', async () => {
  await using scene = await openScene();
  await scene.found('77', ['1', '2']);
  const listener = await scene.listen('/', bob);
  const said: string[] = [];
  await whileAway(scene, listener, async () => {
    said.push(...(await scene.sayMany('77', '1', 1, 5)));
  });
  await listener.hears('receive_message', 5);
  await quietMoment();
  expect(idsOf(listener)).toEqual(said);
});

test('a session survives the server, also when it had heard nothing yet', async () => {
  await using scene = await openScene();
  await scene.found('77', ['1', '2']);
  await scene.found('den', ['1', '2']);
  const silent = await scene.listen('/', bob);
  const joined = await scene.listen('/chat', bob);
  await joined.ask('joinRoom', 'den');
  const [inChat, inRoom]: [string[], string[]] = [[], []];
  for (let restart = 1; restart <= 2; restart++) {
    scene.wire.isDown = true;
    await scene.house.restart();
    inChat.push(...(await scene.sayMany('77', '1', 1, 5)));
    inRoom.push(...(await scene.sayMany('den', '1', 1, 5)));
    await scene.house.restart();
    scene.wire.isDown = false;
    await silent.connected(restart + 1);
    await joined.connected(restart + 1);
    inChat.push(await scene.say('77', '1', 'live'));
    inRoom.push(await scene.say('den', '1', 'live'));
    await joined.hears('newMessage', inRoom.length);
    await silent.hears('receive_message', inChat.length + inRoom.length);
  }
  await quietMoment();
  const chatOnly = silent.heard('receive_message') as { id: number; chat_id: number | string }[];
  expect(chatOnly.filter((one) => one.chat_id === 77).map((one) => String(one.id))).toEqual(inChat);
  expect(roomIdsOf(joined)).toEqual(inRoom);
  expect([silent.socket.recovered, joined.socket.recovered]).toEqual([true, true]);
});

test.for([{ ring: '10000' }, { ring: '100' }])(
  '5,000 missed messages come once and in order, with $ring entries in memory',
  { timeout: 90_000 },
  async ({ ring }) => {
    await using scene = await openScene({ RESUME_RING_ENTRIES: ring });
    await scene.found('77', ['1', '2']);
    const listeners = [
      await scene.listen('/', bob),
      await scene.listen('/', bob, { transports: ['polling'] }),
      await scene.listen('/', bob, { transports: ['polling', 'websocket'] }),
    ];
    const said: string[] = [];
    await whileAway(scene, listeners, async () => {
      said.push(...(await scene.sayMany('77', '1', 1, 5_000)));
    });
    // Live messages meanwhile must neither overtake nor be lost.
    said.push(...(await scene.sayMany('77', '1', 5_001, 5_200)));
    said.sort((one, other) => Number(one) - Number(other));
    for (const listener of listeners) {
      await listener.hears('receive_message', said.length);
      await quietMoment();
      expect(idsOf(listener)).toEqual(said);
    }
  },
);

test('what a client said before the cut is not heard again, and what it said unheard is', async () => {
  await using scene = await openScene();
  await scene.found('77', ['1', '2']);
  const listener = await scene.listen('/', ann);
  for (let n = 0; n < 20; n++) {
    await listener.ask('send_message', { chatId: 77, message: `${n}` });
    scene.wire.cut();
    await listener.connected(n + 2);
  }
  await quietMoment();
  const ids = idsOf(listener);
  expect(listener.fields('receive_message', 'message')).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
  expect(new Set(ids).size).toBe(20);
});

test('a client cut at any byte of what it is sent loses nothing, and hears little twice', async () => {
  await using scene = await openScene({ RESUME_RING_ENTRIES: '200' });
  await scene.found('77', ['1', '2']);
  const listener = await scene.listen('/', bob);
  const said: string[] = [];
  const rounds = 60;
  for (let round = 0; round < rounds; round++) {
    // Every second cut falls into the catching up of the one before.
    scene.wire.cutAfter(round % 2 === 0 ? 1 + round * 171 : 400 + round * 97);
    said.push(...(await scene.sayMany('77', '1', 1, 40)));
  }
  await listener.hears('receive_message', said.length);
  await quietMoment();
  const heard = idsOf(listener).map(Number);
  expect([...new Set(heard)]).toEqual(said.map(Number).sort((one, other) => one - other));
  expect(listener.connects).toBeGreaterThan(rounds / 4);
  expect(listener.socket.recovered).toBe(true);
  // At most what stands between two markers.
  const repeated = heard.length - said.length;
  expect(repeated / listener.connects).toBeLessThan(20);
});

test('clients cut at any moment under way hear everything once, in one order', async () => {
  await using scene = await openScene({ RESUME_RING_ENTRIES: '200' });
  await scene.found('77', ['1', '2', '3', '4']);
  const listeners = await Promise.all(
    // Not while upgrading: a client that is cut in the middle of that waits for its own ping timeout before it comes back.
    [['websocket'], ['polling'], ['websocket']].map((kind, index) =>
      scene.listen('/', { sub: String(index + 2) }, { transports: kind }),
    ),
  );
  const said: string[] = [];
  for (let round = 0; round < 25; round++) {
    const saying = scene.sayMany('77', '1', 1, 60);
    await new Promise((resolve) => setTimeout(resolve, (round * 7) % 30));
    scene.wire.cut();
    said.push(...(await saying));
  }
  const inOrder = said.map(Number).sort((a, b) => a - b);
  for (const listener of listeners) {
    await listener.hears('receive_message', said.length);
    await quietMoment();
    const heard = idsOf(listener).map(Number);
    expect([...new Set(heard)]).toEqual(inOrder);
    // A cut inside one buffer may repeat its last frames, and that must be rare.
    expect(heard.length - inOrder.length).toBeLessThan(inOrder.length / 20);
  }
});
