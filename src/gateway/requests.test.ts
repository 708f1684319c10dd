import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Client, heard, holdHistory, openNode } from '../../test/harness/gateway-scene.ts';
import {
  closeScene,
  closeStoreForAll,
  node,
  opened,
  openScene,
  openStoreForAll,
  room,
} from '../../test/harness/node-scene.ts';
import { quietMoment } from '../../test/harness/until.ts';
import { host } from '../../test/harness/use-cases.ts';

beforeAll(openStoreForAll);
afterAll(closeStoreForAll);
beforeEach(openScene);
afterEach(closeScene);

const times = (client: Client, name: string) => client.link.names.filter((one) => one === name).length;
const say = (client: Client, content: string, more: object = {}) =>
  client.emit('sendMessage', { roomId: room, content, ...more });
const present = () => node.gateway.presentUsers.list(room).map(({ id }) => id);

describe('joining and leaving without waiting', () => {
  test.each([
    ['join', ['joinRoom'], true],
    ['join, leave', ['joinRoom', 'leaveRoom'], false],
    ['join, leave, join', ['joinRoom', 'leaveRoom', 'joinRoom'], true],
    ['join, leave, join, leave', ['joinRoom', 'leaveRoom', 'joinRoom', 'leaveRoom'], false],
    ['leave, join', ['leaveRoom', 'joinRoom'], true],
    ['join, join', ['joinRoom', 'joinRoom'], true],
  ] as const)('%s: ends as the last word says', async (_what, events, isIn) => {
    const client = await node.connect('ann', '/chat');
    for (const event of events) client.emit(event, room);
    for (const [event, answer] of [
      ['joinRoom', 'joinedRoom'],
      ['leaveRoom', 'leftRoom'],
    ] as const) {
      const count = events.filter((one) => one === event).length;
      if (count > 0) await heard(client, answer, count);
    }
    expect(node.gateway.hub.joinedOf(room).has(client.connection)).toBe(isIn);
    expect(present()).toEqual(isIn ? ['ann'] : []);
  });

  test.each([
    ['join', ['joinChat'], true],
    ['join, leave', ['joinChat', 'leaveChat'], false],
    ['join, leave, join', ['joinChat', 'leaveChat', 'joinChat'], true],
  ] as const)('%s: ends as the last word says also where a join reads history', async (_what, events, isIn) => {
    const client = await node.connect('ann', '/', { dialect: 'support' });
    for (const event of events) client.emit(event, { chatId: room });
    await heard(client, 'joinedChat', events.filter((event) => event === 'joinChat').length);
    await quietMoment();
    expect(node.gateway.hub.joinedOf(room).has(client.connection)).toBe(isIn);
    expect(present()).toEqual(isIn ? ['ann'] : []);
  });

  test('a join and a message bring the join before the message, and the own message once', async () => {
    const client = await node.connect('ann', '/chat');
    client.emit('joinRoom', room);
    say(client, 'Hi');
    await heard(client, 'messageSent');
    await quietMoment();
    const said = client.link.names.filter((name) => name !== 'presenceUpdate');
    expect(said.filter((name) => name === 'newMessage')).toHaveLength(1);
    expect(said.indexOf('userJoinedRoom')).toBeLessThan(said.indexOf('newMessage'));
  });
});

