import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import { type People, type Person, people } from './people.ts';

let house: People;
let ada: Person;
beforeAll(async () => {
  house = await people();
  ada = house.admin('ada');
});
afterAll(() => house[Symbol.asyncDispose]());

type Line = { readonly position: string; readonly type: string; readonly sentence: string };
type Page = { readonly entries: readonly Line[]; readonly through: string };

test('admins read the log as sentences, on from where they were, and never what was said', async () => {
  const { ann, bob } = await house.cast('ann', 'bob');
  const conversation = await house.create('group', ann, bob);
  const { through } = (await ada.get('/admin/log')).json as Page;
  const id = await ann.say(conversation, 'a word between us');
  await house.host.post('/notifications', { userId: bob.id, title: 'a secret title', message: 'x', type: 'y' });
  const page = (await ada.get(`/admin/log?after=${through}`)).json as Page;
  expect(page.entries[0]).toMatchObject({
    position: id,
    type: 'MessageSent',
    sentence: `ann (${ann.id}) said in ${conversation}: 17 characters.`,
  });
  expect(page.entries).toHaveLength(2);
  expect(JSON.stringify(page)).not.toMatch(/between us|secret/);
  expect((await ada.get(`/admin/log?after=${page.through}`)).json).toEqual({ entries: [], through: page.through });
  expect((await house.host.get('/admin/log?after=999999999')).json).toEqual({ entries: [], through: '999999999' });
  const newest = (await ada.get('/admin/log?limit=1')).json as Page;
  expect(newest.entries).toEqual(page.entries.slice(-1));
});

test('admins find users by a part of their name', async () => {
  const { walburga } = await house.cast('walburga');
  expect((await ada.get('/admin/users?q=ALBURG')).json).toMatchObject({ users: [{ id: walburga.id }], hasMore: false });
  expect((await ada.get('/admin/users?q=alb%25')).json).toEqual({ users: [], hasMore: false });
  expect((await ada.get('/admin/users?q=a&limit=1')).json).toMatchObject({ hasMore: true });
  expect((await walburga.get('/admin/users?q=a')).status).toBe(403);
});

test('the connections of a user are shown, with where they may come back and nothing that opens a door', async () => {
  const { ann } = await house.cast('ann');
  const empty = { connections: [], elsewhereCount: 0 };
  expect((await ada.get(`/admin/users/${ann.id}/connections`)).json).toEqual(empty);
  const socket = io(`${house.house.address}/chat`, {
    auth: { token: ann.token },
    transports: ['websocket'],
    reconnection: false,
  });
  await until(
    () => socket.connected,
    () => 'should connect',
  );
  const shown = await ada.get(`/admin/users/${ann.id}/connections`);
  expect(shown.json).toMatchObject({
    connections: [
      { dialects: ['messaging'], namespace: '/chat', transport: 'websocket', address: '127.0.0.1', joinedCount: 0 },
    ],
  });
  expect(JSON.stringify(shown.json)).not.toContain(ann.token);
  expect((await ada.post(`/users/${ann.id}/revoke`)).status).toBe(200);
  await until(
    () => !socket.connected,
    () => 'should be closed',
  );
  expect((await ada.get(`/admin/users/${ann.id}/connections`)).json).toEqual(empty);
  expect((await house.host.get('/audit?limit=1')).json).toMatchObject({
    records: [{ action: 'revokeUser', userId: ada.id, target: { id: ann.id }, status: 200 }],
  });
});

test('admins see of any conversation what kind it is, and not what is said there', async () => {
  const { ann, bob } = await house.cast('ann', 'bob');
  const conversation = await house.create('direct', ann, bob);
  await ann.say(conversation, 'a word between us');
  const outline = await ada.get(`/admin/conversations/${conversation}`);
  expect(outline.json).toMatchObject({ id: conversation, kind: 'direct', memberCount: 2, messageCount: 1 });
  expect(JSON.stringify(outline.json)).not.toMatch(/between us/);
  expect((await ada.get('/admin/conversations/nowhere')).status).toBe(404);
  expect((await ada.get(`/conversations/${conversation}`)).status).toBe(404);
});

test('nobody else looks after the server, and admins revoke no admins', async () => {
  const { ann } = await house.cast('ann');
  const abe = house.admin('abe');
  await abe.get('/me');
  for (const path of ['/admin/log', `/admin/users/${ann.id}/connections`, '/admin/conversations/x', '/admin/stats']) {
    expect((await ann.get(path)).status, path).toBe(403);
  }
  expect((await ann.post(`/users/${abe.id}/revoke`)).status).toBe(403);
  expect((await ada.post(`/users/${abe.id}/revoke`)).status).toBe(403);
  expect((await ada.post(`/users/${ada.id}/revoke`)).status).toBe(403);
});
