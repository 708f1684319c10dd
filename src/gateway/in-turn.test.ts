import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Client, heard, holdHistory } from '../../test/harness/gateway-scene.ts';
import { closeScene, closeStoreForAll, node, openScene, openStoreForAll, room } from '../../test/harness/node-scene.ts';
import { quietMoment } from '../../test/harness/until.ts';

beforeAll(openStoreForAll);
afterAll(closeStoreForAll);
beforeEach(openScene);
afterEach(closeScene);

const payloads: { readonly [event: string]: object } = {
  sendMessage: { text: 'Hi' },
  typing: { isTyping: true },
  readMessages: { messageIds: [] },
};

/** Emits them all at once, each with an acknowledgement that is numbered by its place. */
function emitAll(client: Client, events: readonly string[]): void {
  for (const [at, event] of events.entries()) client.emit(event, { chatId: room, ...payloads[event] }, at);
}

/** Waits for all acknowledgements and expects them in order, and nobody to be waiting any more. */
async function answeredInOrder(client: Client, events: readonly string[]): Promise<void> {
  for (const at of events.keys()) await heard(client, `ack${at}`);
  expect(client.link.names.filter((name) => name.startsWith('ack'))).toEqual(events.map((_, at) => `ack${at}`));
  expect(client.connection.lines).toBeUndefined();
  expect(client.connection.requestsUnderWay).toBe(0);
}

function expectIn(client: Client, isIn: boolean): void {
  expect(node.gateway.hub.joinedOf(room).has(client.connection)).toBe(isIn);
  expect(node.gateway.presentUsers.list(room).map(({ id }) => id)).toEqual(isIn ? ['ann'] : []);
}

test.each([
  [['joinChat', 'leaveChat'], false],
  [['joinChat', 'leaveChat', 'joinChat'], true],
  [['joinChat', 'sendMessage', 'leaveChat'], false],
  [['joinChat', 'typing', 'leaveChat'], false],
  [['joinChat', 'sendMessage', 'leaveChat', 'joinChat'], true],
  [['joinChat', 'sendMessage', 'leaveChat', 'joinChat', 'sendMessage', 'leaveChat'], false],
  [['joinChat', 'readMessages', 'leaveChat', 'joinChat', 'getActiveUsers', 'leaveChat'], false],
] as const)('%j while history cannot be read wait, and are answered in order', async (events, isIn) => {
  const client = await node.connect('ann', '/', { dialect: 'support' });
  const release = holdHistory(node);
  emitAll(client, events);
  await quietMoment();
  expect(client.link.names).toEqual([]);
  release();
  await answeredInOrder(client, events);
  expectIn(client, isIn);
});

test.each([
  [['leaveChat', 'sendMessage'], true],
  [['leaveChat', 'joinChat'], true],
  [['sendMessage', 'leaveChat', 'sendMessage'], true],
  [['leaveChat', 'sendMessage', 'leaveChat'], false],
] as const)('%j of who has joined end as the last word says', async (events, isIn) => {
  const client = await node.connect('ann', '/', { dialect: 'support' });
  client.emit('joinChat', { chatId: room });
  await heard(client, 'joinedChat');
  emitAll(client, events);
  await answeredInOrder(client, events);
  expectIn(client, isIn);
  const own = events.filter((event) => event === 'sendMessage').length;
  expect(client.link.names.filter((name) => name === 'newMessage')).toHaveLength(own);
});

test('what is asked behind a question waits for its answer', async () => {
  const client = await node.connect('ann', '/', { dialect: 'support' });
  client.emit('joinChat', { chatId: room });
  await heard(client, 'joinedChat');
  const { lanes } = node.useCases.house;
  const { facts } = lanes;
  const held = Promise.withResolvers<void>();
  lanes.facts = async (...asked) => {
    await held.promise;
    return facts.apply(lanes, asked);
  };
  const events = ['getActiveUsers', 'sendMessage', 'leaveChat'];
  emitAll(client, events);
  await quietMoment();
  expect(client.link.names.filter((name) => name.startsWith('ack'))).toEqual([]);
  held.resolve();
  await answeredInOrder(client, events);
});

test('what is held back in one conversation holds back none of another', async () => {
  const client = await node.connect('ann', '/', { dialect: 'support' });
  const release = holdHistory(node);
  client.emit('joinChat', { chatId: room }, 1);
  client.emit('sendMessage', { chatId: room, text: 'Hi' }, 2);
  client.emit('sendMessage', { chatId: `${room}-beside`, text: 'Hi' }, 3);
  await heard(client, 'ack3');
  expect(client.link.names).not.toContain('ack2');
  release();
  await heard(client, 'ack2');
});
