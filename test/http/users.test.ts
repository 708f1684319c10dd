import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import { type Person, people } from './people.ts';

let house: Awaited<ReturnType<typeof people>>;
beforeAll(async () => {
  house = await people();
});
afterAll(() => house[Symbol.asyncDispose]());

/** A connection, and everything that it hears. */
async function connect(who: Person, mount: '/' | '/chat', dialect?: string) {
  const heard: [string, unknown][] = [];
  const socket = io(house.house.address + mount, {
    auth: { token: who.token, ...(dialect ? { dialect } : {}) },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  });
  socket.onAny((name: string, payload: unknown) => heard.push([name, payload]));
  let refused: Error | undefined;
  socket.on('connect_error', (error) => {
    refused = error;
  });
  await until(
    () => socket.connected || refused,
    () => 'could not connect',
  );
  if (refused) throw refused;
  return { socket, heard };
}

describe('a profile', () => {
  test('is told by the host before its user comes, and kept where their token says nothing', async () => {
    const { ann, bob } = await house.cast('ann', 'bob');
    const picture = 'https://img.example.org/kim.png';
    const named = { name: 'Kim', email: 'kim@example.org', imageUrl: picture };
    expect(await house.host.put('/users/kim', named)).toMatchObject({
      status: 200,
      json: { id: 'kim', ...named, role: 'USER' },
    });
    const token = house.house.token({ sub: 'kim' });
    const me = await house.house.call('GET', '/api/v1/me', { token });
    expect(me.json).toEqual({ id: 'kim', ...named, role: 'USER' });
    expect((await house.host.put('/users/kim', { imageUrl: null })).json).not.toHaveProperty('imageUrl');
    expect((await house.host.get('/users/kim')).json).toMatchObject({ name: 'Kim' });
    expect(await ann.get('/users/kim')).toMatchObject({ status: 404 });
    expect(await ann.put('/users/kim', { name: 'Mallory' })).toMatchObject({ status: 403 });
    await house.create('group', ann, bob);
    expect(await ann.get(`/users/${bob.id}`)).toMatchObject({ status: 200, json: { name: 'bob' } });
    expect(await house.host.get('/users/never-seen')).toMatchObject({ status: 404 });
  });

  test('is changed by its user as far as it is theirs', async () => {
    const { ann } = await house.cast('ann');
    expect(await ann.patch('/me', { imageUrl: 'https://img.example.org/a.png' })).toMatchObject({
      status: 200,
      json: { name: 'ann', imageUrl: 'https://img.example.org/a.png' },
    });
    expect((await ann.get('/me')).json).toMatchObject({ imageUrl: 'https://img.example.org/a.png' });
    expect(await ann.patch('/me', { imageUrl: 'javascript:alert(1)' })).toMatchObject({ status: 400 });
    expect(await ann.patch('/me', { name: '   ' })).toMatchObject({ status: 400 });
  });
});

