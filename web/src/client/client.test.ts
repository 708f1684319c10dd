import { createServer, connect as dialTcp, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../src/app/ports.ts';
import { type OpenHouse, openHouse } from '../../../test/harness/house.ts';
import { until } from '../../../test/harness/until.ts';
import { ChatClient } from './client.ts';
import type { ConversationView } from './conversation-view.ts';
import { memoryOutbox, type Outbox } from './outbox.ts';

/** Nobody in these tests is held up by what slows down a flood. */
const settings = {
  MESSAGES_PER_SECOND: '10000',
  MESSAGE_BURST: '10000',
  EVENTS_PER_SECOND: '10000',
  EVENT_BURST: '10000',
};

let house: OpenHouse;
const clients: ChatClient[] = [];
const lines: Line[] = [];
let named = 0;

beforeAll(async () => {
  house = await openHouse(settings, { store: forgetful });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const line of lines.splice(0)) line.close();
});
afterAll(() => house[Symbol.asyncDispose]());

let areSessionsForgotten = false;

/** A store that may say of every session that it is too old to go on with. */
function forgetful(store: Store): Store {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      if (key !== 'loadSessions' || !areSessionsForgotten) return value.bind(target);
      return async (ids: readonly string[]) => {
        const rows = await target.loadSessions(ids);
        return new Map([...rows].map(([id, row]) => [id, { ...row, savedAt: 0 }]));
      };
    },
  });
}

/** A line to the server that can be cut, and mended. */
type Line = { readonly address: string; cut(): void; mend(): void; close(): void };

