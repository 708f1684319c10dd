import { describe, expect, test } from 'vitest';
import {
  answered,
  atSeconds,
  deleted,
  events,
  fileOnly,
  keepsTheLaws,
  plain,
  read,
  refusal,
  rich,
  said,
} from '../dialect.contract.ts';
import { asksForRevisions } from '../revisions.contract.ts';
import { kenz } from './dialect.ts';

keepsTheLaws(kenz);

const heard = {
  id: 1207,
  chat_id: 88,
  sender_id: 41,
  message: 'Tea at four?',
  type: 'text',
  file_url: null,
  created_at: atSeconds,
};
const sends = { type: 'SendMessage', conversationId: '88', opening: { kind: 'open' } };

describe('send_message', () => {
  test.each([
    ['a text', { chatId: 88, message: 'Hi', type: 'text', file_url: null }, { text: 'Hi', contentType: 'text' }],
    ['an id that is a string', { chatId: '88', message: 'Hi' }, { text: 'Hi' }],
    ['fields of no dialect', { chatId: 88, message: 'Hi', surplus: [1] }, { text: 'Hi' }],
    ['an empty file_url', { chatId: 88, message: ' Hi ', file_url: '' }, { text: ' Hi ' }],
    [
      'a picture without a text',
      { chatId: 88, message: '', type: 'image', file_url: 'https://files.example.org/a%20b.png' },
      { text: '', contentType: 'image', attachment: { url: 'https://files.example.org/a%20b.png', type: 'image' } },
    ],
    [
      'a file of type text',
      { chatId: 88, message: null, type: 'text', file_url: 'http://files.example.org/a' },
      { text: '', contentType: 'text', attachment: { url: 'http://files.example.org/a' } },
    ],
    ['its own id', { chatId: 88, message: 'Hi', clientMessageId: 'c1' }, { text: 'Hi', clientMessageId: 'c1' }],
    [
      'its own id in metadata',
      { chatId: 88, message: 'Hi', metadata: { clientMessageId: 'c1' } },
      { text: 'Hi', clientMessageId: 'c1' },
    ],
    ['metadata of another meaning', { chatId: 88, message: 'Hi', metadata: { clientMessageId: 5 } }, { text: 'Hi' }],
  ])('reads %s', (_, payload, request) => {
    expect(read(kenz, 'send_message', payload)).toEqual({ ...sends, ...request });
  });

  test.each([
    ['no text', { chatId: 88 }],
    ['a blank text', { chatId: 88, message: ' \n' }],
    ['null for everything', { chatId: 88, message: null, type: null, file_url: null }],
  ])('refuses %s as missing content', (_, payload) => {
    expect(read(kenz, 'send_message', payload)).toMatchObject({ refused: 'MISSING_CONTENT' });
  });

  test.each(['javascript:alert(1)', '/relative', 'https://', 'https://x\u0000', 'ftp://files.example.org/a'])(
    'refuses %j as a file_url and names the field',
    (url) => {
      expect(read(kenz, 'send_message', { chatId: 88, message: 'Hi', file_url: url })).toEqual({
        refused: 'INVALID',
        message: expect.stringContaining('file_url'),
      });
    },
  );

  test.each([
    { message: 'Hi' },
    { chatId: null, message: 'Hi' },
    { chatId: -1, message: 'Hi' },
    { chatId: 1.5, message: 'Hi' },
    { chatId: 88, message: 5 },
    { chatId: 88, message: 'Hi', clientMessageId: '' },
    { chatId: 88, message: 'Hi', clientMessageId: 'x'.repeat(201) },
  ])('does not fit as %j', (payload) => {
    expect(read(kenz, 'send_message', payload)).toBe('unfit');
  });

  test('is acknowledged with the message as it is heard', () => {
    const answer = answered(kenz, 'send_message', 'SendMessage', { message: plain, isRepeat: false });
    expect(answer).toEqual({ frames: [], ack: heard });
  });
});

describe('receive_message', () => {
  test('is heard by every member, also where no dialect was spoken yet', () => {
    const [text] = events.MessageSent;
    expect(text && said(kenz, text)).toEqual([{ name: 'receive_message', to: 'members', payload: heard }]);
    expect(kenz.outbound.MessageSent).toMatchObject([{ forSilentListeners: true }]);
  });

  test.each([
    [
      'a picture with a MIME type',
      rich,
      { type: 'image', file_url: 'https://files.example.org/cups.png', message: 'Look' },
    ],
    ['a file of unknown type', fileOnly, { type: 'file', file_url: 'https://files.example.org/x', message: '' }],
    [
      'a sound named by a word',
      { ...fileOnly, attachment: { url: 'https://a.example', type: 'audio' } },
      { type: 'audio' },
    ],
    [
      'a type that only begins like one',
      { ...fileOnly, attachment: { url: 'https://a.example', type: 'videogame' } },
      { type: 'file' },
    ],
    ['a type that was sent', { ...rich, contentType: 'sticker' }, { type: 'sticker' }],
    ['ids that are no numbers', rich, { chat_id: 'tea-room', sender_id: 'b-7' }],
    ['ids with a leading zero', { ...plain, conversationId: '088' }, { chat_id: '088' }],
    ['ids beyond exact numbers', { ...plain, conversationId: '9007199254740992' }, { chat_id: '9007199254740992' }],
  ])('writes %s', (_, message, payload) => {
    const event = { type: 'MessageSent', conversationId: message.conversationId, message, actorId: '41' } as const;
    expect(said(kenz, event)).toMatchObject([{ payload }]);
  });

  test('and what becomes of messages is all that is said', () => {
    const { MessageSent, ...others } = events;
    const about = { message_id: 1207, chat_id: 88, user_id: 'b-7', emoji: '🫖' };
    expect(
      Object.values(others)
        .flat()
        .flatMap((event) => said(kenz, event)),
    ).toEqual([
      {
        name: 'receive_edit',
        to: 'members',
        payload: { id: 1207, chat_id: 88, sender_id: 41, message: 'Tea at five?', edited_at: atSeconds },
      },
      { name: 'receive_deletion', to: 'members', payload: { id: 1207, chat_id: 88, deleted_at: atSeconds } },
      { name: 'receive_reaction', to: 'members', payload: { ...about, action: 'added' } },
      { name: 'receive_reaction', to: 'members', payload: { ...about, action: 'removed' } },
    ]);
  });

  test('says nothing of a message that was deleted before it could be heard', () => {
    const event = { type: 'MessageSent', conversationId: '88', message: deleted, actorId: '41' } as const;
    expect(said(kenz, event)).toEqual([]);
  });
});

test('an error is a string', () => {
  expect(refusal(kenz, { refused: 'RATE_LIMITED', message: 'Slow down', retryAfterMs: 5 }, 'send_message')).toBe(
    'Slow down',
  );
});

asksForRevisions(kenz, {
  edit: 'edit_message',
  delete: 'delete_message',
  react: 'react',
  conversationId: 'chatId',
  text: 'message',
});
