import { createRequire } from 'node:module';
import { io } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { patienceMs } from '../harness/until.ts';

/** Clients as the five documents show them: what their listeners are called with, and when. */

type OldClient = {
  on(event: string, listener: (...args: never[]) => void): void;
  emit(event: string, ...args: unknown[]): void;
  close(): void;
  readonly io: { readonly engine: { close(): void } };
};
const require = createRequire(import.meta.url);
const io2 = require('socket.io-client-2') as (url: string, options: object) => OldClient;

let house: OpenHouse;
const ends: (() => void)[] = [];
beforeEach(async () => {
  house = await openHouse({ PRESENCE_GRACE_MS: '100' });
});
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await house[Symbol.asyncDispose]();
});

const token = (sub: string, more: object = {}) => house.token({ sub, ...more });
const soon = (check: () => void) => vi.waitFor(check, { timeout: patienceMs, interval: 5 });

function connect(path: string, options: object) {
  const socket = io(`${house.address}${path}`, { forceNew: true, ...options });
  ends.push(() => socket.close());
  return socket;
}

test('kenz: connects, speaks, hears, and is told of errors and of the end', async () => {
  const socket = connect('', { auth: { token: token('1') } });
  const [connected, heard, failed, disconnected] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
  socket.on('connect', connected);
  socket.on('connect_error', failed);
  socket.on('receive_message', heard);
  socket.on('error', failed);
  socket.on('disconnect', disconnected);
  // Before it is connected: the library keeps it until then.
  socket.emit('send_message', { chatId: 123, message: 'How do you do?', type: 'text', file_url: null });
  await soon(() => expect(heard).toHaveBeenCalledOnce());
  expect(connected).toHaveBeenCalledOnce();
  expect(heard).toHaveBeenCalledWith({
    id: expect.any(Number),
    chat_id: 123,
    sender_id: 1,
    message: 'How do you do?',
    type: 'text',
    file_url: null,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  });
  expect(failed).not.toHaveBeenCalled();
  socket.emit('send_message', { chatId: 123 });
  await soon(() => expect(failed).toHaveBeenCalledWith(expect.any(String)));
  await house.call('POST', '/api/v1/users/1/revoke', 'host');
  await soon(() => expect(disconnected).toHaveBeenCalledOnce());
  const stranger = connect('', { auth: { token: 'YOUR_TOKEN' } });
  stranger.on('connect_error', failed);
  await soon(() =>
    expect(failed).toHaveBeenLastCalledWith(expect.objectContaining({ message: 'Authentication error' })),
  );
});

test('support: joins and speaks with callbacks, from two sides', async () => {
  const client = connect('', { auth: { token: token('1', { email: 'a@example.org' }) } });
  const admin = connect('', { auth: { token: token('9', { role: 'ADMIN' }) } });
  const calls: unknown[] = [];
  const note = (name: string) => (payload: unknown) => calls.push([name, payload]);
  for (const name of ['newMessage', 'userTyping', 'participantUpdate', 'chatStatusChanged', 'error']) {
    client.on(name, note(name));
  }
  client.on('connect', () => {
    client.emit('joinChat', 'chat-7', note('joined'));
    client.emit('sendMessage', { chatId: 'chat-7', message: { text: 'Hello there' } }, note('sent'));
    client.emit('typing', { chatId: 'chat-7', isTyping: true });
  });
  const message = {
    id: expect.any(String),
    chatId: 'chat-7',
    senderId: 1,
    text: 'Hello there',
    createdAt: expect.stringMatching(/\.\d{3}Z$/),
    sender: { id: 1, email: 'a@example.org', role: 'USER' },
  };
  await soon(() => expect(calls).toHaveLength(3));
  expect(calls).toContainEqual(['joined', { event: 'joinedChat', data: { chatId: 'chat-7', messages: [] } }]);
  expect(calls).toContainEqual(['newMessage', message]);
  expect(calls).toContainEqual(['sent', { event: 'messageSent', data: message }]);
  calls.length = 0;
  admin.emit('sendMessage', { chatId: 'chat-7', message: { text: 'Yes?' } });
  admin.emit('typing', { chatId: 'chat-7', isTyping: true });
  await soon(() =>
    expect(new Set(calls.map((call) => (call as [string])[0]))).toEqual(
      new Set(['participantUpdate', 'chatStatusChanged', 'newMessage', 'userTyping']),
    ),
  );
});

