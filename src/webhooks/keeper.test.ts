import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ann, bob } from '../../test/harness/cast.ts';
import { Receiver } from '../../test/harness/receiver.ts';
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
  told,
} from '../../test/harness/webhook-scene.ts';
import type { Store } from '../app/ports.ts';
import type { CommandOf } from '../core/commands.ts';
import { postOverHttp } from './post.ts';

beforeEach(openScene);
afterEach(closeScene);

test('what happens is sent once, in order, signed with its time', async () => {
  await register();
  await keep();
  for (let n = 0; n < 20; n++) allowed(await scene.send(n % 2 ? ann : bob, `${n}`));
  await told(20);
  await quietMoment();
  expect(receiver.texts()).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
  const [first] = receiver.received;
  if (!first) throw new Error('nothing came');
  const { headers, text, event } = first;
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-parlance-webhook': 'w',
    'x-parlance-event': 'message.sent',
    'x-parlance-delivery': event.id,
  });
  const timestamp = String(headers['x-parlance-timestamp']);
  expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
  const hmac = createHmac('sha256', 'a secret of some length').update(`${timestamp}.${text}`).digest('hex');
  expect(headers['x-parlance-signature']).toBe(`v1=${hmac}`);
  expect(event).toMatchObject({
    type: 'message.sent',
    conversationId: scene.id,
    actorId: 'bob',
    data: { message: { id: event.id, text: '0', sender: { id: 'bob' } } },
  });
});

test('only the events that were asked for are sent, and all of them without a wish', async () => {
  await register(['member.added', 'conversation.created']);
  await keep();
  allowed(await scene.create(host, { memberIds: ['ann', 'bob'] }));
  allowed(await scene.send(ann, 'not for you'));
  allowed(await scene.add(host, 'eve'));
  await told(4);
  expect(receiver.received.map(({ event }) => event.type)).toEqual([
    'conversation.created',
    'member.added',
    'member.added',
    'member.added',
  ]);
});

test('what fails is tried again, and holds up its own conversation only', async () => {
  await register();
  const other = new Scene(opened.store);
  other.node = scene.node;
  let failures = 0;
  receiver.answer = ({ event }) => {
    const isRefused = event.conversationId === scene.id && receiver.texts(other.id).length < 3;
    if (isRefused) failures++;
    return isRefused ? 500 : 204;
  };
  await keep({ attempts: 1000 });
  for (const text of ['1', '2', '3']) allowed(await scene.send(ann, text));
  for (const text of ['a', 'b', 'c']) allowed(await other.send(ann, text));
  await told(6);
  expect(receiver.texts(scene.id)).toEqual(['1', '2', '3']);
  expect(receiver.texts(other.id)).toEqual(['a', 'b', 'c']);
  expect(failures).toBeGreaterThan(0);
});

test('what was deleted while it was tried again is told without its words, and an edit that is gone not at all', async () => {
  await register(['message.sent', 'message.edited']);
  const attempted: string[] = [];
  let isRefusing = true;
  receiver.answer = ({ text }) => {
    attempted.push(text);
    return isRefusing ? 500 : 204;
  };
  await keep({ attempts: 1000 });
  const revise = (command: CommandOf<'EditMessage'> | CommandOf<'DeleteMessage'>) =>
    scene.node.execute(command, host, circumstances);
  const { message } = allowed(await scene.send(ann, 'a secret'));
  const which = { conversationId: scene.id, messageId: message.id };
  allowed(await revise({ type: 'EditMessage', ...which, text: 'another secret' }));
  await until(
    () => attempted.length > 1,
    () => 'should have been tried',
  );
  allowed(await revise({ type: 'DeleteMessage', ...which }));
  allowed(await scene.send(ann, 'the next'));
  attempted.length = 0;
  isRefusing = false;
  await told(2);
  expect(receiver.texts()).toEqual(['', 'the next']);
  expect(attempted.slice(1).join()).not.toContain('secret');
});

test('a receiver that never answers is given up on each time, and told when it does', async () => {
  await register();
  let silences = 0;
  receiver.answer = () => (++silences < 3 ? undefined : 204);
  await keep({ post: postOverHttp(500), attempts: 1000 });
  allowed(await scene.send(ann, 'Anybody?'));
  await told(1);
  expect(receiver.texts()).toEqual(['Anybody?']);
  expect(silences).toBe(3);
});

