import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tokenFor } from '../faults/process.ts';
import { openWire } from '../faults/wire.ts';
import { quietMoment, until } from '../harness/until.ts';
import { Listener } from '../resume/listener.ts';
import { Cluster, heard, hears } from './cluster.ts';

/** Processes take their time to start on a busy machine. */
const timeout = 60_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.open(2);
}, timeout);
afterAll(() => cluster[Symbol.asyncDispose](), timeout);

const idsOf = (listener: Listener): readonly number[] => listener.fields('receive_message', 'id').map(Number);

test('what is said on any node is heard once and in the order of the log on every node', { timeout }, async () => {
  await cluster.found('101', ['1', '2']);
  using there = await cluster.listen(0, '2');
  using here = await cluster.listen(1, '2');
  const count = 150;
  const speak = async (node: number): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 10) {
      ids.push(
        ...(await Promise.all(Array.from({ length: 10 }, (_, at) => cluster.say(node, '101', '1', `${n + at}`)))),
      );
    }
    return ids;
  };
  const said = (await Promise.all([speak(0), speak(1)])).flat().map(Number);
  const inOrder = said.sort((one, other) => one - other);
  for (const listener of [here, there]) {
    await listener.hears('receive_message', 2 * count);
    expect(idsOf(listener)).toEqual(inOrder);
  }
});

test('a message reaches another node in less time than anybody notices', { timeout }, async () => {
  await cluster.found('102', ['1', '2']);
  using listener = await cluster.listen(1, '2');
  const tookMs: number[] = [];
  for (let n = 1; n <= 20; n++) {
    const start = performance.now();
    await cluster.say(0, '102', '1', `${n}`);
    await listener.hears('receive_message', n);
    tookMs.push(performance.now() - start);
  }
  // One that waited for the next asking of the head would take most of a second, and so would all behind the first.
  expect(Math.min(...tookMs.slice(1))).toBeLessThan(500);
});

test('a client cut right behind words that it takes for its place goes on where it was, on another node', {
  timeout,
}, async () => {
  await cluster.found('den', ['1', '2']);
  await cluster.found('attic', ['1', '2']);
  const target = { address: cluster.node(0).address };
  await using wire = await openWire(target);
  const options = { transports: ['websocket'] };
  using listener = await new Listener(`${wire.address}/chat`, tokenFor({ sub: '2' }), options).connected();
  await listener.ask('joinRoom', 'den');
  await cluster.say(0, 'den', '1', 'heard');
  await listener.hears('newMessage', 1);
  await listener.ask('joinRoom', 'attic');
  // As after a cut between the answer and what follows it in the same write.
  (listener.socket as unknown as { _lastOffset: string })._lastOffset = 'attic';
  target.address = cluster.node(1).address;
  wire.isDown = true;
  wire.cut();
  await cluster.say(0, 'den', '1', 'missed');
  wire.isDown = false;
  await listener.hears('newMessage', 2);
  await quietMoment();
  expect(listener.fields('newMessage', 'content')).toEqual(['heard', 'missed']);
});

test('a read mark names on another node what it names on its own', { timeout }, async () => {
  await cluster.found('107', ['1', '2']);
  const listeners = await Promise.all([0, 1].map((node) => cluster.dial(node, 'support', '1')));
  for (const listener of listeners) {
    listener.say('joinChat', ['107'], false);
    await hears(listener, 'joinedChat');
  }
  const reader = tokenFor({ sub: '2' });
  const named: string[][] = [];
  for (const text of ['one', 'two', 'three']) {
    const messageId = await cluster.say(0, '107', '1', text);
    named.push([messageId]);
    await cluster.call(0, 'POST', '/conversations/107/read', { messageId }, reader);
    for (const listener of listeners) {
      await until(
        () => heard(listener, 'messagesRead').length >= named.length,
        () => `no mark of ${messageId} comes, but ${JSON.stringify(listener.heard)}`,
      );
      expect(heard(listener, 'messagesRead').map(({ messageIds }) => messageIds)).toEqual(named);
    }
  }
});

