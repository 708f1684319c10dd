import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ann } from '../../test/harness/cast.ts';
import type { Received } from '../../test/harness/receiver.ts';
import { quietMoment, until } from '../../test/harness/until.ts';
import { allowed, circumstances, host, Scene } from '../../test/harness/use-cases.ts';
import {
  closeScene,
  keep,
  opened,
  openScene,
  parkedCount,
  receiver,
  register,
  scene,
  state,
} from '../../test/harness/webhook-scene.ts';
import type { WebhookState } from '../app/ports.ts';
import { type Post, postOverHttp } from './post.ts';

beforeEach(openScene);
afterEach(closeScene);

const timeout = 60_000;
const texts = (count: number, name = ''): string[] => Array.from({ length: count }, (_, n) => `${name}${n}`);

function another(): Scene {
  const other = new Scene(opened.store);
  other.node = scene.node;
  return other;
}

async function say(where: Scene, said: readonly string[]): Promise<void> {
  for (const answer of await Promise.all(said.map((text) => where.send(ann, text)))) allowed(answer);
}

const toldOf = (where: Scene, said: readonly string[]) =>
  until(
    () => receiver.texts(where.id).length >= said.length,
    () => `should have come: ${receiver.texts(where.id).length} of ${said.length}`,
    30_000,
  );

/** Waits for what is saved of it. */
async function saved(isSo: (webhook: WebhookState) => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const webhook = await state();
    if (webhook && isSo(webhook)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`is ${JSON.stringify(await state())}`);
}

const isOf =
  (where: Scene) =>
  ({ event }: Received): boolean =>
    event.conversationId === where.id;

test('a conversation that goes on failing, with thousands of events, holds up nobody, and misses nothing when it is taken again', {
  timeout,
}, async () => {
  await register();
  const good = another();
  const ofBad = isOf(scene);
  receiver.answer = (one) => (ofBad(one) ? 500 : 204);
  const [before, after] = [texts(2000, 'before '), texts(300, 'after ')];
  await say(scene, before);
  const first = await keep({ attempts: 1000 });
  await say(good, texts(300));
  await toldOf(good, texts(300));
  await say(scene, after);
  // Its place has gone on, so that whoever follows next does not tell the others again.
  const { position } = await opened.store.head();
  await saved((webhook) => webhook.position === position);
  const firstSaid = (await state())?.stragglers[0]?.position ?? 0;
  expect(await state()).toMatchObject({ stragglers: [{ conversationId: scene.id }], parkedCount: 0 });
  expect(firstSaid).toBeLessThan(10);
  await first[Symbol.asyncDispose]();
  receiver.answer = () => 204;
  await keep({ node: 'n2' });
  await toldOf(scene, [...before, ...after]);
  expect(receiver.texts(scene.id)).toEqual([...before, ...after]);
  expect(receiver.texts(good.id)).toEqual(texts(300));
  await saved(({ stragglers, failure }) => stragglers.length === 0 && failure === undefined);
  await say(scene, ['at once']);
  await toldOf(scene, [...before, ...after, 'at once']);
});

test('what is parked of a conversation that was gone past is so one after the other, and the rest is told', {
  timeout,
}, async () => {
  const id = await register();
  receiver.answer = ({ event }) => ((event.data.message as { text: string }).text.startsWith('bad') ? 500 : 204);
  await say(scene, [...texts(5, 'bad'), ...texts(300)]);
  await keep({ attempts: 4 });
  await parkedCount(5);
  await toldOf(scene, texts(300));
  expect(receiver.texts()).toEqual(texts(300));
  const { parked } = await opened.store.followers.listParked(id, { limit: 9 });
  expect(parked.map(({ conversationId, failure }) => [conversationId, failure.attempts])).toEqual(
    Array.from({ length: 5 }, () => [scene.id, 4]),
  );
});

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

