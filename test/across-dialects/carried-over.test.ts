import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DialectName } from '../../src/dialects/dialect.ts';
import { conversationId, dialectNames, Five, userIds } from './five.ts';

let five: Five;
beforeAll(async () => {
  five = await Five.gather();
});
beforeEach(() => five.hush());
afterAll(async () => {
  expect(five.objections).toEqual([]);
  await five[Symbol.asyncDispose]();
});

describe('an attachment', () => {
  const url = 'https://files.example.org/cups.png';

  test('of messaging has its place in every dialect', async () => {
    five.says('messaging', 'Look', { attachment: { url, type: 'image/png', name: 'cups.png' } });
    expect(await five.message('messaging')).toMatchObject({ attachment: { url, type: 'image/png', name: 'cups.png' } });
    expect(await five.message('kenz')).toMatchObject({ message: 'Look', type: 'image', file_url: url });
    expect(await five.message('support')).toMatchObject({ text: 'Look', fileUrl: url });
    expect(await five.message('direct')).toMatchObject({ content: `Look\nAttachment (cups.png): ${url}` });
    expect(await five.message('rooms')).toMatchObject({ message: `Look\nAttachment (cups.png): ${url}` });
  });

  test('of kenz has its place in every dialect', async () => {
    five.says('kenz', '', { type: 'image', file_url: url });
    expect(await five.message('kenz')).toMatchObject({ message: '', type: 'image', file_url: url });
    expect(await five.message('messaging')).toMatchObject({ content: '', attachment: { url, type: 'image' } });
    const support = await five.message('support');
    expect(support).toMatchObject({ fileUrl: url });
    expect(support).not.toHaveProperty('text');
    expect(await five.message('direct')).toMatchObject({ content: `Attachment: ${url}` });
    expect(await five.message('rooms')).toMatchObject({ message: `Attachment: ${url}` });
  });

  test('uploaded for support has its place in every dialect, and can be fetched', async () => {
    const form = new FormData();
    form.append('file', new File(['tea'], 'list.txt', { type: 'text/plain' }));
    const upload = await five.house.call('POST', '/api/v1/files', { token: five.token('support') }, form);
    const file = upload.json as { id: string; url: string };
    five.says('support', 'Look', { fileId: file.id });
    expect(await five.message('support')).toMatchObject({ fileUrl: file.url });
    expect(await five.message('kenz')).toMatchObject({ file_url: file.url, type: 'file' });
    const { attachment } = await five.message('messaging');
    expect(attachment).toMatchObject({ url: file.url, name: 'list.txt' });
    expect((await five.message('rooms')).message).toContain(file.url);
    expect((await five.message('direct')).content).toContain(file.url);
    expect(await (await fetch(file.url)).text()).toBe('tea');
  });
});

describe('a reply', () => {
  test.each(['messaging', 'support'] as const)('of %s is one in both dialects that know replies', async (speaker) => {
    five.says('rooms', 'Tea?');
    const { id } = await five.hears('rooms');
    five.says(speaker, 'Yes', { replyToId: id });
    await five.message('messaging');
    await five.message('support');
    expect(await five.message('messaging')).toMatchObject({ content: 'Yes', replyToId: id });
    expect(await five.message('support')).toMatchObject({
      text: 'Yes',
      replyToId: id,
      replyTo: { id, text: 'Tea?', senderId: Number(userIds.rooms) },
    });
    const history = await five.house.call('GET', `/api/v1/conversations/${conversationId}/messages?limit=1`, 'host');
    expect(history.json).toMatchObject({ messages: [{ replyToId: id, replyTo: { text: 'Tea?' } }] });
  });
});

describe('a read mark', () => {
  const marks: { readonly [name: string]: (id: string) => [event: string, payload: unknown] } = {
    support: (id) => ['readMessages', { chatId: conversationId, messageIds: [id] }],
    messaging: (id) => ['readReceipt', { roomId: conversationId, messageId: id }],
    direct: () => ['mark_read', { conversationId: 77 }],
  };
  const readers = ['support', 'messaging', 'direct'] as const;

  test.each(readers)('of %s is told in all three dialects that know marks', async (reader) => {
    five.says('kenz', 'Read this');
    const { id } = await five.hears('kenz');
    const userId = userIds[reader];
    const [event, payload] = marks[reader]?.(id) ?? ['', undefined];
    five.of(reader).say(event, [payload], false);
    expect(await five.next('messaging', 'messageRead')).toEqual({ messageId: id, userId, roomId: conversationId });
    expect(await five.next('direct', 'messages_read')).toMatchObject({ conversationId: 77, userId: Number(userId) });
    if (reader === 'support') {
      expect(await five.next('support', 'messagesMarkedRead')).toEqual([{ id, readBy: Number(userId) }]);
    } else {
      const heard = await five.next('support', 'messagesRead');
      expect(heard).toMatchObject({ userId: Number(userId), chatId: conversationId });
      expect(heard.messageIds).toContain(id);
    }
  });

  test('changes what is unread over HTTP', async () => {
    const unread = async () => {
      const path = `/api/v1/conversations/${conversationId}`;
      const { json } = await five.house.call('GET', path, { token: five.token('direct') });
      return (json as { unreadCount: number }).unreadCount;
    };
    five.of('direct').say('mark_read', [{ conversationId: 77 }], false);
    await five.next('direct', 'messages_read');
    expect(await unread()).toBe(0);
    five.says('rooms', 'One');
    five.says('rooms', 'Two');
    await five.message('direct');
    await five.message('direct');
    expect(await unread()).toBe(2);
  });
});