describe('messages that are handed over', () => {
  test('are under way until they are answered, and no longer', async () => {
    const client = await node.connect('ann', '/chat');
    for (const content of ['one', 'two', '']) say(client, content);
    expect(client.connection.requestsUnderWay).toBe(2);
    await heard(client, 'messageSent', 2);
    expect(client.connection.requestsUnderWay).toBe(0);
    expect(times(client, 'error')).toBe(1);
  });

  test('fail once where their answer cannot be written, and hold nobody up', async () => {
    const client = await node.connect('ann', '/chat');
    const { ackPacket } = client.link;
    client.link.ackPacket = () => {
      client.link.ackPacket = ackPacket;
      throw new Error('It cannot be written.');
    };
    client.emit('sendMessage', { roomId: room, content: 'one' }, 1);
    client.emit('sendMessage', { roomId: room, content: 'two' }, 2);
    await heard(client, 'ack2');
    const first = client.link.packets.filter((packet) => packet.startsWith('ack1'));
    expect(first).toEqual([expect.stringContaining('UNAVAILABLE')]);
    expect(client.connection.requestsUnderWay).toBe(0);
    expect(node.errors.splice(0)).toEqual([new Error('It cannot be written.')]);
  });

  test('are answered after the join that came before them, where it reads history', async () => {
    const client = await node.connect('ann', '/', { dialect: 'support' });
    const release = holdHistory(node);
    client.emit('joinChat', { chatId: room }, 1);
    client.emit('sendMessage', { chatId: room, text: 'Hi' }, 2);
    await quietMoment();
    expect(client.link.names).not.toContain('ack2');
    release();
    await heard(client, 'ack2');
    expect(client.link.names.indexOf('ack1')).toBeLessThan(client.link.names.indexOf('ack2'));
  });
});

test.each([
  ['at once', '/chat', 'joinRoom', () => room, 'joinedRoom'],
  ['with its history', '/', 'joinChat', () => ({ chatId: room }), 'joinedChat'],
] as const)(
  'whom another node let in a moment ago joins here too, %s',
  async (_what, mount, event, payload, answer) => {
    const dialect = mount === '/' ? { dialect: 'support' as const } : {};
    const here = await node.connect('ann', mount, dialect);
    // It has a bus of its own: this node hears nothing of it, as little as of one whose word is still on its way.
    const other = await openNode(opened.store);
    try {
      const there = await other.connect('ann', mount, dialect);
      there.emit(event, payload());
      await heard(there, answer);
      here.emit(event, payload());
      await heard(here, answer);
      expect(node.gateway.hub.joinedOf(room).has(here.connection)).toBe(true);
      expect(present()).toEqual(['ann']);
    } finally {
      other[Symbol.dispose]();
    }
  },
);

describe('sending', () => {
  test('enters: the sender hears its own message and what is said after it', async () => {
    const [ann, bob] = [await node.connect('ann', '/chat'), await node.connect('bob', '/chat')];
    say(ann, 'first');
    await heard(ann, 'newMessage');
    say(bob, 'second');
    await heard(bob, 'newMessage');
    await heard(ann, 'newMessage', 2);
    expect(times(bob, 'newMessage')).toBe(1);
    expect(present()).toEqual(['ann', 'bob']);
  });

  test('again what was said before enters as well', async () => {
    const first = await node.connect('ann', '/chat');
    say(first, 'Hi', { clientMessageId: 'once' });
    await heard(first, 'messageSent');
    first.drop();
    const second = await node.connect('ann', '/chat');
    say(second, 'Hi', { clientMessageId: 'once' });
    await heard(second, 'messageSent');
    const bob = await node.connect('bob', '/chat');
    say(bob, 'Hello');
    await heard(second, 'newMessage', 2);
    expect(second.link.packets.filter((packet) => packet.includes('Hello'))).toHaveLength(1);
  });

  test('200 messages without waiting are heard in their order by everybody', async () => {
    const [ann, bob] = [await node.connect('ann', '/chat'), await node.connect('bob', '/chat')];
    bob.emit('joinRoom', room);
    await heard(bob, 'joinedRoom');
    const wanted = Array.from({ length: 200 }, (_, i) => `text ${i}.`);
    for (const text of wanted) say(ann, text);
    for (const client of [ann, bob]) {
      await heard(client, 'newMessage', 200);
      const texts = client.link.packets.flatMap((packet) => packet.match(/^newMessage.*"(text \d+\.)"/)?.[1] ?? []);
      expect(texts).toEqual(wanted);
    }
  });
});

