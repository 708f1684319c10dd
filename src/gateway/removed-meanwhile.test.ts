import { describe, expect, test } from 'vitest';
import { type Client, heard, type Node, openNode } from '../../test/harness/gateway-scene.ts';
import { until } from '../../test/harness/until.ts';
import { host, openTemporaryStore } from '../../test/harness/use-cases.ts';
import type { Store } from '../app/ports.ts';
import type { Connection } from './connection.ts';

/** What a session has joined ends when its user is removed, whether it is connected then or away. */

const remove = (node: Node, conversationId: string) =>
  node.useCases.execute<'RemoveMember'>({ type: 'RemoveMember', conversationId, userId: 'ann' }, host, { baseUrl: '' });
const add = (node: Node, conversationId: string) =>
  node.useCases.execute<'AddMember'>({ type: 'AddMember', conversationId, userId: 'ann' }, host, { baseUrl: '' });
const savedOf = async (store: Store, { sessionId = '' }: Connection) =>
  (await store.loadSessions([sessionId])).get(sessionId)?.joined.map(({ conversationId }) => conversationId);
const joined = async (client: Client, wanted: readonly string[]) => {
  for (const room of wanted) client.emit('joinRoom', room);
  await heard(client, 'joinedRoom', wanted.length);
};
const come = (node: Node) => node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
const comeBack = (node: Node, { pid }: Client) => node.connect('ann', '/chat', { resume: { pid, offset: undefined } });
const live = ({ connection }: Client) =>
  until(
    () => connection.isLive,
    () => 'the session is not caught up',
  );
const isIn = (node: Node, { connection }: Client) => node.gateway.hub.joinedOf('room').has(connection);

/** What sessions that come back have missed is not read until the function that it answers is called. */
function holdMissed(store: Store): () => void {
  const { readEntries } = store;
  const held = Promise.withResolvers<void>();
  store.readEntries = async (range) => {
    if (range.topics) await held.promise;
    return readEntries.call(store, range);
  };
  return held.resolve;
}

describe('a conversation from which a user was removed', () => {
  test('is none that their session remembers, and does not count', async () => {
    await using opened = await openTemporaryStore();
    using node = await openNode(opened.store);
    const client = await come(node);
    const { connection } = client;
    await joined(client, ['room', 'other']);
    await remove(node, 'room');
    expect([connection.remembered.count, connection.remembered.knows('room')]).toEqual([1, false]);
    await expect.poll(() => savedOf(opened.store, connection)).toEqual(['other']);
  });

  test.each([
    ['', false, 1000],
    [', though the user was added again', true, 1000],
    [', though the user was added again, and what was missed is read from the log', true, 1],
  ])('is none of a session that comes back later%s', async (_, isAddedAgain, ringEntries) => {
    await using opened = await openTemporaryStore();
    using node = await openNode(opened.store, { ringEntries });
    const client = await come(node);
    await joined(client, ['room', 'other']);
    client.drop();
    await remove(node, 'room');
    if (isAddedAgain) await add(node, 'room');
    const bea = await node.connect('bea', '/chat');
    for (const roomId of ['room', 'other']) bea.emit('sendMessage', { roomId, content: 'Tea?' });
    await heard(bea, 'messageSent', 2);
    const back = await comeBack(node, client);
    expect(back.connection.sessionId).toBe(client.connection.sessionId);
    await live(back);
    await heard(back, 'newMessage');
    expect(back.link.packets.filter((packet) => packet.includes('Tea?'))).toEqual([
      expect.stringContaining('"roomId":"other"'),
    ]);
    const { connection } = back;
    expect([isIn(node, back), connection.remembered.count, connection.remembered.knows('room')]).toEqual([
      false,
      1,
      false,
    ]);
    await expect.poll(() => savedOf(opened.store, connection)).toEqual(['other']);
  });

  test('is none of a session that is being caught up while the user is added again', async () => {
    await using opened = await openTemporaryStore();
    using node = await openNode(opened.store, { ringEntries: 1 });
    const client = await come(node);
    await joined(client, ['room', 'other']);
    client.drop();
    await remove(node, 'room');
    const release = holdMissed(opened.store);
    const back = await comeBack(node, client);
    await add(node, 'room');
    release();
    await live(back);
    expect([...back.connection.joined.keys()]).toEqual(['other']);
    expect(isIn(node, back)).toBe(false);
  });
});

describe('a conversation that was joined after its user had been removed and added again', () => {
  test('is in the session, also where it comes back from a place before that', async () => {
    await using opened = await openTemporaryStore();
    using node = await openNode(opened.store);
    const client = await come(node);
    await joined(client, ['room']);
    await remove(node, 'room');
    await add(node, 'room');
    client.emit('joinRoom', 'room');
    await heard(client, 'joinedRoom', 2);
    client.drop();
    const back = await comeBack(node, client);
    await live(back);
    expect(isIn(node, back)).toBe(true);
  });

  test('is in the session that asked for it while it was being caught up, also after another cut', async () => {
    await using opened = await openTemporaryStore();
    using node = await openNode(opened.store, { ringEntries: 1 });
    const client = await come(node);
    await joined(client, ['room', 'other']);
    client.drop();
    await remove(node, 'room');
    await add(node, 'room');
    const release = holdMissed(opened.store);
    const back = await comeBack(node, client);
    await joined(back, ['room']);
    back.drop();
    const again = await comeBack(node, client);
    release();
    await live(again);
    expect(isIn(node, again)).toBe(true);
  });

  test('is in the session, where its node had not heard of the removal yet', async () => {
    await using opened = await openTemporaryStore();
    using node = await openNode(opened.store);
    using lagging = await openNode(opened.store);
    const client = await come(lagging);
    await joined(await come(node), ['room']);
    await remove(node, 'room');
    await add(node, 'room');
    await joined(client, ['room']);
    client.drop();
    const back = await comeBack(lagging, client);
    await live(back);
    expect(isIn(lagging, back)).toBe(true);
  });
});

test('a conversation that was entered by joining it is in the session that comes back to a node which is yet to hear of it', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store);
  using lagging = await openNode(opened.store);
  await come(lagging);
  const client = await come(node);
  await joined(client, ['room']);
  client.drop();
  const back = await comeBack(lagging, client);
  await live(back);
  expect(isIn(lagging, back)).toBe(true);
});
