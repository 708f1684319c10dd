import { expect, test } from 'vitest';
import { openNode } from '../../test/harness/gateway-scene.ts';
import { until } from '../../test/harness/until.ts';
import { openTemporaryStore } from '../../test/harness/use-cases.ts';

test('what a connection had asked for when it ended changes nothing of the session, which may go on elsewhere', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store);
  const client = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
  client.emit('joinRoom', 'first');
  await until(
    () => client.link.names.includes('joinedRoom'),
    () => 'the first room is not joined',
  );
  client.emit('joinRoom', 'second');
  client.drop();
  const isIn = async () => (await opened.store.loadMember('second', 'ann')).value !== undefined;
  let hasJoined = false;
  await until(
    () => {
      void isIn().then((is) => {
        hasJoined = is;
      });
      return hasJoined;
    },
    () => 'the second room is not joined',
  );
  const id = client.connection.sessionId ?? '';
  const saved = (await opened.store.loadSessions([id])).get(id);
  expect(saved?.joined.map(({ conversationId }) => conversationId)).toEqual(['first']);
});

test('each connection that goes on with a session counts itself, so that what earlier ones save late is told apart', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store);
  let pid: string | undefined;
  for (const room of ['first', 'second', 'third']) {
    const client = await node.connect('ann', '/chat', { resume: { pid, offset: undefined } });
    client.emit('joinRoom', room);
    await until(
      () => client.link.names.includes('joinedRoom'),
      () => `${room} is not joined`,
    );
    pid ??= client.pid;
    client.drop();
  }
  const client = await node.connect('ann', '/chat', { resume: { pid, offset: undefined } });
  const id = client.connection.sessionId ?? '';
  const saved = (await opened.store.loadSessions([id])).get(id);
  expect(saved?.joined.map(({ conversationId }) => conversationId)).toEqual(['first', 'second', 'third']);
  expect(saved?.connection).toBe(3);
});
