import { expect, test } from 'vitest';
import { quietMoment } from '../harness/until.ts';
import { Listener } from './listener.ts';
import { ann, bob, openScene, type Scene, whileAway } from './scene.ts';

const ada = { sub: '9', role: 'ADMIN' };

const call = async ({ house }: Scene, method: string, path: string, body?: unknown) => {
  const { status, json } = await house.call(method, `/api/v1${path}`, 'host', body);
  expect(status, JSON.stringify(json)).toBeLessThan(300);
  return json;
};

test('status changes and receipts of a support chat that were missed are heard', async () => {
  await using scene = await openScene();
  const client = await scene.listen('/', ann);
  const admin = await scene.listen('/', ada);
  await client.ask('joinChat', '500');
  await admin.ask('joinChat', '500');
  const sent = (await client.ask('sendMessage', { chatId: '500', text: 'help' })) as { data: { id: string } };
  await admin.hears('newMessage', 1);
  await whileAway(scene, [client, admin], async () => {
    await call(scene, 'PATCH', '/conversations/500', { adminId: '9' });
    await scene.say('500', '9', 'here I am');
    await call(scene, 'PATCH', '/conversations/500', { status: 'CLOSED' });
  });
  await client.hears('chatStatusChanged', 2);
  await quietMoment();
  expect(client.fields('chatStatusChanged', 'status')).toEqual(['ACTIVE', 'CLOSED']);
  expect(client.fields('newMessage', 'text')).toEqual(['help', 'here I am']);
  expect(client.calls.slice(-3).map(({ event }) => event)).toEqual([
    'chatStatusChanged',
    'newMessage',
    'chatStatusChanged',
  ]);
  // Only the answer of the join told of the past.
  expect(client.heard('joinedChat').length).toBe(1);
  expect(sent.data.id).toBe(client.fields('newMessage', 'id')[0]);
});

test('a party of a support chat that never joined it hears its missed status changes', async () => {
  await using scene = await openScene();
  const client = await scene.listen('/', ann, { auth: { token: scene.house.token(ann), dialect: 'support' } });
  await call(scene, 'POST', '/conversations', { id: '501', kind: 'support', members: ['1'] });
  await whileAway(scene, client, async () => {
    await call(scene, 'PATCH', '/conversations/501', { adminId: '9' });
  });
  await client.hears('chatStatusChanged', 1);
  await quietMoment();
  expect(client.heard('chatStatusChanged')).toEqual([{ chatId: '501', status: 'ACTIVE' }]);
});

test('receipts that were missed are heard in each dialect that tells of them', async () => {
  await using scene = await openScene();
  await scene.found('42', ['1', '2']);
  const reader = { token: scene.house.token(bob) };
  const messaging = await scene.listen('/chat', ann);
  const support = await scene.listen('/', ann);
  const direct = await scene.listen('/', ann);
  await messaging.ask('joinRoom', '42');
  await support.ask('joinChat', '42');
  await direct.ask('join_conversation', '42');
  const id = await scene.say('42', '1', 'read me');
  await Promise.all([messaging.hears('newMessage', 1), support.hears('newMessage', 1), direct.hears('new_message', 1)]);
  const listeners = [messaging, support, direct];
  await whileAway(scene, listeners, async () => {
    // Past the wire, which is down.
    using other = new Listener(`${scene.house.address}/chat`, reader.token);
    await other.connected();
    await other.ask('readReceipt', { roomId: '42', messageId: id });
  });
  await Promise.all([
    messaging.hears('messageRead', 1),
    support.hears('messagesRead', 1),
    direct.hears('messages_read', 1),
  ]);
  await quietMoment();
  expect(messaging.heard('messageRead')).toEqual([{ messageId: id, userId: '2', roomId: '42' }]);
  expect(support.heard('messagesRead')).toEqual([{ userId: 2, messageIds: [id], chatId: '42' }]);
  expect(direct.heard('messages_read')).toHaveLength(1);
});

test('whoever was added to a chat while away hears it from then on', async () => {
  await using scene = await openScene();
  await scene.found('77', ['1']);
  await scene.say('77', '1', 'before bob was added');
  const listener = await scene.listen('/', bob);
  await whileAway(scene, listener, async () => {
    await scene.say('77', '1', 'still without bob');
    await call(scene, 'POST', '/conversations/77/members', { userId: '2' });
    await scene.say('77', '1', 'with bob');
  });
  await scene.say('77', '1', 'live');
  await listener.hears('receive_message', 2);
  await quietMoment();
  expect(listener.fields('receive_message', 'message')).toEqual(['with bob', 'live']);
});

test('whoever was removed while away hears nothing of what was said meanwhile', async () => {
  await using scene = await openScene();
  for (const id of ['77', 'den']) await scene.found(id, ['1', '2']);
  const listener = await scene.listen('/', bob);
  const room = await scene.listen('/chat', bob);
  await room.ask('joinRoom', 'den');
  await whileAway(scene, [listener, room], async () => {
    for (const id of ['77', 'den']) {
      await scene.say(id, '1', 'not for bob any more');
      await call(scene, 'DELETE', `/conversations/${id}/members/2`);
      await scene.say(id, '1', 'without bob');
    }
  });
  for (const id of ['77', 'den']) await scene.say(id, '1', 'live without bob');
  await quietMoment();
  expect(listener.calls).toEqual([]);
  expect(room.calls.map(({ event }) => event)).toEqual(['userJoinedRoom', 'joinedRoom']);
  // Added again, bob hears what is said from then on, and nothing of before.
  await whileAway(scene, [listener], () => call(scene, 'POST', '/conversations/77/members', { userId: '2' }));
  await scene.say('77', '1', 'with bob again');
  await listener.hears('receive_message', 1);
  await quietMoment();
  expect(listener.fields('receive_message', 'message')).toEqual(['with bob again']);
});

test('notifications that were missed are heard once, also by those who have not spoken', async () => {
  await using scene = await openScene();
  const listener = await scene.listen('/', bob);
  const notify = (title: string) =>
    call(scene, 'POST', '/notifications', { userId: '2', title, message: 'm', type: 'note' });
  await notify('heard');
  await listener.hears('new_notification', 1);
  await whileAway(scene, listener, async () => {
    await notify('missed');
    await call(scene, 'POST', '/notifications', { userId: '1', title: 'of another', message: 'm', type: 'note' }).catch(
      () => undefined,
    );
  });
  await notify('live');
  await listener.hears('new_notification', 3);
  await quietMoment();
  expect(listener.fields('new_notification', 'title')).toEqual(['heard', 'missed', 'live']);
});

test('comings and goings in a messaging room that were missed are heard', async () => {
  await using scene = await openScene();
  await scene.found('den', ['1', '2'], 'open');
  const listener = await scene.listen('/chat', bob);
  await listener.ask('joinRoom', 'den');
  await whileAway(scene, listener, async () => {
    using other = new Listener(`${scene.house.address}/chat`, scene.house.token(ann));
    await other.connected();
    await other.ask('joinRoom', 'den');
    await other.ask('sendMessage', { roomId: 'den', content: 'hello' });
    await other.ask('leaveRoom', 'den');
  });
  await listener.hears('userLeftRoom', 1);
  await quietMoment();
  expect(listener.calls.map(({ event }) => event).filter((event) => event !== 'presenceUpdate')).toEqual([
    // The own join is heard before or after its answer.
    ...listener.calls.slice(0, 2).map(({ event }) => event),
    'userJoinedRoom',
    'newMessage',
    'userLeftRoom',
  ]);
});
