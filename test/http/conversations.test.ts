import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConversationJson, MemberJson } from '../../src/http/schemas.ts';
import { type Person, people } from './people.ts';

let house: Awaited<ReturnType<typeof people>>;
beforeAll(async () => {
  house = await people();
});
afterAll(() => house[Symbol.asyncDispose]());

type Page = { conversations: ConversationJson[]; hasMore: boolean; nextBefore?: string };
type Answer<T> = { status: number; json: T };

const list = async (who: Person, query = ''): Promise<Page> =>
  ((await who.get(`/conversations${query}`)) as Answer<Page>).json;
const ids = async (who: Person, query = '') => (await list(who, query)).conversations.map(({ id }) => id);
const view = async (who: Person, id: string) =>
  ((await who.get(`/conversations/${id}`)) as Answer<ConversationJson>).json;

test('a row has what a list draws: who it is with, what was said last and by whom, how much is unread', async () => {
  const { ann, bob } = await house.cast('ann', 'bob');
  const id = await house.create('direct', ann, bob);
  await bob.say(id, 'Is the kettle on?');
  await bob.say(id, `${'💐'.repeat(250)} the end`);
  const [row] = (await list(ann)).conversations;
  expect(row).toMatchObject({ id, kind: 'direct', unreadCount: 2, isMuted: false, isArchived: false });
  expect(row?.peer).toEqual({ id: bob.id, name: 'bob', email: '', role: 'USER' });
  expect(row?.lastMessage).toMatchObject({ senderId: bob.id, senderName: 'bob', text: '💐'.repeat(200) });
  expect(await view(ann, id)).toEqual(row);
  expect((await view(bob, id)).peer?.id).toBe(ann.id);
});

test('a file that was said last is named by its type', async () => {
  const { ann } = await house.cast('ann');
  const id = await house.create('group', ann);
  const attachment = { url: 'https://files.example.org/cups.png', type: 'image/png', name: 'cups.png' };
  await ann.post(`/conversations/${id}/messages`, { text: '', attachment });
  expect((await view(ann, id)).lastMessage).toMatchObject({
    text: '',
    attachment: { type: 'image/png', name: 'cups.png' },
  });
});

test('whoever archives a conversation finds it among the archived only, until they take it back', async () => {
  const { ann, bob } = await house.cast('ann', 'bob');
  const [tea, cake] = [await house.create('group', ann, bob), await house.create('group', ann, bob)];
  expect(await ann.patch(`/conversations/${tea}/settings`, { isArchived: true })).toMatchObject({
    status: 200,
    json: { conversationId: tea, isArchived: true, isMuted: false },
  });
  await bob.say(tea, 'still here');
  expect(await ids(ann)).toEqual([cake]);
  expect(await ids(ann, '?archived=true')).toEqual([tea]);
  expect(await ids(ann, '?archived=all')).toEqual([tea, cake]);
  expect(await ids(bob)).toEqual([tea, cake]);
  expect((await view(bob, tea)).isArchived).toBe(false);
  await ann.patch(`/conversations/${tea}/settings`, { isArchived: false });
  expect(await ids(ann)).toEqual([tea, cake]);
});

test('a list can be narrowed to a kind, and is read page after page', async () => {
  const { ann, bob } = await house.cast('ann', 'bob');
  const groups: string[] = [];
  for (let n = 0; n < 5; n++) groups.unshift(await house.create('group', ann));
  await house.create('direct', ann, bob);
  const read: string[] = [];
  for (let before: string | undefined = ''; before !== undefined; ) {
    const page: Page = await list(ann, `?kind=group&limit=2${before && `&before=${before}`}`);
    read.push(...page.conversations.map(({ id }) => id));
    before = page.nextBefore;
  }
  expect(read).toEqual(groups);
  expect((await ann.get('/conversations?kind=club')).status).toBe(400);
});

test('a muted conversation counts in no total, and says so in its row', async () => {
  const { ann, bob } = await house.cast('ann', 'bob');
  const [loud, quiet] = [await house.create('group', ann, bob), await house.create('group', ann, bob)];
  await ann.patch(`/conversations/${quiet}/settings`, { isMuted: true });
  await ann.patch(`/conversations/${quiet}/settings`, { isArchived: false });
  for (const id of [loud, quiet]) await bob.say(id, 'psst');
  expect((await ann.get('/me/unread')).json).toEqual({ messages: 1, conversations: 1, notifications: 0 });
  expect(await view(ann, quiet)).toMatchObject({ isMuted: true, unreadCount: 1 });
  await ann.patch(`/conversations/${quiet}/settings`, { isMuted: false });
  expect((await ann.get('/me/unread')).json).toMatchObject({ messages: 2, conversations: 2 });
});

test('only members keep settings, and an empty change is refused', async () => {
  const { ann, eve } = await house.cast('ann', 'eve');
  const id = await house.create('group', ann);
  expect(await eve.patch(`/conversations/${id}/settings`, { isMuted: true })).toMatchObject({ status: 404 });
  expect(await ann.patch(`/conversations/${id}/settings`, {})).toMatchObject({ status: 400 });
});