describe('a block', () => {
  test('ends what two users say to each other alone, and nothing else', async () => {
    const { ann, bob } = await house.cast('ann', 'bob');
    const [direct, group] = [await house.create('direct', ann, bob), await house.create('group', ann, bob)];
    const said = await bob.say(direct, 'before');
    expect((await ann.put(`/me/blocks/${bob.id}`, {})).status).toBe(204);
    const send = (who: Person, id: string) => who.post(`/conversations/${id}/messages`, { text: 'Hello?' });
    expect(await send(bob, direct)).toMatchObject({ status: 403, json: { error: { code: 'BLOCKED' } } });
    expect(await send(ann, direct)).toMatchObject({
      status: 403,
      json: { error: { code: 'BLOCKED', message: expect.stringContaining('Unblock') } },
    });
    expect((await send(bob, group)).status).toBe(201);
    const path = `/conversations/${direct}/messages/${said}`;
    expect(await bob.patch(path, { text: 'Hello after all?' })).toMatchObject({ status: 403 });
    expect((await bob.remove(path)).status).toBeLessThan(300);
    expect((await ann.get(`/conversations/${direct}/messages`)).json).toMatchObject({ messages: [{ id: said }] });
    expect(await bob.post('/conversations', { kind: 'direct', members: [ann.id] })).toMatchObject({ status: 403 });
    const own = await house.create('group', bob);
    expect(await bob.post(`/conversations/${own}/members`, { userId: ann.id })).toMatchObject({ status: 403 });
    expect(await bob.get(`/users/${ann.id}/presence`)).toMatchObject({ json: { status: 'offline' } });

    expect((await ann.get('/me/blocks')).json).toMatchObject({ blocks: [{ user: { id: bob.id, name: 'bob' } }] });
    expect((await bob.get('/me/blocks')).json).toEqual({ blocks: [] });
    expect((await ann.remove(`/me/blocks/${bob.id}`)).status).toBe(204);
    expect((await send(bob, direct)).status).toBe(201);
    expect(await ann.put(`/me/blocks/${ann.id}`, {})).toMatchObject({ status: 400 });
  });

  test('is in force on sockets, where neither messages nor typing pass', async () => {
    const { ann, bob } = await house.cast('ann', 'bob');
    const id = await house.create('direct', ann, bob);
    const [a, b] = [await connect(ann, '/chat'), await connect(bob, '/chat')];
    for (const { socket } of [a, b]) await socket.emitWithAck('joinRoom', id);
    expect(await b.socket.emitWithAck('sendMessage', { roomId: id, content: 'one' })).toMatchObject({
      event: 'messageSent',
    });
    await until(
      () => a.heard.some(([name]) => name === 'newMessage'),
      () => 'should be heard',
    );
    await ann.put(`/me/blocks/${bob.id}`, {});
    a.heard.length = 0;
    const refused = await b.socket.emitWithAck('sendMessage', { roomId: id, content: 'two' });
    expect(refused).toMatchObject({ event: 'error', data: { code: 'BLOCKED' } });
    const typing = await b.socket.emitWithAck('typingIndicator', { roomId: id, isTyping: true });
    expect(typing).toMatchObject({ event: 'error', data: { code: 'BLOCKED' } });
    await ann.say(await house.create('group', ann), 'later');
    expect(a.heard.map(([name]) => name)).toEqual([]);
    await ann.remove(`/me/blocks/${bob.id}`);
    await b.socket.emitWithAck('sendMessage', { roomId: id, content: 'three' });
    await until(
      () => a.heard.some(([name]) => name === 'newMessage'),
      () => 'should be heard again',
    );
    for (const { socket } of [a, b]) socket.close();
  });
});

describe('a ban', () => {
  test('ends connections and tokens at once, until it is lifted', async () => {
    const { bob } = await house.cast('bob');
    const { socket } = await connect(bob, '/');
    const ban = await house.host.put(`/bans/${bob.id}`, { reason: 'spam' });
    expect(ban).toMatchObject({ status: 200, json: { userId: bob.id, reason: 'spam' } });
    await until(
      () => !socket.connected,
      () => 'should be closed',
    );
    expect((await bob.get('/me')).status).toBe(401);
    await expect(connect(bob, '/')).rejects.toThrow();
    expect((await house.host.get('/bans')).json).toMatchObject({
      bans: expect.arrayContaining([{ userId: bob.id, reason: 'spam' }]),
    });
    await house.house.restart();
    expect((await bob.get('/me')).status).toBe(401);
    expect((await house.host.remove(`/bans/${bob.id}`)).status).toBe(204);
    expect((await bob.get('/me')).status).toBe(200);
    expect((await house.host.remove(`/bans/${bob.id}`)).status).toBe(204);
  }, 30_000);

  test('is given by admins too, but to no admin and by nobody else', async () => {
    const { ann, bob } = await house.cast('ann', 'bob');
    const [ada, abe] = [house.admin('ada'), house.admin('abe')];
    await Promise.all([ada.get('/me'), abe.get('/me')]);
    expect((await ann.put(`/bans/${bob.id}`, {})).status).toBe(403);
    expect((await ann.get('/bans')).status).toBe(403);
    expect((await ada.put(`/bans/${abe.id}`, {})).status).toBe(403);
    expect((await ada.put(`/bans/${ada.id}`, {})).status).toBe(403);
    expect((await ada.put(`/bans/${bob.id}`, {})).status).toBe(200);
    expect((await bob.get('/me')).status).toBe(401);
    expect((await house.host.put(`/bans/${abe.id}`, {})).status).toBe(200);
    expect((await abe.get('/me')).status).toBe(401);
    expect((await ada.remove(`/bans/${bob.id}`)).status).toBe(204);
  });

  test('that has an end lasts until then', async () => {
    const { bob } = await house.cast('bob');
    const until = new Date(Date.now() + 60_000).toISOString();
    expect(await house.host.put(`/bans/${bob.id}`, { until })).toMatchObject({ json: { until } });
    expect((await bob.get('/me')).status).toBe(401);
    expect((await house.host.put(`/bans/${bob.id}`, { until: '2001-01-01T00:00:00Z' })).status).toBe(400);
    expect((await house.host.put(`/bans/${bob.id}`, { until: 'soon' })).status).toBe(400);
  });
});

