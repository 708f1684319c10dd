import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../../../test/harness/until.ts';
import { clearScene, closeScene, enter, group, open, openScene } from './client-scene.ts';

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
