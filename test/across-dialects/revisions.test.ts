import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DialectName } from '../../src/dialects/dialect.ts';
import { quietMoment } from '../harness/until.ts';
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

/** The dialects that can say what becomes of messages. rooms has no words for it. */
const speakers = ['kenz', 'support', 'direct', 'messaging'] as const;
type Speaker = (typeof speakers)[number];

const home: { readonly [D in Speaker]: { readonly [key: string]: unknown } } = {
  kenz: { chatId: 77 },
  support: { chatId: '77' },
  direct: { conversationId: 77 },
  messaging: { roomId: '77' },
};
const words: { readonly [D in Speaker]: { edit: string; text: string; remove: string; react: string } } = {
  kenz: { edit: 'edit_message', text: 'message', remove: 'delete_message', react: 'react' },
  support: { edit: 'editMessage', text: 'text', remove: 'deleteMessage', react: 'reactToMessage' },
  direct: { edit: 'edit_message', text: 'content', remove: 'delete_message', react: 'react' },
  messaging: { edit: 'editMessage', text: 'content', remove: 'deleteMessage', react: 'react' },
};
const ears: { readonly [D in Speaker]: { edited: string; deleted: string; reacted: string } } = {
  kenz: { edited: 'receive_edit', deleted: 'receive_deletion', reacted: 'receive_reaction' },
  support: { edited: 'messageEdited', deleted: 'messageDeleted', reacted: 'messageReaction' },
  direct: { edited: 'message_edited', deleted: 'message_deleted', reacted: 'message_reaction' },
  messaging: { edited: 'messageEdited', deleted: 'messageDeleted', reacted: 'messageReaction' },
};

const says = (name: Speaker, event: string, payload: object): void => {
  five.of(name).say(event, [{ ...home[name], ...payload }], false);
};
const said = async (name: DialectName, text: string): Promise<string> => {
  five.says(name, text);
  const ids = await Promise.all(dialectNames.map(async (hearer) => (await five.hears(hearer)).id));
  return ids[0] ?? '';
};
const history = async (): Promise<readonly { id: string; [key: string]: unknown }[]> => {
  const path = `/api/v1/conversations/${conversationId}/messages?limit=1`;
  const { json } = await five.house.call('GET', path, { token: five.token('kenz') });
  return (json as { messages: { id: string }[] }).messages;
};

describe.each(speakers)('in %s', (speaker) => {
  test('an edit is heard in all that have words for it, and the history shows it', async () => {
    const { edit, text } = words[speaker];
    const id = await said(speaker, 'Tea?');
    says(speaker, edit, { messageId: id, [text]: 'Coffee?' });
    expect(await five.next('messaging', ears.messaging.edited)).toMatchObject({ id, roomId: '77', content: 'Coffee?' });
    expect(await five.next('support', ears.support.edited)).toMatchObject({ id, chatId: '77', text: 'Coffee?' });
    expect(await five.next('direct', ears.direct.edited)).toMatchObject({ id: Number(id), content: 'Coffee?' });
    expect(await five.next('kenz', ears.kenz.edited)).toMatchObject({
      id: Number(id),
      chat_id: 77,
      message: 'Coffee?',
    });
    expect(await history()).toMatchObject([{ id, text: 'Coffee?', senderId: userIds[speaker] }]);
    await quietMoment();
    expect(five.of('rooms').heard).toEqual([]);
  });

  test('a reaction is heard, and taken back', async () => {
    const id = await said('rooms', 'Tea?');
    for (const [isSet, action] of [
      [undefined, 'added'],
      [false, 'removed'],
    ] as const) {
      says(speaker, words[speaker].react, { messageId: id, emoji: '🫖', isSet });
      for (const hearer of speakers) {
        const heard = await five.next(hearer, ears[hearer].reacted);
        const userId = heard.userId ?? heard.user_id;
        expect([String(userId), heard.emoji, heard.action]).toEqual([userIds[speaker], '🫖', action]);
        expect(String(heard.messageId ?? heard.message_id)).toBe(id);
      }
    }
    expect((await history())[0]).not.toHaveProperty('reactions');
  });

  test('a deletion is heard, and the history keeps only that there was something', async () => {
    const id = await said(speaker, 'secret');
    says(speaker, words[speaker].remove, { messageId: id });
    for (const hearer of speakers) {
      expect(String((await five.next(hearer, ears[hearer].deleted)).id)).toBe(id);
    }
    expect(await history()).toMatchObject([{ id, text: '', deletedAt: expect.any(String) }]);
    five.of('messaging').say('syncMessages', [{ roomId: '77', limit: 500 }], false);
    const complete = await five.next('messaging', 'syncComplete');
    expect(complete).toMatchObject({ hasMore: false });
  });

  test('what others said is not theirs to change', async () => {
    const id = await said('rooms', 'Tea?');
    const { edit, text, remove } = words[speaker];
    five.of(speaker).say(edit, [{ ...home[speaker], messageId: id, [text]: 'x' }], false);
    expect(JSON.stringify(await five.next(speaker, 'error'))).toContain('Only its sender may edit');
    five.of(speaker).say(remove, [{ ...home[speaker], messageId: 'message-id' }], false);
    expect(JSON.stringify(await five.next(speaker, 'error'))).toContain('Message not found');
  });
});

test('what was edited over HTTP is heard in all that have words for it', async () => {
  const id = await said('rooms', 'Tea?');
  const path = `/api/v1/conversations/${conversationId}/messages/${id}`;
  const { status } = await five.house.call('PATCH', path, { token: five.token('rooms') }, { text: 'Coffee?' });
  expect(status).toBe(200);
  for (const hearer of speakers) await five.next(hearer, ears[hearer].edited);
  expect((await five.house.call('DELETE', path, 'host')).status).toBe(200);
  for (const hearer of speakers) await five.next(hearer, ears[hearer].deleted);
});

test('an edit that is asked for several times in one breath is heard once', async () => {
  const id = await said('messaging', 'Tea?');
  for (let n = 0; n < 3; n++) says('messaging', 'editMessage', { messageId: id, content: 'Coffee?' });
  expect(await five.next('support', 'messageEdited')).toMatchObject({ id, text: 'Coffee?' });
  await quietMoment();
  expect(five.of('support').heard).toEqual([]);
});

test('whoever enters later meets messages as they are by then, and deleted ones not at all', async () => {
  const kept = await said('messaging', 'Tea?');
  const gone = await said('messaging', 'secret');
  says('messaging', 'editMessage', { messageId: kept, content: 'Coffee?' });
  says('messaging', 'deleteMessage', { messageId: gone });
  await five.next('support', 'messageDeleted');
  const support = five.of('support');
  support.say('leaveChat', [conversationId], false);
  await five.next('support', 'leftChat');
  support.say('joinChat', [conversationId], false);
  const { messages } = (await five.next('support', 'joinedChat')) as { messages: { id: string; text: string }[] };
  expect(messages.at(-1)).toMatchObject({ id: kept, text: 'Coffee?' });
  expect(JSON.stringify(messages)).not.toContain('secret');
  five.of('messaging').say('syncMessages', [{ roomId: '77', lastMessageId: String(Number(kept) - 1) }], false);
  const sync = await five.next('messaging', 'syncComplete');
  expect(sync).toMatchObject({ syncedMessageCount: 1, hasMore: false });
});
