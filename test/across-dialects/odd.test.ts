import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DialectName } from '../../src/dialects/dialect.ts';
import { type Client, type Dialling, dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { until } from '../harness/until.ts';
import { conversationId, dialectNames, Five } from './five.ts';

/** What nobody would say, and what everybody might at the same moment. */

let house: OpenHouse;
const clients: Client[] = [];
beforeAll(async () => {
  house = await openHouse({ MESSAGE_BURST: '2000', EVENT_BURST: '2000' });
});
afterAll(async () => {
  for (const client of clients) client.close();
  expect(clients.flatMap((client) => client.objections)).toEqual([]);
  await house[Symbol.asyncDispose]();
});

async function come(dialect: DialectName, sub: string, dialling: Dialling = {}): Promise<Client> {
  const client = dial(house.address, dialect, { token: house.token({ sub }), room: 'odd/', ...dialling });
  clients.push(client);
  await client.connected();
  return client;
}

/** The next payload of this name; what comes before it is passed over. */
async function next(client: Client, name: string): Promise<unknown> {
  for (;;) {
    const heard = await client.next(name);
    if (heard.name === name) return heard.payload;
  }
}

const ids = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '../etc',
  'a b',
  '🫖',
  "'; DROP TABLE entries; --",
  '%00',
  '0',
];

test.each(ids)('%s is an id like any other, of users and of conversations', async (id) => {
  const messaging = await come('messaging', id);
  messaging.say('joinRoom', [id], false);
  expect(await next(messaging, 'joinedRoom')).toBe(id);
  const kenz = await come('kenz', `${id}2`);
  kenz.say('send_message', [{ chatId: id, message: 'Hi' }], false);
  expect(await next(kenz, 'receive_message')).toMatchObject({ chat_id: id === '0' ? 0 : id });
  expect(await next(messaging, 'newMessage')).toMatchObject({ roomId: id, sender: `${id}2`, content: 'Hi' });
  messaging.say('sendMessage', [{ roomId: id, content: 'Ho' }], false);
  expect(await next(kenz, 'receive_message')).toMatchObject({ sender_id: id === '0' ? 0 : id, message: 'Ho' });
});

test.each([
  ['a null character', 'a\u0000b'],
  ['emoji and combining marks', '👩‍👩‍👧 é z̸̢̛'],
  ['half a surrogate pair', 'a\ud800b'],
  ['line separators', 'a\u2028b\u2029c\r\n'],
  ['markup', '</script><img src=x onerror=alert(1)>'],
  ['writing from right to left', '\u202eabc שלום'],
  ['what looks like a packet', '42["newMessage",{}]'],
])('a text with %s is heard as it was said', async (_, text) => {
  const [messaging, rooms] = [await come('messaging', 'm'), await come('rooms', 'r')];
  messaging.say('joinRoom', ['odd'], false);
  await next(messaging, 'joinedRoom');
  await next(rooms, 'user_join');
  rooms.say('', [{ message: text }], false);
  expect(await next(messaging, 'newMessage')).toMatchObject({ content: text });
  expect(await next(rooms, 'chat_message')).toMatchObject({ message: text });
  const { json } = await house.call('GET', '/api/v1/conversations/odd/messages?limit=1', 'host');
  expect(json).toMatchObject({ messages: [{ text }] });
  messaging.close();
  rooms.close();
});

describe('hostile payloads', () => {
  const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  const hostile: [string, unknown][] = [
    ['a __proto__ of its own', JSON.parse('{"__proto__":{"content":"x","roomId":"odd"}}')],
    ['a constructor', { constructor: { prototype: { roomId: 'odd' } } }],
    ['binary parts', { roomId: Buffer.from('odd'), content: Buffer.from('x') }],
    ['only binary', Buffer.from('x')],
    ['depth', nested(1000)],
    ['very many keys', Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, n]))],
    ['very many items', new Array(100_000).fill(0)],
    ['a lone surrogate as id', { roomId: '\ud800', content: 'x', chatId: '\ud800', conversationId: '\ud800' }],
    ['a control character as id', { roomId: 'a\u0007', content: 'x', chatId: 'a\u0007', conversationId: 'a\u0007' }],
  ];
  test.each(hostile)('with %s are refused by every event', async (_, payload) => {
    const messaging = await come('messaging', 'h');
    for (const event of ['joinRoom', 'leaveRoom', 'sendMessage', 'typingIndicator', 'readReceipt', 'syncMessages']) {
      messaging.say(event, [payload], true);
      expect(await next(messaging, 'error')).toMatchObject({ event });
      expect((await messaging.next(event)).isAck).toBe(true);
    }
    const shared = await come('kenz', 'h');
    for (const event of [
      'send_message',
      'joinChat',
      'sendMessage',
      'typing',
      'readMessages',
      'join_conversation',
      'mark_read',
    ]) {
      shared.say(event, [payload], true);
      await next(shared, 'error');
      expect((await shared.next(event)).isAck).toBe(true);
    }
    expect(messaging.end).toBeUndefined();
    expect(shared.end).toBeUndefined();
    expect(Reflect.get({}, 'roomId')).toBeUndefined();
  });

  test('metadata with odd keys is handed on as it is', async () => {
    const messaging = await come('messaging', 'h');
    const metadata = JSON.parse('{"__proto__":{"a":1},"constructor":null,"":"","clientMessageId":{"no":"id"}}');
    messaging.say('sendMessage', [{ roomId: 'keys', content: 'Hi', metadata }], false);
    const heard = (await next(messaging, 'newMessage')) as { metadata: unknown };
    expect(JSON.stringify(heard.metadata)).toBe(JSON.stringify(metadata));
  });

  test('a binary frame is no text in rooms, and more arguments than documented do no harm', async () => {
    const rooms = await come('rooms', 'h');
    await next(rooms, 'user_join');
    rooms.say('', [Buffer.from('{"message":')], false);
    expect(await next(rooms, 'error')).toMatchObject({ error: expect.any(String) });
    const messaging = await come('messaging', 'h');
    messaging.say('joinRoom', ['more', 'and', { more: [] }], true);
    expect(await next(messaging, 'joinedRoom')).toBe('more');
  });
});

