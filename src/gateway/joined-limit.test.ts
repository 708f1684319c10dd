import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { heard, type Node, openNode } from '../../test/harness/gateway-scene.ts';
import { openTemporaryStore } from '../../test/harness/use-cases.ts';
import { joinedLimit } from './joined-limit.ts';

let opened: Awaited<ReturnType<typeof openTemporaryStore>>;
let node: Node;

beforeEach(async () => {
  opened = await openTemporaryStore();
  node = await openNode(opened.store);
});
afterEach(async () => {
  node[Symbol.dispose]();
  await opened[Symbol.asyncDispose]();
});

describe('a connection that has joined as many conversations as it may', () => {
  test.each([
    ['when it asks for many in one breath', 'joinRoom', (room: string) => room, 'joinedRoom'],
    [
      'by messages that it says in one breath',
      'sendMessage',
      (roomId: string) => ({ roomId, content: 'Hi' }),
      'messageSent',
    ],
  ] as const)('joins no more than that %s', async (_how, event, payload, answer) => {
    const client = await node.connect('ann', '/chat');
    const { connection } = client;
    for (let n = 0; n < joinedLimit - 10; n++) connection.remembered.add(`known-${n}`, 1);
    const asked = Array.from({ length: 30 }, (_, n) => `room-${n}`);
    for (const room of [...asked, ...asked]) client.emit(event, payload(room));
    await heard(client, answer, 20);
    await heard(client, 'error', 40);
    expect(connection.joined.size).toBe(10);
    expect(connection.remembered.count).toBe(joinedLimit);
    expect(connection.enteringBy).toBe(undefined);
  });

  test('joins no other, neither by a message, and may say more where it is, leave, and join then', async () => {
    const client = await node.connect('ann', '/chat');
    client.emit('joinRoom', 'here');
    await heard(client, 'joinedRoom');
    for (let n = 1; n < joinedLimit; n++) client.connection.remembered.add(`room-${n}`, 1);
    client.emit('joinRoom', 'one-too-many');
    client.emit('sendMessage', { roomId: 'one-too-many', content: 'x' });
    await heard(client, 'error', 2);
    expect(client.link.packets.join()).toContain('Leave some of them first');
    client.emit('sendMessage', { roomId: 'here', content: 'still here' });
    await heard(client, 'newMessage');
    client.emit('leaveRoom', 'here');
    await heard(client, 'leftRoom');
    client.emit('joinRoom', 'another');
    await heard(client, 'joinedRoom', 2);
  });
});