test('whoever is removed on one node hears and reads nothing more on the other', { timeout }, async () => {
  await cluster.found('103', ['1', '2']);
  using removed = await cluster.listen(1, '2');
  using stays = await cluster.listen(1, '1');
  await cluster.say(0, '103', '1', 'before');
  await removed.hears('receive_message', 1);
  const { status } = await cluster.call(0, 'DELETE', '/conversations/103/members/2');
  expect(status).toBeLessThan(300);
  await cluster.say(0, '103', '1', 'after');
  await stays.hears('receive_message', 2);
  await quietMoment();
  expect(removed.heard('receive_message')).toHaveLength(1);
  const reading = await cluster.call(1, 'GET', '/conversations/103/messages', undefined, tokenFor({ sub: '2' }));
  expect(reading.status).toBe(404);
});

test('whoever is revoked on one node is put out of the other', { timeout }, async () => {
  using listener = new Listener(`${cluster.node(1).address}/`, tokenFor({ sub: '4' }), { reconnection: false });
  await listener.connected();
  const token = tokenFor({ sub: '4' });
  const { status } = await cluster.call(0, 'POST', '/users/4/revoke');
  expect(status).toBeLessThan(300);
  await until(
    () => !listener.socket.connected,
    () => 'the connection lives on',
  );
  expect((await cluster.call(1, 'GET', '/conversations', undefined, token)).status).toBe(401);
});

test('whoever enters by speaking hears everything from their own message on, whoever else speaks elsewhere', {
  timeout,
}, async () => {
  const entering = Array.from({ length: 12 }, (_, n) => `${200 + n}`);
  await cluster.found('104', ['1', ...entering]);
  let isOver = false;
  const said: number[] = [];
  const flood = async (): Promise<void> => {
    while (!isOver) said.push(Number(await cluster.say(0, '104', '1', 'on and on')));
  };
  const flooding = Array.from({ length: 5 }, flood);
  const listeners = await Promise.all(entering.map((userId) => cluster.listen(1, userId)));
  for (const listener of listeners) {
    listener.socket.emit('sendMessage', { chatId: 104, text: 'I am here' });
    await wait(20);
  }
  for (const listener of listeners) await listener.hears('messageSent', 1);
  isOver = true;
  await Promise.all(flooding);
  const last = Number(await cluster.say(0, '104', '1', 'the last one'));

  for (const listener of listeners) {
    const own = Number(listener.fields('messageSent', 'id')[0]);
    await until(
      () => listener.fields('newMessage', 'id').map(Number).includes(last),
      () => 'the last message does not come',
    );
    const heard = listener.fields('newMessage', 'id').map(Number);
    expect(said.filter((id) => id > own && !heard.includes(id))).toEqual([]);
    expect(heard).toEqual([...new Set(heard)].sort((one, other) => one - other));
    listener[Symbol.dispose]();
  }
});

test('a client of a node that dies goes on at another one, and misses and doubles nothing', { timeout }, async () => {
  await cluster.found('105', ['1', '2']);
  const target = { address: cluster.node(0).address };
  await using wire = await openWire(target);
  using listener = await new Listener(`${wire.address}/`, tokenFor({ sub: '2' })).connected();
  const said = [await cluster.say(0, '105', '1', 'first')];
  await listener.hears('receive_message', 1);

  const dying = cluster.node(0);
  let isOver = false;
  const speakThere = async (name: string): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const id = await cluster.say(0, '105', '1', `${name} ${n}`).catch(() => undefined);
      if (id === undefined) return;
      said.push(id);
    }
  };
  const speaking = Array.from({ length: 10 }, (_, n) => speakThere(`${n}`));
  await wait(300);
  dying.signal('SIGKILL');
  await dying.ended;
  isOver = true;
  await Promise.all(speaking);
  target.address = cluster.node(1).address;
  for (let n = 0; n < 20; n++) said.push(await cluster.say(1, '105', '1', `later ${n}`));
  await listener.connected(2);
  await listener.hears('receive_message', said.length);
  await quietMoment();

  const heard = idsOf(listener);
  expect(listener.socket.recovered).toBe(true);
  expect(heard).toEqual([...new Set(heard)].sort((one, other) => one - other));
  const missed = said.map(Number).filter((id) => !heard.includes(id));
  expect(missed).toEqual([]);
  // The next one that starts finds the other in its place, and the whole log.
  await cluster.replace(0);
  using back = await cluster.listen(0, '2');
  const last = Number(await cluster.say(1, '105', '1', 'and on'));
  await back.hears('receive_message', 1);
  expect(idsOf(back)).toEqual([last]);
});