test('one clientMessageId sent at the same moment from everywhere is one message', async () => {
  const watcher = await come('messaging', 'watcher');
  watcher.say('joinRoom', ['race'], false);
  await next(watcher, 'joinedRoom');
  const kenz = await come('kenz', 'racer');
  const messaging = await come('messaging', 'racer');
  const clientMessageId = 'c1';
  for (let n = 0; n < 20; n++) {
    kenz.say('send_message', [{ chatId: 'race', message: 'Once', clientMessageId }], true);
    messaging.say('sendMessage', [{ roomId: 'race', content: 'Once', clientMessageId }], true);
  }
  const heard = (await next(watcher, 'newMessage')) as { id: string };
  const acks = (client: Client) => client.heard.filter(({ isAck }) => isAck).map(({ payload }) => payload);
  for (const client of [kenz, messaging]) {
    await until(
      () => acks(client).length === 20,
      () => `${acks(client).length} acknowledgements`,
    );
  }
  for (const payload of acks(kenz)) expect(payload).toMatchObject({ id: Number(heard.id) });
  for (const payload of acks(messaging))
    expect(payload).toMatchObject({ event: 'messageSent', data: { id: heard.id } });
  const { json } = await house.call('GET', '/api/v1/conversations/race', 'host');
  expect(json).toMatchObject({ messageCount: 1 });
});

test('clients of every age hear the same over every transport, in one order', async () => {
  const listeners: Client[] = [];
  for (const age of [2, 3, 4] as const) {
    for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
      const client = await come('messaging', `l${age}${transports}`, { age, transports, by: 'query' });
      client.say('joinRoom', ['busy'], false);
      await next(client, 'joinedRoom');
      listeners.push(client);
    }
  }
  const total = 300;
  for (let n = 0; n < total; n++) {
    listeners[n % listeners.length]?.say('sendMessage', [{ roomId: 'busy', content: `${n}` }], false);
  }
  const heardBy = (client: Client) =>
    client.heard.filter(({ name }) => name === 'newMessage').map(({ payload }) => (payload as { id: string }).id);
  for (const client of listeners) {
    await until(
      () => heardBy(client).length >= total,
      () => `${heardBy(client).length} of ${total}`,
    );
  }
  const order = heardBy(listeners[0] as Client);
  expect(new Set(order).size).toBe(total);
  for (const client of listeners) expect(heardBy(client)).toEqual(order);
});

test('a place in the log may be that of a message elsewhere', async () => {
  const client = await come('messaging', 's');
  const say = async (roomId: string, content: string) => {
    client.say('sendMessage', [{ roomId, content }], false);
    return (await next(client, 'messageSent')) as { id: string };
  };
  await say('here', 'one');
  const elsewhere = await say('there', 'elsewhere');
  await say('here', 'two');
  client.heard.length = 0;
  client.say('syncMessages', [{ roomId: 'here', lastMessageId: elsewhere.id }], false);
  expect(await next(client, 'newMessage')).toMatchObject({ content: 'two' });
  expect(await next(client, 'syncComplete')).toMatchObject({ syncedMessageCount: 1 });
});

test('a name that a later token changes is the one that is heard from then on', async () => {
  const rooms = await come('rooms', 'renamed', { token: house.token({ sub: 'renamed', name: 'Before' }) });
  await next(rooms, 'user_join');
  rooms.say('', [{ message: 'one' }], false);
  expect(await next(rooms, 'chat_message')).toMatchObject({ sender_username: 'Before' });
  rooms.cut();
  const again = await come('rooms', 'renamed', { token: house.token({ sub: 'renamed', name: 'After' }) });
  const users = expect.arrayContaining([{ id: 'renamed', username: 'After' }]);
  expect(await next(again, 'room_users_list')).toMatchObject({ users });
  await next(again, 'user_join');
  again.say('', [{ message: 'two' }], false);
  expect(await next(again, 'chat_message')).toMatchObject({ sender_username: 'After', message: 'two' });
});

test('everybody who is in hears everything while others come and go', async () => {
  await using five = await Five.gather();
  const rounds = 30;
  const visitors: Client[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const name of dialectNames) five.says(name, `${name} ${round}`);
    const token = five.house.token({ sub: `visitor ${round}` });
    const visitor = dial(five.house.address, round % 2 ? 'rooms' : 'messaging', { token, room: `${conversationId}/` });
    visitors.push(visitor);
    await visitor.connected();
    if (round % 2 === 0) visitor.say('joinRoom', [conversationId], false);
    if (round > 2) visitors[round - 3]?.cut();
  }
  const total = rounds * dialectNames.length;
  const orders: string[][] = [];
  for (const name of dialectNames) {
    await until(
      () => five.heardBy(name).length >= total,
      () => `${name} heard ${five.heardBy(name).length} of ${total}`,
    );
    orders.push(five.heardBy(name).map(({ id }) => id));
  }
  for (const order of orders) expect(order).toEqual(orders[0]);
  expect(orders[0]).toHaveLength(total);
  for (const visitor of visitors) visitor.close();
  expect([...five.objections, ...visitors.flatMap(({ objections }) => objections)]).toEqual([]);
});
