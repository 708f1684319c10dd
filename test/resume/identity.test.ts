import { expect, test } from 'vitest';
import { quietMoment, until } from '../harness/until.ts';
import type { Listener } from './listener.ts';
import { ann, bob, openScene, type Scene, whileAway } from './scene.ts';

type Inside = { _pid?: string; _lastOffset?: string };
const inside = ({ socket }: Listener) => socket as unknown as Inside;

async function opened(): Promise<{ scene: Scene; listener: Listener } & AsyncDisposable> {
  const scene = await openScene();
  for (const id of ['77', '88']) await scene.found(id, ['1', '2']);
  const listener = await scene.listen('/', bob);
  await scene.say('77', '1', 'heard');
  await listener.hears('receive_message', 1);
  return { scene, listener, [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() };
}

const texts = (listener: Listener) => listener.fields('receive_message', 'message');

test.for([
  { what: 'an offset of another history', offset: 'another.1' },
  { what: 'an offset that is none', offset: 'joined' },
  { what: 'an empty offset', offset: '' },
  { what: 'a pid that is none', pid: 'nonsense' },
  { what: 'a pid with another signature', pid: 'AAAA.1.BBBBBBBBBBBBBBBBBBBBBB' },
  { what: 'a huge pid', pid: 'x'.repeat(10_000) },
])('$what makes a new connection, which hears what is said from then on', async ({ offset, pid }) => {
  await using stage = await opened();
  const { scene, listener } = stage;
  await whileAway(scene, listener, async () => {
    await scene.say('77', '1', 'missed');
    if (offset !== undefined) inside(listener)._lastOffset = offset;
    if (pid !== undefined) inside(listener)._pid = pid;
  });
  expect(listener.socket.recovered).toBe(false);
  await scene.say('77', '1', 'live');
  await listener.hears('receive_message', 2);
  await quietMoment();
  expect(texts(listener)).toEqual(['heard', 'live']);
  // The new session can be resumed as any other.
  await whileAway(scene, listener, () => scene.say('77', '1', 'missed again'));
  await listener.hears('receive_message', 3);
  expect(texts(listener)).toEqual(['heard', 'live', 'missed again']);
});

test.for([{ pid: 7 }, { pid: null }, { pid: {} }, { pid: 'x', offset: ['x'] }, { offset: 'x' }])(
  'whatever stands in the place of pid and offset does no harm: %o',
  async (shown) => {
    await using stage = await opened();
    const { scene } = stage;
    const odd = await scene.listen('/', bob, { auth: { token: scene.house.token(bob), ...shown } });
    await scene.say('77', '1', 'live');
    await odd.hears('receive_message', 1);
    expect(texts(odd)).toEqual(['live']);
  },
);

test('a client cut right behind words that it takes for its place goes on where it was', async () => {
  await using stage = await opened();
  const { scene } = stage;
  const listener = await scene.listen('/chat', bob);
  await listener.ask('joinRoom', '88');
  await scene.say('88', '1', 'heard');
  await listener.hears('newMessage', 1);
  await listener.ask('joinRoom', '77');
  await whileAway(scene, listener, async () => {
    inside(listener)._lastOffset = '77';
    await scene.say('88', '1', 'missed');
  });
  expect(listener.socket.recovered).toBe(true);
  await listener.hears('newMessage', 2);
  await quietMoment();
  expect(listener.fields('newMessage', 'content')).toEqual(['heard', 'missed']);
});

test('a pid shown by another user is no way into their session', async () => {
  await using stage = await opened();
  const { scene, listener } = stage;
  await scene.found('99', ['2']);
  await listener.ask('join_conversation', 77);
  const { _pid, _lastOffset } = inside(listener);
  await scene.say('99', '2', 'for bob alone');
  const thief = await scene.listen('/', ann, {
    auth: { token: scene.house.token(ann), pid: _pid, offset: _lastOffset },
  });
  expect(inside(thief)._pid).not.toBe(_pid);
  await scene.say('77', '2', 'live');
  await thief.hears('receive_message', 1);
  await quietMoment();
  expect(thief.calls.map(({ event }) => event)).toEqual(['receive_message', 'message_notification']);
});

test('an offset from before its session begins where the session began', async () => {
  await using stage = await opened();
  const { scene, listener } = stage;
  const early = inside(listener)._lastOffset;
  await scene.say('77', '1', 'of the first session');
  await listener.hears('receive_message', 2);
  // What a client is left with that was given a new pid and lost its transport before it was told its new place.
  const second = await scene.listen('/', bob);
  await whileAway(scene, second, async () => {
    inside(second)._lastOffset = early as string;
    await scene.say('77', '1', 'missed');
  });
  await second.hears('receive_message', 1);
  await quietMoment();
  expect(texts(second)).toEqual(['missed']);
});

test('a session of one namespace is none of the other', async () => {
  await using stage = await opened();
  const { scene, listener } = stage;
  const { _pid, _lastOffset } = inside(listener);
  await scene.say('77', '1', 'missed');
  const chat = await scene.listen('/chat', bob, {
    auth: { token: scene.house.token(bob), pid: _pid, offset: _lastOffset },
  });
  await quietMoment();
  expect(inside(chat)._pid).not.toBe(_pid);
  expect(chat.calls).toEqual([]);
});

test('whoever comes back with a revoked or expired token is refused and hears nothing', async () => {
  await using stage = await opened();
  const { scene, listener } = stage;
  const expiring = await scene.listen('/', ann, {
    auth: { token: scene.house.token({ ...ann, exp: Math.floor(Date.now() / 1000) - 28 }) },
  });
  scene.wire.isDown = true;
  expect((await scene.house.call('POST', '/api/v1/users/2/revoke', 'host')).status).toBe(200);
  await scene.say('77', '1', 'missed');
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  scene.wire.isDown = false;
  for (const refused of [listener, expiring]) {
    await until(
      () => refused.refusals.includes('Authentication error'),
      () => `${refused.refusals}`,
    );
    expect(refused.connects).toBe(1);
  }
  await quietMoment();
  expect(texts(listener)).toEqual(['heard']);
  expect(texts(expiring)).toEqual([]);
});
