import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../../../test/harness/until.ts';
import { clearScene, closeScene, enter, group, house, open, openScene } from './client-scene.ts';

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