test('a straggler finds what is wanted far behind much that is not in few readings', { timeout }, async () => {
  await register(['message.deleted']);
  const remove = async (messageId: number) => {
    const command = { type: 'DeleteMessage', conversationId: scene.id, messageId } as const;
    allowed(await scene.node.execute(command, host, circumstances));
  };
  const { message } = allowed(await scene.send(ann, 'first'));
  await remove(message.id);
  await say(scene, texts(2000));
  const last = allowed(await scene.send(ann, 'last')).message;
  await remove(last.id);
  let isRefusing = true;
  receiver.answer = () => (isRefusing ? 500 : 204);
  const reading = vi.spyOn(opened.store, 'readEntries');
  await keep({ attempts: 1000 });
  await saved(({ stragglers }) => stragglers.length === 1);
  isRefusing = false;
  await until(
    () => receiver.received.length === 2,
    () => 'should be told of both',
  );
  await saved(({ stragglers }) => stragglers.length === 0);
  expect(receiver.received.map(({ event }) => event.data.messageId)).toEqual([`${message.id}`, `${last.id}`]);
  const looks = reading.mock.calls.filter(([{ topics }]) => topics !== undefined);
  expect(looks.length).toBeGreaterThan(1);
  expect(looks.length).toBeLessThan(20);
});

test('a user who was gone past is told of in order too, and of nothing that was not asked for', {
  timeout,
}, async () => {
  await register(['notification.created']);
  const notify = async (userId: string, title: string) => {
    const command = { type: 'CreateNotification', userId, title, message: 'm', notificationType: 'n' } as const;
    allowed(await scene.node.execute(command, host, circumstances));
  };
  const titles = (userId: string) =>
    receiver.received.flatMap(({ event }) => {
      const { notification } = event.data as { notification: { userId: string; title: string } };
      return notification.userId === userId ? [notification.title] : [];
    });
  let isRefusing = true;
  receiver.answer = ({ text }) => (isRefusing && text.includes('"bob"') ? 500 : 204);
  await keep({ attempts: 1000 });
  await notify('bob', '1');
  await say(scene, texts(200));
  await notify('bob', '2');
  await notify('eve', 'a');
  await saved(({ stragglers }) => stragglers.some(({ userId }) => userId === 'bob'));
  await until(
    () => titles('eve').length > 0,
    () => 'should be told of eve',
  );
  isRefusing = false;
  await until(
    () => titles('bob').length > 1,
    () => 'should be told of bob',
  );
  expect(titles('bob')).toEqual(['1', '2']);
  expect(receiver.received.length).toBe(3);
});

test('a conversation whose events take long holds up nobody either', { timeout }, async () => {
  await register();
  const good = another();
  const overHttp = postOverHttp(5000);
  const post: Post = async (webhook, letter, signal) => {
    if (letter.body.includes(scene.id)) await wait(1100);
    return overHttp(webhook, letter, signal);
  };
  await say(scene, texts(300));
  await keep({ post });
  await say(good, texts(100));
  await toldOf(good, texts(100));
  expect(receiver.texts(scene.id).length).toBeLessThan(10);
  await saved(({ position, failure }) => position >= 400 && failure === undefined);
});

test('who fails and then never answers leaves room for the others', { timeout }, async () => {
  await register();
  const good = another();
  const bad = Array.from({ length: 12 }, another);
  const tried = new Set<string>();
  let hanging = 0;
  receiver.answer = ({ event: { conversationId = '' } }) => {
    if (conversationId === good.id) return 204;
    if (tried.has(conversationId)) hanging++;
    return tried.has(conversationId) ? undefined : tried.add(conversationId) && 500;
  };
  await keep({ attempts: 1000, post: postOverHttp(60_000) });
  for (const room of bad) await say(room, ['?']);
  await until(
    () => hanging > 0 && tried.size === bad.length,
    () => 'should be tried',
  );
  await quietMoment();
  await say(good, texts(20));
  await toldOf(good, texts(20));
  expect(hanging).toBe(4);
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
