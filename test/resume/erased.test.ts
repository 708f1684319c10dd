import { expect, test } from 'vitest';
import { quietMoment, until } from '../harness/until.ts';
import { ann, bob, openScene } from './scene.ts';

const eve = { sub: '3', name: 'Eve' };

test('whom the host erases is put out, and nobody is told their words any more, live or on coming back', async () => {
  await using scene = await openScene();
  const { house } = scene;
  await scene.found('77', ['1', '2', '3']);
  const erased = await scene.listen('/chat', { ...ann, name: 'Ann Private' }, { reconnection: false });
  const there = await scene.listen('/chat', bob);
  const away = await scene.listen('/chat', eve);
  for (const listener of [erased, there, away]) await listener.ask('joinRoom', '77');
  await erased.ask('sendMessage', { roomId: '77', content: 'heard before' });
  await Promise.all([there.hears('newMessage', 1), away.hears('newMessage', 1)]);

  scene.wire.cut();
  await until(
    () => [there, away].every(({ connects, socket }) => connects === 2 && socket.connected),
    () => 'not everybody came back',
  );
  const again = await scene.listen('/chat', ann, { reconnection: false });
  await again.ask('sendMessage', { roomId: '77', content: 'never heard again' });
  await scene.say('77', '2', 'stays');
  await there.hears('newMessage', 3);

  const { status, json } = await house.call('POST', '/api/v1/users/1/erase', 'host');
  expect({ status, json }).toEqual({ status: 200, json: { userId: '1', messages: 2, files: 0 } });
  await until(
    () => !again.socket.connected,
    () => 'the erased user is still connected',
  );
  const { json: page } = await house.call('GET', '/api/v1/conversations/77/messages', 'host');
  expect(JSON.stringify(page)).toContain('stays');
  expect(JSON.stringify(page)).not.toMatch(/heard|Private/);
  expect(await house.call('GET', '/api/v1/users/1', 'host')).toMatchObject({ json: { name: 'Deleted user' } });
  // Nobody is told a new message by it.
  await quietMoment();
  expect(there.heard('newMessage')).toHaveLength(3);

  const fresh = await scene.listen('/chat', eve);
  await fresh.ask('syncMessages', { roomId: '77', lastMessageId: '0' });
  expect(fresh.fields('newMessage', 'content')).toEqual(['stays']);
  expect((await house.call('POST', '/api/v1/users/nobody/erase', 'host')).status).toBe(404);
  expect((await house.call('POST', '/api/v1/users/2/erase', { token: house.token(eve) })).status).toBeGreaterThan(400);
});
