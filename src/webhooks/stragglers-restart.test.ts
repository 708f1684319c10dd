import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/harness/until.ts';
import type { Scene } from '../../test/harness/use-cases.ts';
import {
  another,
  closeScene,
  isOf,
  keep,
  opened,
  openScene,
  receiver,
  register,
  saved,
  say,
  scene,
  state,
  texts,
  toldOf,
} from '../../test/harness/webhook-scene.ts';
import { type Post, postOverHttp } from './post.ts';

beforeEach(openScene);
afterEach(closeScene);

const timeout = 60_000;

test('what is wrong is told after a restart too, until whoever it was with has been tried', { timeout }, async () => {
  await register();
  const good = another();
  const ofBad = isOf(scene);
  receiver.answer = (one) => (ofBad(one) ? 500 : 204);
  const first = await keep({ attempts: 1000 });
  await say(scene, texts(2, 'bad '));
  await say(good, texts(200));
  await toldOf(good, texts(200));
  await saved(({ stragglers, failure }) => stragglers.length === 1 && failure !== undefined);
  await first[Symbol.asyncDispose]();
  receiver.answer = () => 204;
  const overHttp = postOverHttp(300);
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const post: Post = async (webhook, letter, signal) => {
    if (letter.body.includes('bad 0')) await one.promise;
    if (letter.body.includes('bad 1')) await two.promise;
    return overHttp(webhook, letter, signal);
  };
  await keep({ node: 'n2', post });
  await say(good, ['more']);
  await toldOf(good, [...texts(200), 'more']);
  const { position } = await opened.store.head();
  await saved((webhook) => webhook.position === position);
  expect((await state())?.failure).toMatchObject({ message: 'answered 500' });
  one.resolve();
  await saved(({ stragglers, failure }) => stragglers.length === 1 && failure === undefined);
  two.resolve();
  await toldOf(scene, texts(2, 'bad '));
});

test('what is wrong is told after a restart also of who was not gone past', { timeout }, async () => {
  await register();
  const good = another();
  const ofBad = isOf(scene);
  receiver.answer = (one) => (ofBad(one) ? 500 : 204);
  const first = await keep({ attempts: 1000 });
  await say(scene, ['bad']);
  await saved(({ failure }) => failure !== undefined);
  await first[Symbol.asyncDispose]();
  receiver.answer = () => 204;
  const held = Promise.withResolvers<void>();
  const overHttp = postOverHttp(300);
  const post: Post = async (webhook, letter, signal) => {
    if (letter.body.includes('bad')) await held.promise;
    return overHttp(webhook, letter, signal);
  };
  const second = await keep({ node: 'n2', post });
  await say(good, ['more']);
  await toldOf(good, ['more']);
  await second[Symbol.asyncDispose]();
  expect(await state()).toMatchObject({ stragglers: [], failure: { message: 'answered 500' } });
  held.resolve();
  await keep({ node: 'n3' });
  await toldOf(scene, ['bad']);
  await saved(({ failure }) => failure === undefined);
});

test('what was wrong is told no more where there is nothing left of it', { timeout }, async () => {
  const id = await register();
  receiver.answer = () => 500;
  const first = await keep({ attempts: 1000 });
  await say(scene, ['0']);
  await say(another(), texts(200));
  await saved(({ stragglers, failure }) => stragglers.length === 2 && failure !== undefined);
  await first[Symbol.asyncDispose]();
  const events = ['user.ban'];
  await opened.store.followers.saveWebhook({ id, url: receiver.url, secret: 'a secret', events, createdAt: 1 }, 0);
  await keep({ node: 'n2' });
  await saved(({ stragglers, failure }) => stragglers.length === 0 && failure === undefined);
});

test('whoever is set back tells all again in order, also who was gone past', { timeout }, async () => {
  const id = await register();
  const good = another();
  const ofBad = isOf(scene);
  receiver.answer = (one) => (ofBad(one) ? 500 : 204);
  const first = await keep({ attempts: 1000 });
  await say(scene, texts(200));
  await say(good, texts(200));
  await toldOf(good, texts(200));
  await saved(({ stragglers }) => stragglers.length === 1);
  await first[Symbol.asyncDispose]();
  receiver.received.length = 0;
  receiver.answer = () => 204;
  const { position } = await opened.store.head();
  await opened.store.followers.replayWebhook(id, position);
  const keeper = await keep();
  // Set ahead of it, the webhook still knows what it owes.
  await toldOf(scene, texts(200));
  expect(receiver.texts(scene.id)).toEqual(texts(200));
  expect(receiver.texts(good.id)).toEqual([]);
  receiver.received.length = 0;
  await opened.store.followers.replayWebhook(id, 0);
  keeper.changed();
  await toldOf(scene, texts(200));
  await toldOf(good, texts(200));
  expect(receiver.texts(scene.id)).toEqual(texts(200));
  expect(receiver.texts(good.id)).toEqual(texts(200));
});

test('many conversations that fail at random, over restarts that save nothing, are each told of all in order', {
  timeout,
}, async () => {
  await register();
  const rooms = Array.from({ length: 5 }, another);
  const [stubborn] = rooms;
  if (!stubborn) throw new Error('there are some');
  const ofStubborn = isOf(stubborn);
  let isStubborn = true;
  receiver.answer = (one) => ((isStubborn && ofStubborn(one)) || Math.random() < 0.1 ? 503 : 204);
  const said = texts(300);
  const { moveWebhook } = opened.store.followers;
  for (let round = 0; round < 3; round++) {
    const keeper = await keep({ attempts: 1000, node: `n${round}` });
    const part = said.slice(round * 100, round * 100 + 100);
    await Promise.all(rooms.map((room) => say(room, part)));
    await saved(({ position }) => position > round * 500 + 100);
    // As if it had been killed.
    Object.assign(opened.store.followers, { moveWebhook: async () => true });
    await keeper[Symbol.asyncDispose]();
    Object.assign(opened.store.followers, { moveWebhook });
  }
  expect((await state())?.stragglers).toContainEqual({ conversationId: stubborn.id, position: expect.any(Number) });
  isStubborn = false;
  await keep({ attempts: 1000 });
  const firsts = (room: Scene) => [...new Set(receiver.texts(room.id))];
  await until(
    () => rooms.every((room) => firsts(room).length === said.length),
    () => `is told ${rooms.map((room) => firsts(room).length)}`,
    30_000,
  );
  for (const room of rooms) expect(firsts(room)).toEqual(said);
});
