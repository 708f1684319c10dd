import { expect, test } from 'vitest';
import type { Store } from '../../src/app/ports.ts';
import { quietMoment } from '../harness/until.ts';
import { ann, bob, openScene, type Scene, whileAway } from './scene.ts';

/** A house whose store can be told to forget at once. */
async function forgetfulScene(): Promise<{ scene: Scene; forget: (messageId: string) => Promise<void> }> {
  let driven: Store | undefined;
  const store = (inner: Store): Store => {
    driven = inner;
    return inner;
  };
  const scene = await openScene({}, { store });
  return {
    scene,
    async forget(messageId) {
      // A node that starts knows of all that was announced.
      await scene.house.restart(async () => undefined);
      await driven?.retention.announce('messages', Number(messageId));
      while (await driven?.retention.forgetSome('messages'));
      await scene.house.restart(async () => undefined);
    },
  };
}

test('who missed messages that are forgotten is a new connection, and told nothing as if it were all', async () => {
  const { scene, forget } = await forgetfulScene();
  await using _ = scene;
  await scene.found('77', ['1', '2']);
  const away = await scene.listen('/', bob);
  await scene.say('77', '1', 'heard');
  await away.hears('receive_message', 1);
  await whileAway(scene, away, async () => {
    const old = await scene.say('77', '1', 'forgotten');
    await scene.say('77', '1', 'kept');
    await forget(old);
  });
  expect(away.socket.recovered).toBe(false);
  await scene.say('77', '1', 'live');
  await away.hears('receive_message', 2);
  await quietMoment();
  expect(away.fields('receive_message', 'message')).toEqual(['heard', 'live']);
});

test('who has heard all that is forgotten comes back, and hears the rest', async () => {
  const { scene, forget } = await forgetfulScene();
  await using _ = scene;
  await scene.found('77', ['1', '2']);
  const away = await scene.listen('/', bob);
  const old = await scene.say('77', '1', 'heard and forgotten');
  await away.hears('receive_message', 1);
  await whileAway(scene, away, async () => {
    await scene.say('77', '1', 'missed');
    await forget(old);
  });
  expect(away.socket.recovered).toBe(true);
  await away.hears('receive_message', 2);
  await quietMoment();
  expect(away.fields('receive_message', 'message')).toEqual(['heard and forgotten', 'missed']);
});

test('history begins behind what is forgotten, over sockets and HTTP, and nothing of it is unread', async () => {
  const { scene, forget } = await forgetfulScene();
  await using _ = scene;
  await scene.found('77', ['1', '2']);
  await scene.say('77', '1', 'forgotten 1');
  const old = await scene.say('77', '1', 'forgotten 2');
  await scene.say('77', '1', 'kept');
  await forget(old);
  const listener = await scene.listen('/chat', bob);
  await listener.ask('syncMessages', { roomId: '77', lastMessageId: '0' });
  expect(listener.fields('newMessage', 'content')).toEqual(['kept']);
  const token = { token: scene.house.token(bob) };
  const { json: page } = await scene.house.call('GET', '/api/v1/conversations/77/messages', token);
  expect(page).toMatchObject({ messages: [{ text: 'kept' }], hasMore: false });
  const { json: list } = await scene.house.call('GET', '/api/v1/conversations', token);
  expect(list).toMatchObject({ conversations: [{ unreadCount: 1 }] });
  const { status } = await scene.house.call('GET', `/api/v1/conversations/77/messages/${old}`, {
    token: scene.house.token(ann),
  });
  expect(status).toBe(404);
});
