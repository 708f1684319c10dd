import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dial } from '../harness/clients.ts';
import { quietMoment, until } from '../harness/until.ts';
import type { Listener } from './listener.ts';
import { ann, bob, openScene, type Scene, whileAway } from './scene.ts';

const ids = (listener: Listener) => listener.fields('newMessage', 'id') as string[];
const increasing = (of: readonly string[]) => [...new Set(of)].sort((a, b) => Number(a) - Number(b));

/** Speaks until it is told to stop; resolves with the ids of all that was said. */
function speakOn(scene: Scene, conversationId: string): () => Promise<string[]> {
  let isOver = false;
  const spoken = (async () => {
    const said: string[] = [];
    while (!isOver) said.push(...(await scene.sayMany(conversationId, '1', 1, 5)));
    return said;
  })();
  return () => {
    isOver = true;
    return spoken;
  };
}

type Synced = { readonly data: { readonly syncedMessageCount: number; readonly hasMore: boolean } };

test('on a fresh connection syncMessages sends what it is asked for, with true counts', async () => {
  await using scene = await openScene();
  await scene.found('den', ['1', '2']);
  const said = await scene.sayMany('den', '1', 1, 120);
  const inOrder = increasing(said);
  const listener = await scene.listen('/chat', bob);
  const pages: Synced['data'][] = [];
  for (let page = 0; page < 3; page++) {
    const lastMessageId = ids(listener).at(-1) ?? '0';
    pages.push(((await listener.ask('syncMessages', { roomId: 'den', lastMessageId, limit: 50 })) as Synced).data);
  }
  expect(pages.map(({ syncedMessageCount, hasMore }) => [syncedMessageCount, hasMore])).toEqual([
    [50, true],
    [50, true],
    [20, false],
  ]);
  expect(ids(listener)).toEqual(inOrder);
});

test('on a connection that was just resumed syncMessages neither repeats nor counts what the resume replays', async () => {
  await using scene = await openScene();
  await scene.found('den', ['1', '2']);
  const listener = await scene.listen('/chat', bob);
  await listener.ask('joinRoom', 'den');
  const said = [await scene.say('den', '1', 'heard')];
  await listener.hears('newMessage', 1);
  const answers: Synced['data'][] = [];
  // As apps do that were written before there was a resume.
  listener.socket.on('connect', async () => {
    const lastMessageId = ids(listener).at(-1);
    answers.push(((await listener.ask('syncMessages', { roomId: 'den', lastMessageId })) as Synced).data);
  });
  for (let cut = 1; cut <= 3; cut++) {
    await whileAway(scene, listener, async () => {
      said.push(...(await scene.sayMany('den', '1', 1, 30)));
    });
    await listener.hears('newMessage', said.length);
    await until(
      () => answers.length === cut,
      () => 'the question was not answered',
    );
  }
  await quietMoment();
  expect(ids(listener)).toEqual(increasing(said));
  expect(answers.map(({ syncedMessageCount, hasMore }) => [syncedMessageCount, hasMore])).toEqual([
    [0, false],
    [0, false],
    [0, false],
  ]);
  // Asked again it repeats what it is asked for.
  const again = (await listener.ask('syncMessages', { roomId: 'den', lastMessageId: '0', limit: 500 })) as Synced;
  expect(again.data).toMatchObject({ syncedMessageCount: 91, hasMore: false });
});

test('between syncMessages and what is live there is no hole, and nothing twice, while messages flow', async () => {
  await using scene = await openScene();
  await scene.found('den', ['1', '2'], 'open');
  const stop = speakOn(scene, 'den');
  const listeners: Listener[] = [];
  for (let n = 0; n < 10; n++) {
    await wait(20);
    const listener = await scene.listen('/chat', bob);
    listeners.push(listener);
    await listener.ask('joinRoom', 'den');
    const first = ids(listener)[0];
    // Everything before the first live one, should there be one already.
    for (let hasMore = true, last = '0'; hasMore; ) {
      const before = listener.calls.length;
      const { data } = (await listener.ask('syncMessages', {
        roomId: 'den',
        lastMessageId: last,
        limit: 500,
      })) as Synced;
      ({ hasMore } = data);
      const synced = listener.calls.slice(before).filter(({ event }) => event === 'newMessage');
      last = String((synced.at(-1)?.args[0] as { id: string } | undefined)?.id ?? last);
      if (first !== undefined && Number(last) >= Number(first)) break;
    }
  }
  const said = increasing(await stop());
  for (const listener of listeners) {
    await until(
      () => new Set(ids(listener)).size === said.length,
      () => `${new Set(ids(listener)).size} of ${said.length}`,
    );
    expect(increasing(ids(listener))).toEqual(said);
  }
});

