import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { person } from '../../test/harness/cast.ts';
import { type Client, type Node, openNode } from '../../test/harness/gateway-scene.ts';
import { quietMoment, until } from '../../test/harness/until.ts';
import { allowed, as, circumstances, host, openTemporaryStore } from '../../test/harness/use-cases.ts';

/** Two nodes over one store. The second hears of the first only when the test says so. */

let opened: Awaited<ReturnType<typeof openTemporaryStore>>;
let ahead: Node;
let behind: Node;
let room: string;
let rooms = 0;

beforeAll(async () => {
  opened = await openTemporaryStore();
});
afterAll(() => opened[Symbol.asyncDispose]());
beforeEach(async () => {
  room = `lagging-${++rooms}`;
  ahead = await openNode(opened.store);
  behind = await openNode(opened.store);
});
afterEach(() => {
  for (const node of [ahead, behind]) {
    expect(node.errors).toEqual([]);
    node[Symbol.dispose]();
  }
});

/** Done by the host on the node that is ahead. */
const create = async (kind: 'group' | 'open', memberIds: readonly string[]) =>
  allowed(
    await ahead.useCases.execute<'CreateConversation'>(
      { type: 'CreateConversation', conversationId: room, kind, memberIds },
      host,
      circumstances,
    ),
  );
const add = async (userId: string) =>
  allowed(
    await ahead.useCases.execute<'AddMember'>({ type: 'AddMember', conversationId: room, userId }, host, circumstances),
  );
/** Said by ann on the node that is ahead; answers the id. */
async function say(text: string, clientMessageId = text): Promise<number> {
  const command = { type: 'SendMessage', conversationId: room, text, clientMessageId } as const;
  return allowed(await ahead.useCases.execute<'SendMessage'>(command, as(person('ann')), circumstances)).message.id;
}
const heard = (client: Client, name: string) => client.link.packets.filter((packet) => packet.startsWith(`${name} `));
const hears = (client: Client, name: string, count: number) =>
  until(
    () => heard(client, name).length >= count,
    () => `has not heard ${count} of ${name}, but: ${client.link.packets.join('\n')}`,
  );
const texts = (client: Client, name: string) =>
  heard(client, name).map((packet) => (JSON.parse(packet.slice(name.length + 1)) as { message: string }).message);

test('whoever became a member meanwhile hears nothing of what was said before', async () => {
  await create('group', ['ann']);
  await say('before');
  await add('bob');
  const bob = await behind.connect('bob', '/', { dialect: 'kenz' });
  behind.gateway.sequencer.head(await say('after'));
  await hears(bob, 'receive_message', 1);
  await quietMoment();
  expect(texts(bob, 'receive_message')).toEqual(['after']);
});

test('whoever shows a place that this node has not reached is told nothing from before it', async () => {
  await create('open', ['ann']);
  const enter = (node: Node, after?: number) =>
    node.connect('bob', '/ws/chat', {
      room,
      query: new URLSearchParams(after === undefined ? '' : { after: String(after) }),
    });
  // The node that is behind knows bob and the room already.
  const here = await enter(behind);
  await hears(here, 'room_users_list', 1);
  const newest = await say('heard elsewhere');
  const back = await enter(behind, newest);
  await hears(back, 'room_users_list', 1);
  behind.gateway.sequencer.head(await say('after'));
  await hears(back, 'chat_message', 1);
  await quietMoment();
  expect(texts(back, 'chat_message')).toEqual(['after']);
});

test('whoever has heard more than this node goes on with their session here, and hears only what they missed', async () => {
  await create('open', ['ann']);
  const bob = await ahead.connect('bob', '/chat', { resume: { pid: undefined, offset: undefined } });
  bob.emit('joinRoom', room);
  await hears(bob, 'joinedRoom', 1);
  await say('heard elsewhere');
  await hears(bob, 'newMessage', 1);
  bob.drop();
  const { position, at = 0 } = ahead.gateway.sequencer.place;
  const { epoch } = await opened.store.head();
  expect(behind.gateway.sequencer.position).toBeLessThan(position);
  const missed = await say('missed');
  const resume = { pid: bob.pid, offset: `${epoch}.${position}.${at.toString(36)}` };
  const back = await behind.connect('bob', '/chat', { resume });
  expect(back.connection.sessionId).toBe(bob.connection.sessionId);
  behind.gateway.sequencer.head(missed);
  await hears(back, 'newMessage', 1);
  await quietMoment();
  expect(heard(back, 'newMessage').map((packet) => packet.includes('missed'))).toEqual([true]);
});

test('whoever was added and has joined elsewhere joins here too, as soon as this node has heard of it', async () => {
  await create('group', ['ann']);
  const here = await behind.connect('bob', '/chat');
  await add('bob');
  const there = await ahead.connect('bob', '/chat');
  there.emit('joinRoom', room);
  await hears(there, 'joinedRoom', 1);
  here.emit('joinRoom', room);
  await until(
    () => here.link.packets.length > 0,
    () => 'the join is not answered',
  );
  expect(here.link.names).toEqual(['joinedRoom']);
});

test('a repeat of what was said elsewhere is answered once this node tells of it', async () => {
  await create('open', ['ann']);
  const ann = await behind.connect('ann', '/', { dialect: 'kenz' });
  const id = await say('said', 'once');
  ann.emit('send_message', { chatId: room, message: 'said', clientMessageId: 'once' }, 1);
  await quietMoment();
  expect(heard(ann, 'ack1')).toEqual([]);
  behind.gateway.sequencer.head(id);
  await hears(ann, 'ack1', 1);
  expect(behind.gateway.sequencer.position).toBeGreaterThanOrEqual(id);
});