async function openLine(): Promise<Line> {
  let isCut = false;
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = dialTcp(Number(new URL(house.address).port), '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  const line = {
    address: `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    cut() {
      isCut = true;
      end();
    },
    mend() {
      isCut = false;
    },
    close() {
      end();
      server.close();
    },
  };
  lines.push(line);
  return line;
}

async function enter(id: string, options: { address?: string; outbox?: Outbox } = {}): Promise<ChatClient> {
  const token = house.token({ sub: id, name: `User ${id}` });
  const client = await ChatClient.connect({ address: house.address, token: () => token, ...options });
  clients.push(client);
  await until(
    () => client.connection.get().is === 'online',
    () => `user ${id} is ${JSON.stringify(client.connection.get())}`,
  );
  return client;
}

/** A group of these users, under a name of its own. */
async function group(...members: string[]): Promise<string> {
  const id = `group-${++named}`;
  await house.call('POST', '/api/v1/conversations', 'host', { id, kind: 'group', title: id, members });
  return id;
}

async function open(client: ChatClient, id: string): Promise<ConversationView> {
  const view = client.conversation(id);
  await view.open();
  return view;
}

const texts = (view: ConversationView) => view.timeline.get().messages.map(({ text }) => text);

async function hears(view: ConversationView, expected: readonly string[]): Promise<void> {
  await until(
    () => JSON.stringify(texts(view)) === JSON.stringify(expected),
    () => `heard ${JSON.stringify(texts(view))}`,
  );
}

test('what one says the other hears, and the sender has it once, acknowledged', async () => {
  const id = await group('1', '2');
  const [ann, ben] = [await enter('1'), await enter('2')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  hers.send({ text: 'Tea?' });
  expect(hers.timeline.get().outgoing).toMatchObject([{ text: 'Tea?', state: { is: 'waiting' } }]);
  await hears(his, ['Tea?']);
  his.send({ text: 'With milk.', replyToId: his.timeline.get().messages[0]?.id ?? '' });
  await hears(hers, ['Tea?', 'With milk.']);
  expect(hers.timeline.get().outgoing).toEqual([]);
  expect(hers.timeline.get().messages[1]?.replyTo).toMatchObject({ text: 'Tea?' });
});

test('who is cut off sends later, hears what was missed, and nothing twice', async () => {
  const id = await group('1', '2');
  const line = await openLine();
  const [ann, ben] = [await enter('1', { address: line.address }), await enter('2')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  his.send({ text: 'one' });
  await hears(hers, ['one']);
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  his.send({ text: 'two' });
  await hears(his, ['one', 'two']);
  hers.send({ text: 'three' });
  hers.send({ text: 'four' });
  expect(hers.timeline.get().outgoing.map(({ state }) => state.is)).toEqual(['waiting', 'waiting']);
  line.mend();
  await hears(hers, ['one', 'two', 'three', 'four']);
  expect(ann.connection.get()).toEqual({ is: 'online', resumed: true });
  await hears(his, ['one', 'two', 'three', 'four']);
  expect(hers.timeline.get().outgoing).toEqual([]);
});

test('what was read while cut off is told when there is a connection again', async () => {
  const id = await group('1', '2');
  const line = await openLine();
  const [ann, ben] = [await enter('1', { address: line.address }), await enter('2')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  his.send({ text: 'read me' });
  await hears(hers, ['read me']);
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  const messageId = hers.timeline.get().messages[0]?.id ?? '';
  hers.markRead(messageId);
  line.mend();
  await until(
    () => his.members.get().find(({ user }) => user.id === '1')?.readCursor === messageId,
    () => 'not told',
  );
});

test('who cannot resume, since the sessions are forgotten, has no gap either', async () => {
  const id = await group('1', '2');
  const line = await openLine();
  const ann = await enter('1', { address: line.address });
  const hers = await open(ann, id);
  const say = (text: string) =>
    house.call('POST', `/api/v1/conversations/${id}/messages`, 'host', { text, senderId: '2' });
  await say('zero');
  await hears(hers, ['zero']);
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  for (let n = 1; n <= 60; n++) await say(`${n}`);
  areSessionsForgotten = true;
  line.mend();
  await hears(hers, ['zero', ...Array.from({ length: 60 }, (_, index) => `${index + 1}`)]);
  expect(ann.connection.get()).toEqual({ is: 'online', resumed: false });
  await say('live again');
  await until(
    () => texts(hers).at(-1) === 'live again',
    () => 'not joined again',
  );
  areSessionsForgotten = false;
});

test('messages that were not sent outlive their page', async () => {
  const id = await group('1', '2');
  const line = await openLine();
  const outbox = memoryOutbox();
  const ann = await enter('1', { address: line.address, outbox });
  const hers = await open(ann, id);
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  hers.send({ text: 'said in a tunnel' });
  await until(
    () => hers.timeline.get().outgoing.length === 1,
    () => 'not shown',
  );
  ann.close();
  line.mend();
  const again = await enter('1', { address: line.address, outbox });
  await hears(await open(again, id), ['said in a tunnel']);
  expect(await outbox.all('1')).toEqual([]);
});

test('a refused message says why, and is sent when it is tried again', async () => {
  const id = `help-${++named}`;
  await house.call('POST', '/api/v1/conversations', 'host', { id, kind: 'support', members: ['1'] });
  await house.call('PATCH', `/api/v1/conversations/${id}`, 'host', { status: 'CLOSED' });
  const ann = await enter('1');
  const hers = await open(ann, id);
  hers.send({ text: 'Hello?' });
  const failed = await until(
    () => hers.timeline.get().outgoing.find(({ state }) => state.is === 'failed'),
    () => 'it did not fail',
  );
  expect(failed.state).toMatchObject({ why: expect.stringContaining('closed') });
  await house.call('PATCH', `/api/v1/conversations/${id}`, 'host', { status: 'PENDING' });
  ann.retry(failed.clientMessageId);
  await hears(hers, ['Hello?']);
});

test('files are uploaded with their message', async () => {
  const id = await group('1', '2');
  const [ann, ben] = [await enter('1'), await enter('2')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  hers.send({ text: '', file: new File(['milk, no sugar'], 'order.txt', { type: 'text/plain' }) });
  await hears(his, ['']);
  const attachment = his.timeline.get().messages[0]?.attachment;
  expect(attachment).toMatchObject({ name: 'order.txt' });
  expect(await (await fetch(attachment?.url ?? '')).text()).toBe('milk, no sugar');
});

test('history loads both ways, and a jump shows what stands around', async () => {
  const id = await group('1', '2');
  const sender = { token: house.token({ sub: '1' }) };
  for (let n = 0; n < 130; n++) {
    await house.call('POST', `/api/v1/conversations/${id}/messages`, sender, { text: `${n}` });
  }
  const view = await open(await enter('2'), id);
  expect(texts(view)).toHaveLength(50);
  await view.loadOlder();
  await view.loadOlder();
  const all = view.timeline.get();
  expect(all.messages.map(({ text }) => text)).toEqual(Array.from({ length: 130 }, (_, index) => `${index}`));
  expect(all.hasOlder).toBe(false);

  const fresh = await open(await enter('2'), id);
  expect(await fresh.jumpTo(all.messages[20]?.id ?? '')).toBe(true);
  expect(fresh.timeline.get()).toMatchObject({ hasOlder: false, hasNewer: true });
  await fresh.loadNewer();
  await fresh.loadNewer();
  expect(texts(fresh)).toEqual(all.messages.map(({ text }) => text));
  expect(await fresh.jumpTo('1')).toBe(false);
});

test('edits, reactions and deletions are seen by everybody, in quotes and in the list too', async () => {
  const id = await group('51', '52');
  const [ann, ben] = [await enter('51'), await enter('52')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  hers.send({ text: 'Tee?' });
  await hears(his, ['Tee?']);
  const messageId = his.timeline.get().messages[0]?.id ?? '';
  const sees = (what: object) =>
    until(
      () => JSON.stringify(his.timeline.get().messages).includes(JSON.stringify(what).slice(1, -1)),
      () => JSON.stringify(his.timeline.get().messages),
    );
  await hers.edit(messageId, 'Tea?');
  await sees({ text: 'Tea?' });
  await hears(hers, ['Tea?']);
  await his.react(messageId, '👍', true);
  await sees({ reactions: [{ emoji: '👍', userIds: ['52'] }] });
  await expect(his.edit(messageId, 'Coffee?')).rejects.toThrow();
  his.send({ text: 'Yes', replyToId: messageId });
  await until(
    () => texts(his).length === 2,
    () => 'not answered',
  );
  await hers.delete(messageId);
  await until(
    () => !JSON.stringify(his.timeline.get().messages).includes('Tea?'),
    () => JSON.stringify(his.timeline.get().messages),
  );
  expect(his.timeline.get().messages[0]?.deletedAt).toBeGreaterThan(0);
});

test('typing, read marks and presence of others are seen', async () => {
  const id = await group('41', '42');
  const ann = await enter('41');
  const hers = await open(ann, id);
  const ben = await enter('42');
  await until(
    () => ann.presence.get().get('42')?.status === 'online',
    () => 'not online',
  );
  const his = await open(ben, id);
  his.setTyping(true);
  await until(
    () => hers.typing.get().includes('42'),
    () => 'not typing',
  );
  his.send({ text: 'Here' });
  await hears(hers, ['Here']);
  expect(hers.typing.get()).toEqual([]);
  const messageId = hers.timeline.get().messages[0]?.id ?? '';
  hers.markRead(messageId);
  await until(
    () => his.members.get().find(({ user }) => user.id === '41')?.readCursor === messageId,
    () => 'not read',
  );
  await until(
    () => ann.conversations.find(id)?.unreadCount === 0,
    () => 'still unread',
  );
});

test('a conversation that one is brought into appears with its message, unread, and is named by the other', async () => {
  const ann = await enter('11');
  const ben = await enter('12');
  const heard: string[] = [];
  ann.onMessage(({ text }) => heard.push(text));
  const { id } = await ben.createConversation({ kind: 'direct', members: ['11'] });
  (await open(ben, id)).send({ text: 'Have you got a minute?' });
  const listed = await until(
    () => ann.conversations.state.get().items.find((item) => item.id === id && item.lastMessage && item.name !== id),
    () => JSON.stringify(ann.conversations.state.get()),
  );
  expect(listed).toMatchObject({ name: 'User 12', partnerId: '12', unreadCount: 1 });
  expect(listed.lastMessage?.text).toBe('Have you got a minute?');
  await until(
    () => heard.length > 0,
    () => 'nobody was told',
  );
  expect(heard).toEqual(['Have you got a minute?']);
  ben.conversation(id).send({ text: 'Or two?' });
  await until(
    () => ann.conversations.find(id)?.unreadCount === 2,
    () => 'not counted',
  );
});

test('the list says who said the newest message, also of those that are heard as they come', async () => {
  const id = await group('13', '14');
  const [ann, ben] = [await enter('13'), await enter('14')];
  const last = () => {
    const { text, senderName } = ann.conversations.find(id)?.lastMessage ?? {};
    return `${senderName}: ${text}`;
  };
  const says = (expected: string) => until(() => last() === expected, last);
  const his = await open(ben, id);
  await until(
    () => ann.conversations.find(id),
    () => 'not listed',
  );
  await open(ann, id);
  his.send({ text: 'one' });
  await says('User 14: one');
  his.send({ text: 'two' });
  await says('User 14: two');
});

test('notifications of the application arrive, and are read once', async () => {
  const ann = await enter('21');
  const body = { userId: '21', title: 'Kettle', message: 'It boils', type: 'kettle' };
  await house.call('POST', '/api/v1/notifications', 'host', body);
  const [notification] = await until(
    () => (ann.notifications.get().length > 0 ? ann.notifications.get() : undefined),
    () => 'not notified',
  );
  expect(notification).toMatchObject({ title: 'Kettle', isRead: false });
  await ann.readNotification(notification?.id ?? '');
  expect((await enter('21')).notifications.get()).toMatchObject([{ isRead: true }]);
});

test('a token that is not let in is refused in words, and not tried for ever', async () => {
  await expect(ChatClient.connect({ address: house.address, token: () => 'nonsense' })).rejects.toMatchObject({
    status: 401,
  });
});

test('a session that is revoked ends, and says so', async () => {
  const ann = await enter('31');
  await house.call('POST', '/api/v1/users/31/revoke', 'host');
  await until(
    () => ann.connection.get().is === 'refused',
    () => JSON.stringify(ann.connection.get()),
  );
});
