import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Node, openNode } from '../../test/harness/gateway-scene.ts';
import { until } from '../../test/harness/until.ts';
import { allowed, circumstances, host, openTemporaryStore } from '../../test/harness/use-cases.ts';

/** The entrance of a mount where connecting is joining. */

let opened: Awaited<ReturnType<typeof openTemporaryStore>>;
let node: Node;
let rooms = 0;
let room: string;

beforeAll(async () => {
  opened = await openTemporaryStore();
});
afterAll(() => opened[Symbol.asyncDispose]());
beforeEach(async () => {
  room = `entrance-${++rooms}`;
  node = await openNode(opened.store);
});
afterEach(() => {
  expect(node.errors).toEqual([]);
  node[Symbol.dispose]();
});

const create = async (kind: 'group' | 'open', memberIds: readonly string[]) =>
  allowed(
    await node.useCases.execute<'CreateConversation'>(
      { type: 'CreateConversation', conversationId: room, kind, memberIds },
      host,
      circumstances,
    ),
  );

test('nothing of a newcomer is read until the entrance is through, also when everybody else is let go on', async () => {
  await create('open', ['ann']);
  const { link } = await node.connect('bob', '/ws/chat', { room });
  expect(link.isPaused).toBe(true);
  const { pressure } = node.useCases.house.commit;
  pressure?.crowded();
  pressure?.roomy();
  expect([link.isPaused, link.packets]).toEqual([true, []]);
  await until(
    () => !link.isPaused,
    () => 'It is still paused.',
  );
  expect(link.names).toContain('room_users_list');
});

test('whoever is not let in by the entrance is closed', async () => {
  await create('group', ['ann']);
  const { link } = await node.connect('bob', '/ws/chat', { room });
  await until(
    () => link.closes.length > 0,
    () => 'It was not closed.',
  );
  expect(link.closes).toEqual(['roomNotFound']);
});