test('a receiver that goes away and comes back misses nothing, in order', async () => {
  await register();
  await keep({ attempts: 1000 });
  allowed(await scene.send(ann, 'before'));
  await told(1);
  await receiver.stop();
  for (const text of ['1', '2', '3']) allowed(await scene.send(ann, text));
  await quietMoment();
  await receiver.start();
  await told(4);
  expect(receiver.texts()).toEqual(['before', '1', '2', '3']);
});

test('what fails to the end is parked and shown, and the rest goes on', async () => {
  const id = await register();
  receiver.answer = ({ event }) => ((event.data.message as { text: string }).text === 'poison' ? 422 : 204);
  await keep({ attempts: 3 });
  const { message } = allowed(await scene.send(ann, 'poison'));
  allowed(await scene.send(ann, 'fine'));
  await told(1);
  expect(receiver.texts()).toEqual(['fine']);
  const { parked } = await opened.store.followers.listParked(id, { limit: 5 });
  expect(parked).toMatchObject([
    {
      position: message.id,
      type: 'message.sent',
      conversationId: scene.id,
      failure: { message: 'answered 422', attempts: 3 },
    },
  ]);
});

test('a replay sends again from its place, and what was parked behind it', async () => {
  const id = await register();
  receiver.answer = () => 500;
  const keeper = await keep({ attempts: 1 });
  allowed(await scene.send(ann, '1'));
  allowed(await scene.send(ann, '2'));
  await parkedCount(2);
  receiver.answer = () => 204;
  allowed(await scene.send(ann, '3'));
  await told(1);
  await opened.store.followers.replayWebhook(id, 0);
  keeper.changed();
  await told(4);
  expect(receiver.texts()).toEqual(['3', '1', '2', '3']);
  expect(await state()).toMatchObject({ generation: 1, parkedCount: 0 });
});

test('no more is read than fits, however long nobody takes it', async () => {
  await register();
  let reads = 0;
  const store: Store = new Proxy(opened.store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'readEntries') return typeof value === 'function' ? value.bind(target) : value;
      return async (range: Parameters<Store['readEntries']>[0]) => {
        const page = await target.readEntries(range);
        reads += page.entries.length;
        return page;
      };
    },
  });
  receiver.answer = () => undefined;
  await keep({ store, post: postOverHttp(60_000) });
  await Promise.all(Array.from({ length: 600 }, (_, n) => scene.send(ann, `${n}`)));
  await quietMoment();
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThanOrEqual(256 + 64);
});

test('a redirect is no answer, and leads nowhere', async () => {
  const id = await register();
  const inside = await Receiver.open();
  receiver.answer = (_one, response) => {
    response.setHeader('location', inside.url);
    return 307;
  };
  await keep({ attempts: 1 });
  allowed(await scene.send(ann, '1'));
  await parkedCount(1);
  const { parked } = await opened.store.followers.listParked(id, { limit: 1 });
  expect(parked[0]?.failure.message).toBe('answered 307');
  expect(inside.received).toEqual([]);
  await inside[Symbol.asyncDispose]();
});

test('what the settings name comes with them, keeps its place, and goes with them', async () => {
  const configured = { url: receiver.url, secret: 'a secret of some length', events: ['message.sent'] };
  const first = await keep({ configured });
  allowed(await scene.send(ann, '1'));
  await told(1);
  await first[Symbol.asyncDispose]();
  allowed(await scene.send(ann, '2'));
  const { saveWebhook } = opened.store.followers;
  const saved: string[][] = [];
  Object.assign(opened.store.followers, {
    saveWebhook: (...asked: Parameters<typeof saveWebhook>) => {
      saved.push([...asked[0].events]);
      return saveWebhook(...asked);
    },
  });
  const second = await keep({ configured });
  await told(2);
  await second[Symbol.asyncDispose]();
  expect(receiver.texts()).toEqual(['1', '2']);
  // What is there already needs no space on a disk that may be full.
  expect(saved).toEqual([]);
  const changed = await keep({ configured: { ...configured, events: ['conversation.created'] } });
  await changed[Symbol.asyncDispose]();
  expect(saved).toEqual([['conversation.created']]);
  Object.assign(opened.store.followers, { saveWebhook });
  await keep();
  expect(await state()).toBeUndefined();
});

test('a place beyond the head, of a log that was restored, is set back to it', async () => {
  await register(['message.sent'], 1_000_000);
  await keep();
  await quietMoment();
  allowed(await scene.send(ann, 'after'));
  await told(1);
  expect(receiver.texts()).toEqual(['after']);
});
