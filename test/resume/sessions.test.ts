import { expect, test } from 'vitest';
import { quietMoment } from '../harness/until.ts';
import { bob, openScene, whileAway } from './scene.ts';

const rooms = Array.from({ length: 12 }, (_, index) => `room-${index}`);

test('rooms that were joined in one breath are all heard again', async () => {
  await using scene = await openScene();
  // Half of them come into being with the join, so that the joins take their time in different ways.
  for (const id of rooms.slice(6)) await scene.found(id, ['1', '2'], 'open');
  const listener = await scene.listen('/chat', bob);
  await Promise.all(rooms.map((id) => listener.ask('joinRoom', id)));
  await whileAway(scene, listener, async () => {
    for (const id of rooms) await scene.say(id, '1', `in ${id}`);
  });
  await listener.hears('newMessage', rooms.length);
  await quietMoment();
  expect(listener.fields('newMessage', 'roomId')).toEqual(rooms);
});

test('rooms that were left in the breath in which others were joined stay left', async () => {
  await using scene = await openScene();
  for (const id of rooms) await scene.found(id, ['1', '2'], 'open');
  const listener = await scene.listen('/chat', bob);
  for (const id of rooms.slice(0, 6)) await listener.ask('joinRoom', id);
  const asked = rooms
    .slice(0, 6)
    .flatMap((id, index) => [listener.ask('leaveRoom', id), listener.ask('joinRoom', rooms[index + 6])]);
  // One is joined and left before either is answered.
  asked.push(listener.ask('joinRoom', 'room-0'), listener.ask('leaveRoom', 'room-0'));
  await Promise.all(asked);
  await whileAway(scene, listener, async () => {
    for (const id of rooms) await scene.say(id, '1', `in ${id}`);
  });
  await listener.hears('newMessage', 6);
  await quietMoment();
  expect(listener.fields('newMessage', 'roomId')).toEqual(rooms.slice(6));
});

test('hundreds of rooms are heard again, time after time, and those that were left stay left', async () => {
  await using scene = await openScene();
  const many = Array.from({ length: 200 }, (_, index) => `many-${index}`);
  await Promise.all(many.map((id) => scene.found(id, ['1', '2'], 'open')));
  const listener = await scene.listen('/chat', bob);
  await Promise.all(many.map((id) => listener.ask('joinRoom', id)));
  let joined = many;
  for (const turn of [1, 2, 3]) {
    // Some of the first ones, which the session's own row tells of, and some of all others.
    const left = joined.filter((_, index) => index % 7 === 0);
    await Promise.all(left.map((id) => listener.ask('leaveRoom', id)));
    joined = joined.filter((id) => !left.includes(id));
    if (turn === 2) {
      await Promise.all(left.slice(0, 5).map((id) => listener.ask('joinRoom', id)));
      joined = [...joined, ...left.slice(0, 5)];
    }
    const heardBefore = listener.fields('newMessage', 'roomId').length;
    await whileAway(scene, listener, async () => {
      for (const id of many) await scene.say(id, '1', `in ${id}, turn ${turn}`);
    });
    await listener.hears('newMessage', heardBefore + joined.length);
    await quietMoment();
    const heard = listener.fields('newMessage', 'roomId').slice(heardBefore);
    expect(heard).toEqual(many.filter((id) => joined.includes(id)));
  }
}, 60_000);

test('a room that was entered by sending is heard again', async () => {
  await using scene = await openScene();
  await scene.found('den', ['1', '2'], 'open');
  const listener = await scene.listen('/chat', bob);
  await listener.ask('sendMessage', { roomId: 'den', content: 'entering' });
  await whileAway(scene, listener, () => scene.say('den', '1', 'missed'));
  await listener.hears('newMessage', 2);
  expect(listener.fields('newMessage', 'content')).toEqual(['entering', 'missed']);
});

test('the voices that a connection has found survive, and so does its silence', async () => {
  await using scene = await openScene();
  await scene.found('77', ['1', '2']);
  const [kenz, direct, silent] = await Promise.all([
    scene.listen('/', bob),
    scene.listen('/', bob),
    scene.listen('/', bob),
  ]);
  await kenz.ask('send_message', { chatId: 77, message: 'as kenz' });
  await direct.ask('join_conversation', 77);
  for (const listener of [kenz, direct, silent]) listener.calls.length = 0;
  scene.wire.isDown = true;
  await scene.house.restart();
  await scene.say('77', '1', 'missed');
  scene.wire.isDown = false;
  await Promise.all([kenz, direct, silent].map((listener) => listener.connected(2)));
  await scene.say('77', '1', 'live');
  await quietMoment();
  const names = (of: typeof kenz) => of.calls.map(({ event }) => event);
  expect(names(kenz)).toEqual(['receive_message', 'receive_message']);
  expect(new Set(names(direct))).toEqual(new Set(['new_message', 'message_notification']));
  expect(direct.fields('new_message', 'content')).toEqual(['missed', 'live']);
  expect(new Set(names(silent))).toEqual(new Set(['receive_message', 'message_notification']));
  expect(silent.fields('receive_message', 'message')).toEqual(['missed', 'live']);
});

test('joining again after coming back, as old clients do, is harmless', async () => {
  await using scene = await openScene();
  await scene.found('den', ['1', '2'], 'open');
  const listener = await scene.listen('/chat', bob);
  listener.socket.on('connect', () => listener.socket.emit('joinRoom', 'den'));
  await listener.ask('joinRoom', 'den');
  for (let cut = 1; cut <= 5; cut++) {
    await whileAway(scene, listener, () => scene.sayMany('den', '1', 1, 20));
    await scene.sayMany('den', '1', 1, 20);
    await listener.hears('newMessage', cut * 40);
  }
  await quietMoment();
  const ids = listener.fields('newMessage', 'id').map(Number);
  expect(ids.length).toBe(200);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  expect(listener.heard('userJoinedRoom').length).toBe(1);
});

test('a room that was entered anew after coming back as somebody new hears nothing of before', async () => {
  await using scene = await openScene();
  await scene.found('den', ['1', '2'], 'open');
  const first = await scene.listen('/chat', bob);
  await first.ask('joinRoom', 'den');
  await scene.say('den', '1', 'before');
  first.socket.close();
  const second = await scene.listen('/chat', bob);
  await second.ask('joinRoom', 'den');
  await scene.say('den', '1', 'after');
  await second.hears('newMessage', 1);
  await quietMoment();
  expect(second.fields('newMessage', 'content')).toEqual(['after']);
});