test('rooms: a handshake by header, the flow on connect, news of others', async () => {
  const open = (sub: string, name: string, room: string) => {
    const socket = new WebSocket(`${house.address.replace('http', 'ws')}/ws/chat/${room}/`, {
      headers: { Authorization: `Bearer ${token(sub, { name })}` },
    });
    const frames: { type: string; [key: string]: unknown }[] = [];
    socket.on('message', (data) => frames.push(JSON.parse(String(data))));
    ends.push(() => socket.terminate());
    return { socket, frames };
  };
  const ann = open('a', 'Ann', 'general');
  await soon(() => expect(ann.frames.map(({ type }) => type)).toEqual(['room_users_list', 'user_join']));
  ann.socket.send('{ "message": "Hi!" }');
  await soon(() => expect(ann.frames).toHaveLength(3));
  const bob = open('b', 'Bob', 'general');
  await soon(() =>
    expect(bob.frames.map(({ type }) => type)).toEqual(['room_users_list', 'chat_message', 'user_join']),
  );
  expect(bob.frames[1]).toEqual(ann.frames[2]);
  bob.socket.close();
  await soon(() => expect(ann.frames.at(-1)).toEqual({ type: 'user_leave', user_id: 'b', username: 'Bob' }));
});

describe('messaging', () => {
  const reconnecting = {
    transports: ['websocket'],
    reconnection: true,
    reconnectionAttempts: Number.POSITIVE_INFINITY,
    reconnectionDelay: 20,
    reconnectionDelayMax: 50,
  };

  test('the token in the query, every answer as an event', async () => {
    const socket = connect('/chat', { transports: ['websocket'], query: { token: token('u-1') } });
    const calls: [string, unknown][] = [];
    for (const name of [
      'joinedRoom',
      'leftRoom',
      'messageSent',
      'syncComplete',
      'newMessage',
      'messageRead',
      'error',
    ]) {
      socket.on(name, (payload: unknown) => calls.push([name, payload]));
    }
    socket.emit('joinRoom', 'room-id');
    socket.emit('sendMessage', {
      content: 'Good day',
      roomId: 'room-id',
      replyToId: 'message-id-to-reply-to',
      attachment: { url: 'https://example.com/file.jpg', type: 'image/jpeg', name: 'image.jpg' },
      metadata: { customField: 'value' },
    });
    await soon(() => expect(calls.map(([name]) => name)).toContain('messageSent'));
    socket.emit('typingIndicator', { roomId: 'room-id', isTyping: true });
    socket.emit('presenceUpdate', { status: 'online' });
    socket.emit('heartbeat');
    socket.emit('syncMessages', { roomId: 'room-id', lastMessageId: 'last-known-message-id', limit: 50 });
    socket.emit('leaveRoom', 'room-id');
    await soon(() => expect(calls.at(-1)).toEqual(['leftRoom', 'room-id']));
    const message = {
      id: expect.stringMatching(/^\d+$/),
      content: 'Good day',
      sender: 'u-1',
      roomId: 'room-id',
      timestamp: expect.stringMatching(/\.\d{3}Z$/),
      attachment: { url: 'https://example.com/file.jpg', type: 'image/jpeg', name: 'image.jpg' },
      metadata: { customField: 'value' },
    };
    expect(calls).toContainEqual(['joinedRoom', 'room-id']);
    expect(calls).toContainEqual(['newMessage', message]);
    expect(calls).toContainEqual(['messageSent', { id: message.id, timestamp: message.timestamp, status: 'sent' }]);
    expect(calls).toContainEqual(['syncComplete', { roomId: 'room-id', syncedMessageCount: 1, hasMore: false }]);
    expect(calls.filter(([name]) => name === 'error')).toEqual([]);
  });

  test('an old client that reconnects joins and synchronises by its own code, and misses nothing', async () => {
    const socket = io2(`${house.address}/chat`, { forceNew: true, query: { token: token('1') }, ...reconnecting });
    ends.push(() => socket.close());
    const heard: { id: string; content: string }[] = [];
    socket.on('newMessage', (message: { id: string; content: string }) => heard.push(message));
    const synced = vi.fn();
    socket.on('syncComplete', synced);
    socket.on('reconnect', () => {
      socket.emit('joinRoom', 'tea');
      socket.emit('syncMessages', { roomId: 'tea', lastMessageId: heard.at(-1)?.id });
    });
    socket.emit('joinRoom', 'tea');
    socket.emit('sendMessage', { roomId: 'tea', content: 'before' });
    await soon(() => expect(heard).toHaveLength(1));
    const other = connect('/chat', { query: { token: token('2') } });
    const sent = vi.fn();
    other.emit('joinRoom', 'tea', () => {
      socket.io.engine.close();
      other.emit('sendMessage', { roomId: 'tea', content: 'meanwhile' }, sent);
    });
    await soon(() => expect(sent).toHaveBeenCalledOnce());
    await soon(() => expect(synced).toHaveBeenCalledOnce());
    other.emit('sendMessage', { roomId: 'tea', content: 'after' });
    await soon(() => expect(heard.at(-1)?.content).toBe('after'));
    expect(heard.map(({ content }) => content)).toEqual(['before', 'meanwhile', 'after']);
  });

  test('a client that the server sent away is told so, to decide by itself whether to come back', async () => {
    const socket = connect('/chat', { query: { token: token('1') }, ...reconnecting });
    const reasons: string[] = [];
    socket.on('disconnect', (reason: string) => reasons.push(reason));
    await soon(() => expect(socket.connected).toBe(true));
    await house.call('POST', '/api/v1/users/1/revoke', 'host');
    await soon(() => expect(reasons).toEqual(['io server disconnect']));
  });
});