describe('notifications', () => {
  test('are counted while unread, and marked one by one or all together', async () => {
    const { ann } = await house.cast('ann');
    const words = { userId: ann.id, title: 'Tea', message: 'is ready', type: 'tea' };
    for (let n = 0; n < 3; n++) await house.host.post('/notifications', words);
    const list = async () =>
      (await ann.get('/notifications')).json as {
        unreadCount: number;
        notifications: { id: string; isRead: boolean }[];
      };
    const { unreadCount, notifications } = await list();
    expect(unreadCount).toBe(3);
    await ann.post(`/notifications/${notifications[1]?.id}/read`);
    expect((await ann.get('/me/unread')).json).toMatchObject({ notifications: 2 });
    expect((await ann.post('/notifications/read')).status).toBe(204);
    expect((await ann.post('/notifications/read')).status).toBe(204);
    const after = await list();
    expect(after.unreadCount).toBe(0);
    expect(after.notifications.every(({ isRead }) => isRead)).toBe(true);
  });
});

describe('a support chat', () => {
  test('waits in the queue, is taken by one admin, closed and reopened; both sides hear of each step', async () => {
    const { ann, eve } = await house.cast('ann', 'eve');
    const [ada, abe] = [house.admin('ada'), house.admin('abe')];
    await Promise.all([ada.get('/me'), abe.get('/me')]);
    const [first, second] = [await house.create('support', ann), await house.create('support', eve)];
    type Queue = {
      chats: { conversation: { id: string }; client?: { id: string } }[];
      hasMore: boolean;
      nextAfter?: string;
    };
    const queue = async (query = '') => (await ada.get(`/support/chats${query}`)).json as Queue;
    const one = await queue('?limit=1');
    expect(one).toMatchObject({ chats: [{ conversation: { id: first }, client: { id: ann.id } }], hasMore: true });
    expect((await queue(`?limit=1&after=${one.nextAfter}`)).chats).toMatchObject([{ conversation: { id: second } }]);
    expect((await ann.get('/support/chats')).status).toBe(403);

    const [client, admin] = [await connect(ann, '/', 'support'), await connect(ada, '/', 'support')];
    const statusHeard = async (who: typeof client, status: string) => {
      await until(
        () =>
          who.heard.some(
            ([name, payload]) => name === 'chatStatusChanged' && (payload as { status: string }).status === status,
          ),
        () => `should hear ${status}: ${JSON.stringify(who.heard)}`,
      );
      who.heard.length = 0;
    };
    const taken = await Promise.all([ada, abe].map((who) => who.post(`/conversations/${first}/take`)));
    expect(taken.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = taken[0]?.status === 200 ? ada : abe;
    await statusHeard(client, 'ACTIVE');
    expect(await winner.post(`/conversations/${first}/take`)).toMatchObject({
      status: 200,
      json: { status: 'ACTIVE', adminId: winner.id },
    });
    expect((await eve.post(`/conversations/${first}/take`)).status).toBe(404);
    expect((await ann.post(`/conversations/${first}/take`)).status).toBe(403);
    await house.host.patch(`/conversations/${first}`, { adminId: ada.id });
    expect((await queue()).chats.map(({ conversation }) => conversation.id)).not.toContain(first);
    admin.heard.length = 0;
    client.heard.length = 0;

    await ann.patch(`/conversations/${first}`, { status: 'CLOSED' });
    await statusHeard(admin, 'CLOSED');
    await statusHeard(client, 'CLOSED');
    expect((await ada.post(`/conversations/${first}/take`)).status).toBe(409);
    expect((await ann.patch(`/conversations/${first}`, { status: 'PENDING' })).status).toBe(403);
    await ada.patch(`/conversations/${first}`, { status: 'PENDING' });
    await statusHeard(client, 'PENDING');
    expect((await queue()).chats.map(({ conversation }) => conversation.id)).toEqual([second, first]);
    for (const { socket } of [client, admin]) socket.close();
  });
});
