import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../../../test/harness/until.ts';
import { clearScene, closeScene, enter, group, house, open, openScene } from './client-scene.ts';
import { ConversationList } from './conversation-list.ts';
import type { HttpApi } from './http-api.ts';
import type { Conversation } from './model.ts';

beforeAll(() => openScene());
afterEach(clearScene);
afterAll(closeScene);

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
  expect((await ann.conversations.directWith('12'))?.id).toBe(id);
  expect(await ann.conversations.directWith('13')).toBeUndefined();
  await ann.conversations.keep(id, { isArchived: true });
  expect((await ann.conversations.directWith('12'))?.id).toBe(id);
  await ann.conversations.keep(id, { isArchived: false });
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

test('what the user has left, or was removed from, leaves the list when it is loaded again', async () => {
  const [left, removed, kept] = [await group('15', '16'), await group('15', '16'), await group('15', '16')];
  const ann = await enter('15');
  const listed = () => ann.conversations.state.get().items.map(({ id }) => id);
  expect(listed()).toEqual(expect.arrayContaining([left, removed, kept]));
  await ann.api.removeMember(left, '15');
  await house.call('DELETE', `/api/v1/conversations/${removed}/members/15`, 'host');
  const { id: fresh } = await ann.createConversation({ kind: 'direct', members: ['16'] });
  await ann.conversations.refresh();
  expect(listed()).toEqual(expect.arrayContaining([fresh, kept]));
  expect(listed()).not.toContain(left);
  expect(listed()).not.toContain(removed);
});

test('what lies further back than the first page stays when that is loaded again', async () => {
  const [old, ...newer] = await Promise.all(Array.from({ length: 52 }, () => group('17', '18')));
  const say = (id: string | undefined) =>
    house.call('POST', `/api/v1/conversations/${id}/messages`, { token: house.token({ sub: '18' }) }, { text: 'x' });
  await say(old);
  for (const id of newer) await say(id);
  const ann = await enter('17');
  expect(ann.conversations.find(old ?? '')).toBeUndefined();
  await until(
    () => !ann.conversations.state.get().isLoading,
    () => 'the first page is not there',
  );
  await ann.conversations.loadMore();
  await ann.conversations.refresh();
  expect(ann.conversations.find(old ?? '')).toBeDefined();
});

test('what is archived is found among what is archived, after the page was loaded again too', async () => {
  const id = await group('19', '20');
  const before = await enter('19');
  await before.conversations.keep(id, { isArchived: true });
  const ann = await enter('19');
  expect(ann.conversations.find(id)).toBeUndefined();
  await ann.conversations.loadArchived();
  await ann.conversations.refresh();
  expect(ann.conversations.find(id)).toMatchObject({ isArchived: true });
});

const listed = (id: string, more: Partial<Conversation> = {}): Conversation => ({
  id,
  kind: 'group',
  memberCount: 2,
  messageCount: 9,
  unreadCount: 3,
  role: 'member',
  isMuted: false,
  isArchived: false,
  updatedAt: 1,
  ...more,
});

/** A list of user 1 over these answers, and what was asked for. */
function listOver(answers: object) {
  const asked: string[] = [];
  const api = new Proxy(answers, {
    get: (target, name) => (wish: unknown) => {
      asked.push(`${String(name)} ${JSON.stringify(wish)}`);
      return Promise.resolve(Reflect.get(target, name));
    },
  });
  const list = new ConversationList(api as HttpApi, { id: '1', name: 'Ann', role: '' }, async () => undefined);
  return { list, asked };
}

test('a mark takes away what is unread and never moves back, and the server is asked where it is not the newest', async () => {
  const tea = listed('tea', { title: 'Tea', readCursor: '4', lastMessageId: '9' });
  const { list, asked } = listOver({ conversation: listed('tea', { ...tea, readCursor: '6', unreadCount: 2 }) });
  list.put({ ...tea, lastMessage: { id: '9', conversationId: 'tea', senderId: '2', text: '', at: 1 } });
  for (const read of ['3', '4']) list.markRead('tea', read);
  expect(list.find('tea')).toMatchObject({ readCursor: '4', unreadCount: 3 });
  expect(asked).toEqual([]);
  list.markRead('tea', '6');
  await until(
    () => list.find('tea')?.unreadCount === 2,
    () => 'not asked',
  );
  list.markRead('tea', '9');
  expect(list.find('tea')).toMatchObject({ readCursor: '9', unreadCount: 0 });
  expect(asked).toEqual(['conversation "tea"']);
});

test('a group without a title is named by its others, and whoever asks for more in between gets no page twice', async () => {
  const members = ['1', '2', '3', '4', '5'].map((id) => ({
    user: { id, name: `User ${id}`, role: '' },
    role: 'member',
  }));
  const { list, asked } = listOver({ conversations: { conversations: [listed('tea')], nextBefore: 'x' }, members });
  await list.refresh();
  await until(
    () => list.find('tea')?.name === 'User 2, User 3, User 4 +1',
    () => `${list.find('tea')?.name}`,
  );
  await Promise.all([list.loadMore(), list.loadMore()]);
  const page = { limit: 50 };
  expect(asked).toEqual([
    `conversations ${JSON.stringify(page)}`,
    'members "tea"',
    `conversations ${JSON.stringify({ ...page, before: 'x' })}`,
  ]);
});