test('a rooms client that comes back with ?after= hears everything after it exactly once, while messages flow', async () => {
  await using scene = await openScene();
  await scene.found('den', ['1', '2'], 'open');
  const stop = speakOn(scene, 'den');
  const heard: string[] = [];
  const dialIn = (room: string) => dial(scene.wire.address, 'rooms', { token: scene.house.token(ann), room });
  for (let visit = 0; visit < 15; visit++) {
    const client = dialIn(visit === 0 ? 'den/?after=0' : `den/?after=${heard.at(-1)}`);
    await client.connected();
    await wait(10 + visit * 5);
    client.cut();
    await client.ended();
    expect(client.objections).toEqual([]);
    for (const { name, payload } of client.heard) {
      if (name === 'chat_message') heard.push((payload as { message_id: string }).message_id);
    }
  }
  const said = increasing(await stop());
  const last = dialIn(`den/?after=${heard.at(-1)}`);
  await last.connected();
  await until(
    () => last.heard.some(({ payload }) => (payload as { message_id?: string }).message_id === said.at(-1)),
    () => 'the last message did not come',
  );
  for (const { name, payload } of last.heard) {
    if (name === 'chat_message') heard.push((payload as { message_id: string }).message_id);
  }
  last.close();
  expect(heard).toEqual(said);
});

test('a rooms client hears all that it missed also where that is many times what may wait to be sent to it', async () => {
  await using scene = await openScene({ SEND_BUFFER_SOFT_BYTES: '65536', SEND_BUFFER_HARD_BYTES: '131072' });
  await scene.found('den', ['1', '2'], 'open');
  const said = increasing(await scene.sayMany('den', '1', 1, 2_000, 'x'.repeat(4_000)));
  const stop = speakOn(scene, 'den');
  const client = dial(scene.house.address, 'rooms', { token: scene.house.token(ann), room: 'den/?after=0' });
  const names = () => client.heard.map(({ name }) => name);
  await until(
    () => names().includes('user_join'),
    () => `not in after ${names().length} frames`,
  );
  said.push(...increasing(await stop()));
  const heard = () =>
    client.heard.flatMap(({ name, payload }) =>
      name === 'chat_message' ? [(payload as { message_id: string }).message_id] : [],
    );
  await until(
    () => heard().at(-1) === said.at(-1),
    () => `the last did not come, but ${heard().length} of ${said.length}`,
  );
  expect(heard()).toEqual(said);
  expect(client.objections).toEqual([]);
  // Who is there is told first, and once more with the last of the history.
  expect(names()[0]).toBe('room_users_list');
  expect(names().filter((name) => name === 'room_users_list')).toHaveLength(2);
  client.close();
});

test('a rooms client that missed more than the ring and a page hold hears all of it', async () => {
  await using scene = await openScene({ RESUME_RING_ENTRIES: '50' });
  await scene.found('den', ['1', '2'], 'open');
  const said = increasing(await scene.sayMany('den', '1', 1, 1_300));
  const stop = speakOn(scene, 'den');
  const client = dial(scene.wire.address, 'rooms', { token: scene.house.token(ann), room: 'den/?after=0' });
  await client.connected();
  await until(
    () => client.heard.length > 1_300,
    () => `${client.heard.length}`,
  );
  said.push(...increasing(await stop()));
  const idsOf = () =>
    client.heard.flatMap(({ name, payload }) =>
      name === 'chat_message' ? [(payload as { message_id: string }).message_id] : [],
    );
  await until(
    () => idsOf().at(-1) === said.at(-1),
    () => 'the last did not come',
  );
  client.close();
  expect(idsOf()).toEqual(said);
});

test('history over HTTP by cursor is exact while messages flow', async () => {
  await using scene = await openScene();
  await scene.found('den', ['1', '2']);
  const stop = speakOn(scene, 'den');
  const read: string[] = [];
  const page = async () => {
    const path = `/api/v1/conversations/den/messages?limit=37&after=${read.at(-1) ?? 0}`;
    const { json } = await scene.house.call('GET', path, 'host');
    const { messages, hasMore } = json as { messages: { id: string }[]; hasMore: boolean };
    read.push(...messages.map(({ id }) => id));
    return hasMore;
  };
  for (let n = 0; n < 60; n++) await page();
  const said = increasing(await stop());
  while (await page());
  expect(read).toEqual(said);
  // And backwards.
  const back: string[] = [];
  for (let hasMore = true; hasMore; ) {
    const before = back[0] === undefined ? '' : `&before=${back[0]}`;
    const { json } = await scene.house.call('GET', `/api/v1/conversations/den/messages?limit=41${before}`, 'host');
    const found = json as { messages: { id: string }[]; hasMore: boolean };
    back.unshift(...found.messages.map(({ id }) => id));
    ({ hasMore } = found);
  }
  expect(back).toEqual(said);
});
