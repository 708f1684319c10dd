import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ann } from '../../test/harness/cast.ts';
import { quietMoment, until } from '../../test/harness/until.ts';
import { allowed, circumstances, host } from '../../test/harness/use-cases.ts';
import {
  another,
  closeScene,
  isOf,
  keep,
  opened,
  openScene,
  parkedCount,
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

test('what was deleted while a straggler was tried again is told without its words', { timeout }, async () => {
  await register();
  let isRefusing = true;
  const attempted: string[] = [];
  receiver.answer = ({ text }) => {
    attempted.push(text);
    return isRefusing ? 500 : 204;
  };
  const { message } = allowed(await scene.send(ann, 'a secret'));
  await say(scene, texts(200));
  const first = await keep({ attempts: 1000 });
  await saved(({ stragglers }) => stragglers.length === 1);
  await first[Symbol.asyncDispose]();
  attempted.length = 0;
  await keep({ attempts: 1000, node: 'n2' });
  const triedTwice = () =>
    until(
      () => attempted.length > 1,
      () => 'should be tried again',
    );
  await triedTwice();
  const remove = { type: 'DeleteMessage', conversationId: scene.id, messageId: message.id } as const;
  allowed(await scene.node.execute(remove, host, circumstances));
  attempted.length = 0;
  // The first of these may have been on its way.
  await triedTwice();
  isRefusing = false;
  await toldOf(scene, texts(201));
  expect(receiver.texts(scene.id)).toEqual(['', ...texts(200)]);
  expect(attempted.slice(1).join()).not.toContain('secret');
});