describe('a member who is removed', () => {
  const remove = (userId: string) =>
    node.useCases.execute<'RemoveMember'>({ type: 'RemoveMember', conversationId: room, userId }, host, {
      baseUrl: '',
    });

  test('while their join is on its way is told nothing, and is not in', async () => {
    const [ann, bob] = [await node.connect('ann', '/', { dialect: 'support' }), await node.connect('bob', '/chat')];
    say(bob, 'before');
    await heard(bob, 'messageSent');
    bob.drop();
    // Bob is a member already, so that his join waits for nothing but the history.
    const support = await node.connect('bob', '/', { dialect: 'support' });
    const release = holdHistory(node);
    support.emit('joinChat', { chatId: room }, 1);
    await quietMoment();
    await remove('bob');
    ann.emit('sendMessage', { message: { chatId: room, text: 'secret' } });
    await quietMoment();
    release();
    await heard(support, 'ack1');
    expect(support.link.packets.join('\n')).toContain('not found');
    expect(support.link.packets.join('\n')).not.toContain('secret');
    expect(present()).not.toContain('bob');
  });

  test('is no longer present, and is not told what is said from then on', async () => {
    const [ann, bob] = [await node.connect('ann', '/chat'), await node.connect('bob', '/chat')];
    for (const client of [ann, bob]) {
      client.emit('joinRoom', room);
      await heard(client, 'joinedRoom');
    }
    await remove('bob');
    say(ann, 'secret');
    await heard(ann, 'newMessage');
    expect(times(bob, 'newMessage')).toBe(0);
    expect(present()).toEqual(['ann']);
    say(bob, 'let me in');
    await heard(bob, 'error');
  });
});

describe('acknowledgements', () => {
  test('come after the events of the answer, for refusals too', async () => {
    const client = await node.connect('ann', '/chat');
    client.emit('joinRoom', room, 1);
    await heard(client, 'ack1');
    expect(client.link.names.slice(-2)).toEqual(['joinedRoom', 'ack1']);
    client.emit('readReceipt', { roomId: room, messageId: '999999' }, 2);
    await heard(client, 'ack2');
    expect(client.link.names.slice(-2)).toEqual(['error', 'ack2']);
    expect(client.link.packets.at(-1)).toMatch(/^ack2 \{"event":"error","data":\{"code":"MESSAGE_NOT_FOUND"/);
  });

  test.each([
    ['an unknown event', 'nonsense', { a: 1 }],
    ['a missing payload', 'sendMessage', undefined],
    ['null', 'sendMessage', null],
    ['a payload of the wrong type', 'sendMessage', 5],
    ['an empty id', 'joinRoom', ''],
    ['a fractional id', 'joinRoom', 1.5],
    ['a deep payload', 'sendMessage', { roomId: 'r', content: 'x', metadata: { a: 'x'.repeat(70_000) } }],
  ])('never hang: %s is refused', async (_what, event, payload) => {
    const client = await node.connect('ann', '/chat');
    client.emit(event, payload, 7);
    await heard(client, 'ack7');
    expect(client.link.names).toContain('error');
    expect(client.link.closes).toEqual([]);
  });
});

describe('the newest messages', () => {
  test('asked for while more is on its way say truly that there are older ones', async () => {
    const client = await node.connect('ann', '/chat');
    for (let i = 0; i < 30; i++) say(client, `${i}`);
    await heard(client, 'messageSent', 30);
    for (let i = 0; i < 50; i++) {
      say(client, `more ${i}`);
      client.emit('syncMessages', { roomId: room, limit: 5 }, 100 + i);
    }
    await heard(client, 'ack149');
    const complete = client.link.packets.filter((packet) => packet.startsWith('syncComplete'));
    expect(complete).toHaveLength(50);
    for (const packet of complete) expect(packet).toContain('"hasMore":true');
  });
});
