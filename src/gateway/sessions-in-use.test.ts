import { describe, expect, test } from 'vitest';
import { heard, openNode } from '../../test/harness/gateway-scene.ts';
import { openTemporaryStore } from '../../test/harness/use-cases.ts';
import { Commit } from '../app/commit.ts';
import type { AppendItem } from '../app/ports.ts';
import type { Connection } from './connection.ts';
import { Sessions } from './sessions.ts';

describe('a session in use', () => {
  const dayMs = 24 * 3600 * 1000;

  test.each([
    ['a quarter of the retention', 40_000, 10_000],
    ['a day', 100 * dayMs, dayMs],
  ])('is saved again when %s has passed, and not before', async (_what, retentionMs, afterMs) => {
    await using opened = await openTemporaryStore();
    using node = await openNode(opened.store);
    const { connection } = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
    const { clock } = node.useCases;
    let saved = 0;
    const store = {
      append: async (items: readonly AppendItem[]) => {
        saved += items.length;
        return items.map(() => ({ ok: true, entries: [] }) as const);
      },
    };
    const commit = new Commit(store, { announce: () => undefined });
    const sessions = new Sessions({ clock, commit, retentionMs, onError: () => undefined });
    const counts: number[] = [];
    const renew = async (passedMs: number, connections: readonly Connection[]) => {
      clock.ms += passedMs;
      sessions.renew(connections);
      await commit.drained();
      counts.push(saved);
    };
    sessions.save(connection);
    await renew(afterMs, [connection]);
    await renew(1, [connection]);
    await renew(1, [connection]);
    expect(counts).toEqual([1, 2, 2]);
    // Of many that grew old together one call saves some, and the next ones the others.
    // Each with a time of its own, since the node saves the connection that they are made from when it finds it as old.
    const { sessionSavedAt } = connection;
    const aged = () => Object.assign(Object.create(connection) as Connection, { sessionSavedAt });
    const many = Array.from({ length: 450 }, aged);
    for (const passedMs of [afterMs, 0, 0, 0]) await renew(passedMs, many);
    expect(counts.slice(3)).toEqual([202, 402, 452, 452]);
  });
});

test('a join behind a leave that came to nothing is remembered, and a join of what is remembered writes nothing', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store);
  const client = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
  client.emit('joinRoom', 'room');
  await heard(client, 'joinedRoom');
  const { clock, house } = node.useCases;
  const sessions = new Sessions({ clock, commit: house.commit, retentionMs: 1_000_000, onError: () => undefined });
  const { connection } = client;
  expect(sessions.rowAfterJoining(connection, 'room', 1)).toBeUndefined();
  expect(sessions.rowAfterLeaving(connection, 'room')?.joined).toEqual([]);
  expect(connection.joined.has('room')).toBe(true);
  expect(sessions.rowAfterJoining(connection, 'room', 1)?.joined).toMatchObject([{ conversationId: 'room' }]);
});

test('a session that joins more while it catches up hears all that it missed', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store, { ringEntries: 1 });
  const client = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
  client.emit('joinRoom', 'room');
  await heard(client, 'joinedRoom');
  client.drop();
  const other = await node.connect('bob', '/chat');
  for (const content of ['1', '2', '3']) other.emit('sendMessage', { roomId: 'room', content });
  await heard(other, 'messageSent', 3);
  const { readEntries } = opened.store;
  const held = Promise.withResolvers<void>();
  opened.store.readEntries = async (range) => {
    if (range.topics) await held.promise;
    return readEntries.call(opened.store, range);
  };
  const again = await node.connect('ann', '/chat', { resume: { pid: client.pid, offset: undefined } });
  expect(again.connection.isLive).toBe(false);
  again.emit('joinRoom', 'another room');
  await heard(again, 'joinedRoom');
  held.resolve();
  await heard(again, 'newMessage', 3);
});