test('reading moves the cursor forward only, and tells how much is left', async () => {
  const { ann, bob, eve } = await house.cast('ann', 'bob', 'eve');
  const id = await house.create('group', ann, bob);
  const [first, second] = [await bob.say(id, '1'), await bob.say(id, '2')];
  await bob.say(id, '3');
  const path = `/conversations/${id}/read`;
  expect((await ann.get(path)).json).toEqual({ conversationId: id, unreadCount: 3 });
  expect((await ann.post(path, { messageId: second })).json).toEqual({
    conversationId: id,
    readCursor: second,
    unreadCount: 1,
  });
  expect((await ann.post(path, { messageId: Number(first) })).json).toMatchObject({ readCursor: second });
  expect((await ann.post(path, {})).json).toMatchObject({ unreadCount: 0 });
  expect(await ann.post(path, { messageId: '999999' })).toMatchObject({ status: 404 });
  expect(await eve.get(path)).toMatchObject({ status: 404 });
  expect(await eve.post(path, {})).toMatchObject({ status: 404 });
});

test('members are listed page after page, and leave by their own word', async () => {
  const { ann, bob, eve } = await house.cast('ann', 'bob', 'eve');
  const id = await house.create('group', ann, bob, eve);
  type Members = { members: MemberJson[]; hasMore: boolean; nextAfter?: string };
  const first = (await ann.get(`/conversations/${id}/members?limit=2`)).json as Members;
  expect(first.members.map(({ userId }) => userId)).toEqual([ann.id, bob.id]);
  const second = (await ann.get(`/conversations/${id}/members?limit=2&after=${first.nextAfter}`)).json as Members;
  expect(second).toMatchObject({ members: [{ userId: eve.id }], hasMore: false });
  expect((await eve.post(`/conversations/${id}/leave`)).status).toBe(204);
  expect((await eve.get(`/conversations/${id}`)).status).toBe(404);
  expect((await eve.post(`/conversations/${id}/leave`)).status).toBe(404);
});

test('owners make owners, plain members do not, and nobody changes their own role', async () => {
  const { ann, bob, eve } = await house.cast('ann', 'bob', 'eve');
  const id = await house.create('group', ann, bob, eve);
  const role = (who: Person | typeof house.host, whom: Person, to: string) =>
    who.patch(`/conversations/${id}/members/${whom.id}`, { role: to });
  expect(await role(bob, eve, 'owner')).toMatchObject({ status: 403 });
  expect(await role(ann, ann, 'member')).toMatchObject({ status: 403 });
  expect(await role(ann, bob, 'owner')).toMatchObject({ status: 200, json: { userId: bob.id, role: 'owner' } });
  expect(await role(bob, ann, 'member')).toMatchObject({ status: 200, json: { role: 'member' } });
  expect(await role(ann, bob, 'member')).toMatchObject({ status: 403 });
  expect(await bob.patch(`/conversations/${id}`, { title: 'Tea' })).toMatchObject({ json: { title: 'Tea' } });
  expect(await role(house.host, ann, 'owner')).toMatchObject({ status: 200 });
  expect(await role(house.host, { ...ann, id: 'nobody' }, 'owner')).toMatchObject({ status: 404 });
  expect(await role(ann, eve, 'admin')).toMatchObject({ status: 400 });
  const direct = await house.create('direct', ann, bob);
  expect(await ann.patch(`/conversations/${direct}/members/${bob.id}`, { role: 'owner' })).toMatchObject({
    status: 400,
  });
});

test('an admin who was removed from a support chat reads it no more, and goes on reading the others', async () => {
  const { ann } = await house.cast('ann');
  const ada = house.admin('ada');
  const [chat, other] = [await house.create('support', ann), await house.create('support', ann)];
  await ann.say(chat, 'My kettle whistles off key');
  const asked = ['', '/messages', '/members'].map((part) => `/conversations/${chat}${part}`);
  asked.push(`/search?q=kettle&conversationId=${chat}`);
  const statuses = async () => (await Promise.all(asked.map((path) => ada.get(path)))).map(({ status }) => status);
  expect(await statuses()).toEqual([200, 200, 200, 200]);
  const isQueued = async () => JSON.stringify((await ada.get('/support/chats?status=ACTIVE')).json).includes('kettle');

  await ada.post(`/conversations/${chat}/take`);
  expect(await isQueued()).toBe(true);
  await house.host.remove(`/conversations/${chat}/members/${ada.id}`);
  expect(await statuses()).toEqual([404, 404, 404, 404]);
  expect(await isQueued()).toBe(false);
  expect((await ada.get(`/conversations/${other}`)).status).toBe(200);

  await house.host.post(`/conversations/${chat}/members`, { userId: ada.id });
  expect(await statuses()).toEqual([200, 200, 200, 200]);
});