test('direct: a component that joins on connect, hears and types, and leaves when it is taken away', async () => {
  const open = (sub: string, options: object) => {
    const socket = connect('', { path: '/socket.io', ...options });
    const calls: [string, unknown][] = [];
    for (const name of ['new_message', 'message_notification', 'typing_start', 'messages_read', 'error']) {
      socket.on(name, (payload: unknown) => calls.push([name, payload]));
    }
    socket.on('connect', () => socket.emit('join_conversation', 123));
    return { sub, socket, calls };
  };
  const ann = open('1', { auth: { token: `Bearer ${token('1')}` } });
  const bob = open('2', { extraHeaders: { Authorization: `Bearer ${token('2')}` } });
  await soon(() => expect([ann.socket.connected, bob.socket.connected]).toEqual([true, true]));
  await ann.socket.emitWithAck('join_conversation', 123);
  await bob.socket.emitWithAck('join_conversation', '123');
  ann.socket.emit('typing_start', { conversationId: 123, toUserId: 2 });
  ann.socket.emit('send_message', { conversationId: 123, content: 'Good day', toUserId: 2 });
  await soon(() =>
    expect(bob.calls.map(([name]) => name)).toEqual(['typing_start', 'new_message', 'message_notification']),
  );
  bob.socket.emit('mark_read', { conversationId: 123 });
  await soon(() => expect(ann.calls.map(([name]) => name)).toEqual(['new_message', 'messages_read']));
  bob.socket.emit('leave_conversation', 123);
  bob.socket.disconnect();
  await ann.socket.emitWithAck('send_message', { conversationId: 123, content: 'Gone?' });
  expect(bob.calls).toHaveLength(4);
});
