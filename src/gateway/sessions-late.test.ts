import { describe, expect, test } from 'vitest';
import { type Client, heard, type Node, openNode } from '../../test/harness/gateway-scene.ts';
import { quietMoment, until } from '../../test/harness/until.ts';
import { openTemporaryStore } from '../../test/harness/use-cases.ts';
import { type Store, StoreUnavailable } from '../app/ports.ts';
import type { Connection } from './connection.ts';

/** Nobody learns what a user is to a conversation until the function that it answers is called. */
function holdMembers(store: Store): () => void {
  const { loadMember } = store;
  const held = Promise.withResolvers<void>();
  store.loadMember = async (...asked) => {
    await held.promise;
    return loadMember.apply(store, asked);
  };
  return held.resolve;
}

const savedJoins = async (store: Store, { sessionId = '' }: Connection) =>
  (await store.loadSessions([sessionId])).get(sessionId)?.joined.map(({ conversationId }) => conversationId);

describe('what a connection asked for right before it ended, and what is decided when it is over,', () => {
  const room = 'second';
  const asked = [
    ['a join', [['joinRoom', room]], 0],
    ['a message', [['sendMessage', { roomId: room, content: 'Tea?' }]], 1],
    [
      'a join and a message',
      [
        ['joinRoom', room],
        ['sendMessage', { roomId: room, content: 'Tea?' }],
      ],
      1,
    ],
  ] as const;
  const contents = (client: Client) => client.link.packets.filter((packet) => packet.includes('"content"'));
  const fresh = { resume: { pid: undefined, offset: undefined } };
  const back = (node: Node, { pid }: Client) => node.connect('ann', '/chat', { resume: { pid, offset: undefined } });
  const live = (client: Client) =>
    until(
      () => client.connection.isLive,
      () => 'the session is not caught up',
    );

  test.each(asked)('is remembered by its session, also after a kill: %s', async (_what, words, count) => {
    await using opened = await openTemporaryStore();
    using node = await openNode(opened.store);
    const lost = await node.connect('ann', '/chat', fresh);
    lost.emit('joinRoom', 'first');
    await heard(lost, 'joinedRoom');
    for (const [event, payload] of words) lost.emit(event, payload);
    lost.drop();
    await expect.poll(() => savedJoins(opened.store, lost.connection)).toEqual(['first', room]);
    await node.useCases.house.commit.drained();
    using elsewhere = await openNode(opened.store);
    const again = await back(elsewhere, lost);
    await live(again);
    expect(elsewhere.gateway.hub.joinedOf(room).has(again.connection)).toBe(true);
    expect(contents(again)).toHaveLength(count);
  });

  test.each([
    ['is known to be lost', true],
    ['is not known to be lost', false],
  ])('is in the session that comes back before it is decided, while the transport before %s', async (_, isDropped) => {
    for (const [what, words, count] of asked) {
      await using opened = await openTemporaryStore();
      using node = await openNode(opened.store);
      const lost = await node.connect('ann', '/chat', fresh);
      const release = holdMembers(opened.store);
      for (const [event, payload] of words) lost.emit(event, payload);
      if (isDropped) lost.drop();
      const coming = back(node, lost);
      await quietMoment();
      release();
      const again = await coming;
      await live(again);
      expect(node.gateway.hub.joinedOf(room).has(again.connection), what).toBe(true);
      const bea = await node.connect('bea', '/chat');
      bea.emit('sendMessage', { roomId: room, content: 'Yes' });
      await heard(bea, 'messageSent');
      expect(contents(again), what).toHaveLength(count + 1);
    }
  });

  test('overtakes nothing that the session asks for after it came back', async () => {
    await using opened = await openTemporaryStore();
    using node = await openNode(opened.store);
    const lost = await node.connect('ann', '/chat', fresh);
    const release = holdMembers(opened.store);
    lost.emit('joinRoom', room);
    lost.drop();
    const coming = back(node, lost).then((client) => {
      client.emit('leaveRoom', room);
      return client;
    });
    await quietMoment();
    release();
    const again = await coming;
    await heard(again, 'leftRoom');
    await node.useCases.house.commit.drained();
    expect(node.gateway.hub.joinedOf(room).size).toBe(0);
    expect(node.gateway.presentUsers.list(room)).toEqual([]);
    expect(await savedJoins(opened.store, lost.connection)).toEqual([]);
  });

  test('is not remembered where it is refused', async () => {
    await using opened = await openTemporaryStore();
    using node = await openNode(opened.store);
    const device = await node.connect('ann', '/chat');
    for (const event of ['joinRoom', 'leaveRoom']) device.emit(event, room);
    await heard(device, 'leftRoom');
    const lost = await node.connect('ann', '/chat', fresh);
    lost.emit('joinRoom', 'first');
    await heard(lost, 'joinedRoom');
    const { append, loadMember } = opened.store;
    const held = Promise.withResolvers<void>();
    opened.store.append = async (items) => {
      const isRefused = items.some(({ drafts }) => JSON.stringify(drafts).includes(room));
      if (isRefused) throw new StoreUnavailable('full');
      return append.call(opened.store, items);
    };
    opened.store.loadMember = async (...asked) => {
      if (asked[0] === 'third') await held.promise;
      return loadMember.apply(opened.store, asked);
    };
    for (const one of [room, 'third']) lost.emit('joinRoom', one);
    lost.drop();
    await until(
      () => lost.connection.enteringBy?.has(room) === false,
      () => 'the join is not refused',
    );
    held.resolve();
    const again = await back(node, lost);
    expect([...again.connection.joined.keys()]).toEqual(['first', 'third']);
  });

  test('is remembered where its answer tells of the past, and the user is in with another device', async () => {
    await using opened = await openTemporaryStore();
    using before = await openNode(opened.store);
    const device = await before.connect('ann', '/chat');
    device.emit('joinRoom', room);
    await heard(device, 'joinedRoom');
    using node = await openNode(opened.store);
    const lost = await node.connect('ann', '/', { dialect: 'support', ...fresh });
    lost.emit('joinChat', { chatId: room });
    lost.drop();
    const again = await node.connect('ann', '/', { resume: { pid: lost.pid, offset: undefined } });
    expect([...again.connection.joined.keys()]).toEqual([room]);
    await node.useCases.house.commit.drained();
    expect(await savedJoins(opened.store, lost.connection)).toEqual([room]);
  });

  test('is not remembered over a later leave on another node, though nothing was joined there', async () => {
    await using opened = await openTemporaryStore();
    using here = await openNode(opened.store);
    const lost = await here.connect('ann', '/chat', fresh);
    const { loadMember } = opened.store;
    const release = holdMembers(opened.store);
    lost.emit('joinRoom', room);
    lost.drop();
    opened.store.loadMember = loadMember;
    using elsewhere = await openNode(opened.store);
    const again = await back(elsewhere, lost);
    again.emit('leaveRoom', room);
    await heard(again, 'leftRoom');
    again.drop();
    release();
    await expect.poll(async () => (await opened.store.loadMember(room, 'ann')).value).toBeDefined();
    await here.useCases.house.commit.drained();
    const third = await back(elsewhere, lost);
    expect([...third.connection.joined.keys()]).toEqual([]);
  });

  test('is not remembered over what a later connection has joined on another node', async () => {
    await using opened = await openTemporaryStore();
    using here = await openNode(opened.store);
    const first = await here.connect('ann', '/chat', fresh);
    first.emit('joinRoom', 'first');
    await heard(first, 'joinedRoom');
    first.drop();
    const lost = await back(here, first);
    const { loadMember } = opened.store;
    const release = holdMembers(opened.store);
    lost.emit('joinRoom', room);
    lost.drop();
    opened.store.loadMember = loadMember;
    using elsewhere = await openNode(opened.store);
    const again = await back(elsewhere, first);
    again.emit('joinRoom', 'third');
    await heard(again, 'joinedRoom');
    release();
    await expect.poll(async () => (await opened.store.loadMember(room, 'ann')).value).toBeDefined();
    await here.useCases.house.commit.drained();
    expect(await savedJoins(opened.store, first.connection)).toEqual(['first', 'third']);
  });
});

test('a dialect that was spoken for the first time right before a cut is in the session that comes back at once', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store);
  const lost = await node.connect('ann', '/', { resume: { pid: undefined, offset: undefined } });
  const { append } = opened.store;
  const held = Promise.withResolvers<void>();
  opened.store.append = async (items) => {
    await held.promise;
    return append.call(opened.store, items);
  };
  lost.emit('getActiveUsers', { chatId: 'room' });
  await until(
    () => lost.connection.requestsUnderWay === 0,
    () => 'the question is not answered',
  );
  lost.drop();
  const coming = node.connect('ann', '/', { resume: { pid: lost.pid, offset: undefined } });
  await quietMoment();
  held.resolve();
  expect((await coming).connection.hears('support')).toBe(true);
});