describe('typing', () => {
  const typists: { readonly [name: string]: (isTyping: boolean) => [event: string, payload: unknown] } = {
    support: (isTyping) => ['typing', { chatId: conversationId, isTyping }],
    messaging: (isTyping) => ['typingIndicator', { roomId: conversationId, isTyping }],
    direct: (isTyping) => [isTyping ? 'typing_start' : 'typing_stop', { conversationId: 77 }],
  };

  test.each(['support', 'messaging', 'direct'] as const)('in %s is seen in all three dialects', async (typist) => {
    const userId = userIds[typist];
    for (const isTyping of [true, false]) {
      const [event, payload] = typists[typist]?.(isTyping) ?? ['', undefined];
      five.of(typist).say(event, [payload], false);
      expect(await five.next('messaging', 'userTyping')).toEqual({ userId, roomId: conversationId, isTyping });
      if (typist !== 'support') {
        expect(await five.next('support', 'userTyping')).toMatchObject({ userId: Number(userId), isTyping });
      }
      if (typist !== 'direct') {
        const name = isTyping ? 'typing_start' : 'typing_stop';
        expect(await five.next('direct', name)).toEqual({ conversationId: 77, userId: Number(userId) });
      }
    }
  });
});

test('whoever comes or goes in one dialect is seen to in those that say so', async () => {
  await using guests = await Five.gather({ PRESENCE_GRACE_MS: '50' });
  guests.of('messaging').say('leaveRoom', [conversationId], false);
  expect(await guests.next('rooms', 'user_leave')).toMatchObject({ user_id: userIds.messaging });
  expect(await guests.next('support', 'participantUpdate')).toMatchObject({ userId: 4, action: 'left' });
  guests.of('messaging').say('joinRoom', [conversationId], false);
  expect(await guests.next('rooms', 'user_join')).toMatchObject({ user_id: userIds.messaging });
  expect(await guests.next('support', 'participantUpdate')).toMatchObject({ userId: 4, action: 'joined' });
  guests.of('rooms').close();
  expect(await guests.next('support', 'participantUpdate')).toMatchObject({ userId: 5, action: 'left' });
  expect(await guests.next('messaging', 'presenceUpdate')).toMatchObject({ userId: '5', status: 'offline' });
  guests.of('support').say('getActiveUsers', [conversationId], false);
  const { userIds: present } = await guests.next('support', 'activeUsers');
  expect([...(present as number[])].sort()).toEqual([1, 2, 3, 4]);
});

test('the same clientMessageId says a thing once, whichever dialect it is repeated in', async () => {
  const { house } = five;
  const path = `/api/v1/conversations/${conversationId}/messages`;
  const caller = { token: five.token('kenz') };
  const first = await house.call('POST', path, caller, { text: 'Once', clientMessageId: 'c-9' });
  expect(first.status).toBe(201);
  for (const name of dialectNames) expect(await five.hears(name)).toMatchObject({ text: 'Once' });
  const again = await house.call('POST', path, caller, { text: 'Twice', clientMessageId: 'c-9' });
  expect(again).toMatchObject({ status: 200, json: first.json });
  five.says('kenz', 'Thrice', { clientMessageId: 'c-9' });
  expect(await five.hears('kenz')).toMatchObject({ text: 'Once' });
  five.says('rooms', 'Something else');
  for (const name of dialectNames) expect(await five.hears(name)).toMatchObject({ text: 'Something else' });
});

describe('membership is the same everywhere', () => {
  const refused: { readonly [D in DialectName]: (frame: unknown) => unknown } = {
    kenz: (payload) => payload,
    support: (payload) => payload,
    direct: (payload) => (payload as { message: string }).message,
    messaging: (payload) => (payload as { message: string }).message,
    rooms: (payload) => (payload as { error: string }).error,
  };

  test('whoever is removed over HTTP hears and says nothing more, and both again when added', async () => {
    await using all = await Five.gather();
    const members = `/api/v1/conversations/${conversationId}/members`;
    for (const name of dialectNames) {
      expect((await all.house.call('DELETE', `${members}/${userIds[name]}`, 'host')).status).toBe(204);
      const client = all.of(name);
      client.heard.length = 0;
      all.says(name, 'Let me in');
      expect(refused[name](await all.next(name, 'error'))).toBe(
        'Conversation not found. Check the id, or ask to be added to it.',
      );
      const path = `/api/v1/conversations/${conversationId}/messages`;
      expect((await all.house.call('GET', path, { token: all.token(name) })).status).toBe(404);
      const other = name === 'rooms' ? 'messaging' : 'rooms';
      all.says(other, `without ${name}`);
      while ((await all.hears(other)).text !== `without ${name}`) {}
      expect(all.heardBy(name)).toEqual([]);
      expect((await all.house.call('POST', members, 'host', { userId: userIds[name] })).status).toBe(201);
      all.says(name, `${name} is back`);
      expect(await all.hears(name)).toMatchObject({ text: `${name} is back` });
    }
  });
});

describe('limits are the same everywhere', () => {
  test.each(dialectNames)('a text above 16 KB is refused in %s, and one of 16 KB is heard', async (name) => {
    five.says(name, 'x'.repeat(16_385));
    expect(JSON.stringify(await five.next(name, 'error'))).toContain('too large');
    five.says(name, 'x'.repeat(16_384));
    expect((await five.hears(name)).text).toHaveLength(16_384);
  });

  test('a text above 16 KB is refused over HTTP', async () => {
    const path = `/api/v1/conversations/${conversationId}/messages`;
    const caller = { token: five.token('kenz') };
    const { status } = await five.house.call('POST', path, caller, { text: 'x'.repeat(16_385) });
    expect(status).toBe(413);
  });
});
