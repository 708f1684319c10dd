import { describe } from 'vitest';
import { the, timeOf } from '../harness/match.ts';
import {
  asks,
  calls,
  closes,
  connects,
  hears,
  isAnswered,
  isRefused,
  nobodyHearsMore,
  says,
  transcript,
} from '../harness/transcript.ts';

/** A message of user 1 in chat 123, as kenz writes it. */
const message = (name: string, content: string, more: object = {}) => ({
  id: the(name),
  chat_id: 123,
  sender_id: 1,
  message: content,
  type: 'text',
  file_url: null,
  created_at: timeOf(name),
  ...more,
});

/** What those hear beside it who have not spoken any dialect yet: they may be clients of `direct` too. */
const notification = (name: string, content: string, more: object = {}) => ({
  id: the(name),
  conversation_id: 123,
  sender_id: 1,
  receiver_id: 2,
  content,
  is_read: false,
  created_at: timeOf(name),
  type: 'new_message',
  ...more,
});

const chat = { id: 123, kind: 'group', members: [1, 2] };

describe('kenz: speaking and hearing', () => {
  transcript('whoever speaks in a chat hears it from then on', [
    connects('ann', 'kenz'),
    says('ann', 'send_message', { chatId: 123, message: 'Tea?', type: 'text', file_url: null }),
    hears('ann', 'receive_message', message('tea', 'Tea?')),
    connects('bob', 'kenz'),
    nobodyHearsMore,
    asks('bob', 'send_message', { chatId: '123', message: 'Yes' }),
    hears(['ann', 'bob'], 'receive_message', message('yes', 'Yes', { sender_id: 2 })),
    isAnswered('bob', 'send_message', message('yes', 'Yes', { sender_id: 2 })),
    says('ann', 'send_message', { chatId: 123, message: 'Four o’clock' }),
    hears(['ann', 'bob'], 'receive_message', message('four', 'Four o’clock')),
  ]);

  transcript('members hear without having said a word, on all their devices, and nobody else does', [
    calls('host', 'POST /api/v1/conversations', chat, 201),
    connects('ann', 'kenz'),
    connects('ann/tablet', 'kenz'),
    connects('bob', 'kenz'),
    connects('cat', 'kenz'),
    says('ann', 'send_message', { chatId: 123, message: 'Tea?' }),
    hears(['ann', 'ann/tablet', 'bob'], 'receive_message', message('tea', 'Tea?')),
    hears('bob', 'message_notification', notification('tea', 'Tea?')),
    says('bob', 'send_message', { chatId: 123, message: 'Yes' }),
    hears(['ann', 'ann/tablet', 'bob'], 'receive_message', message('yes', 'Yes', { sender_id: 2 })),
    hears('ann/tablet', 'message_notification', notification('yes', 'Yes', { sender_id: 2, receiver_id: 1 })),
    says('ann', 'send_message', { chatId: 123, message: 'Good' }),
    hears(['ann', 'ann/tablet', 'bob'], 'receive_message', message('good', 'Good')),
  ]);

  transcript('whoever is added while connected hears the chat, until they are removed', [
    calls('host', 'POST /api/v1/conversations', chat, 201),
    connects('ann', 'kenz'),
    connects('cat', 'kenz'),
    calls('host', 'POST /api/v1/conversations/123/members', { userId: 3 }, 201),
    says('ann', 'send_message', { chatId: 123, message: 'Welcome' }),
    hears(['ann', 'cat'], 'receive_message', message('welcome', 'Welcome')),
    hears('cat', 'message_notification', notification('welcome', 'Welcome', { receiver_id: 0 })),
    calls('host', 'DELETE /api/v1/conversations/123/members/3', undefined, 204),
    says('ann', 'send_message', { chatId: 123, message: 'Gone' }),
    hears('ann', 'receive_message', message('gone', 'Gone')),
    nobodyHearsMore,
    asks('cat', 'send_message', { chatId: 123, message: 'Let me in' }),
    hears('cat', 'error', /not found/),
    isAnswered('cat', 'send_message', { event: 'error', data: /not found/ }),
    calls('host', 'POST /api/v1/conversations/123/members', { userId: 3 }, 201),
    says('cat', 'send_message', { chatId: 123, message: 'Back' }),
    hears(['ann', 'cat'], 'receive_message', message('back', 'Back', { sender_id: 3 })),
  ]);

  transcript('a chat that was left alone by a closed app goes on for the others', [
    calls('host', 'POST /api/v1/conversations', chat, 201),
    connects('ann', 'kenz'),
    connects('bob', 'kenz'),
    closes('bob'),
    says('ann', 'send_message', { chatId: 123, message: 'Bob?' }),
    hears('ann', 'receive_message', message('bob', 'Bob?')),
    connects('bob', 'kenz'),
    says('bob', 'send_message', { chatId: 123, message: 'Here' }),
    hears(['ann', 'bob'], 'receive_message', message('here', 'Here', { sender_id: 2 })),
  ]);

  transcript('ids that are no integers are written as the strings that they are', [
    connects('dan', 'kenz'),
    says('dan', 'send_message', { chatId: 'lobby', message: 'Hi' }),
    hears('dan', 'receive_message', message('hi', 'Hi', { chat_id: 'lobby', sender_id: 'dan-uuid' })),
    says('dan', 'send_message', { chatId: '0123', message: 'Hi' }),
    hears('dan', 'receive_message', message('zero', 'Hi', { chat_id: '0123', sender_id: 'dan-uuid' })),
    says('dan', 'send_message', { chatId: '9007199254740993', message: 'Hi' }),
    hears('dan', 'receive_message', message('large', 'Hi', { chat_id: '9007199254740993', sender_id: 'dan-uuid' })),
    says('dan', 'send_message', { chatId: 0, message: 'Hi' }),
    hears('dan', 'receive_message', message('nought', 'Hi', { chat_id: 0, sender_id: 'dan-uuid' })),
  ]);

  const file_url = 'https://files.example.org/cups.png';
  transcript('files come with their kind and address, with or without a text', [
    connects('ann', 'kenz'),
    says('ann', 'send_message', { chatId: 123, message: 'Look', type: 'image', file_url }),
    hears('ann', 'receive_message', message('look', 'Look', { type: 'image', file_url })),
    says('ann', 'send_message', { chatId: 123, message: '', type: 'file', file_url }),
    hears('ann', 'receive_message', message('file', '', { type: 'file', file_url })),
    says('ann', 'send_message', { chatId: 123, message: 'Odd', type: 'sticker' }),
    hears('ann', 'receive_message', message('odd', 'Odd', { type: 'sticker' })),
    says('ann', 'send_message', { chatId: 123, message: 'No link', file_url: 'javascript:alert(1)' }),
    hears('ann', 'error', /file_url/),
  ]);

  transcript('fields that nobody documented are ignored, and cannot overwrite what the server writes', [
    connects('ann', 'kenz'),
    says('ann', 'send_message', {
      chatId: 123,
      message: 'Hi',
      id: 7,
      sender_id: 2,
      created_at: 'never',
      colour: 'red',
    }),
    hears('ann', 'receive_message', message('hi', 'Hi')),
  ]);
});

describe('kenz: refusals', () => {
  transcript('what cannot be read is answered with a text, and ends nothing', [
    connects('ann', 'kenz'),
    says('ann', 'send_message', { chatId: 123, message: 'Hi' }),
    hears('ann', 'receive_message', message('hi', 'Hi')),
    ...[undefined, null, 7, 'Hi', [], {}, { chatId: null, message: 'Hi' }, { chatId: 1.5, message: 'Hi' }].flatMap(
      (payload) => [says('ann', 'send_message', payload), hears('ann', 'error', /./)],
    ),
    ...[{ chatId: 123 }, { chatId: 123, message: '  ' }, { chatId: 123, message: null, file_url: null }].flatMap(
      (payload) => [says('ann', 'send_message', payload), hears('ann', 'error', /Message content is missing/)],
    ),
    says('ann', 'send_message'),
    hears('ann', 'error', /./),
    says('ann', 'send_message', { chatId: -1, message: 'Hi' }),
    hears('ann', 'error', /./),
    says('ann', 'send_message', { chatId: 'x'.repeat(201), message: 'Hi' }),
    hears('ann', 'error', /./),
    says('ann', 'send_message', { chatId: 123, message: 'Still here' }),
    hears('ann', 'receive_message', message('still', 'Still here')),
  ]);

  transcript('an acknowledgement of what was refused is called with the same text', [
    connects('ann', 'kenz'),
    asks('ann', 'send_message', { chatId: 123 }),
    hears('ann', 'error', /Message content is missing/),
    isAnswered('ann', 'send_message', { event: 'error', data: /Message content is missing/ }),
  ]);

  transcript('events of unknown names are answered in kenz, where nothing else was spoken', [
    connects('ann', 'kenz'),
    asks('ann', 'sendMessage2', { chatId: 123 }),
    hears('ann', 'error', /./),
    isAnswered('ann', 'sendMessage2', { event: 'error', data: /./ }),
    says('ann', 'hasOwnProperty'),
    hears('ann', 'error', /./),
    says('ann', '__proto__', {}),
    hears('ann', 'error', /./),
  ]);

  transcript('a chat of others and one that does not exist are refused alike', [
    calls('host', 'POST /api/v1/conversations', chat, 201),
    connects('ann', 'kenz'),
    connects('cat', 'kenz'),
    asks('cat', 'send_message', { chatId: 123, message: 'Hi' }),
    hears('cat', 'error', 'Conversation not found. Check the id, or ask to be added to it.'),
    isAnswered('cat', 'send_message', {
      event: 'error',
      data: 'Conversation not found. Check the id, or ask to be added to it.',
    }),
  ]);

  transcript(
    'without AUTO_CREATE an unknown chat is not found',
    [
      connects('ann', 'kenz'),
      says('ann', 'send_message', { chatId: 123, message: 'Hi' }),
      hears('ann', 'error', 'Conversation not found. Check the id, or ask to be added to it.'),
      calls('host', 'POST /api/v1/conversations', chat, 201),
      says('ann', 'send_message', { chatId: 123, message: 'Hi' }),
      hears('ann', 'receive_message', message('hi', 'Hi')),
    ],
    { AUTO_CREATE: 'off' },
  );

  transcript('a text of 16 KB passes, and one byte more is refused', [
    connects('ann', 'kenz'),
    says('ann', 'send_message', { chatId: 123, message: 'é'.repeat(8192) }),
    hears('ann', 'receive_message', message('long', 'é'.repeat(8192))),
    says('ann', 'send_message', { chatId: 123, message: `${'é'.repeat(8192)}!` }),
    hears('ann', 'error', /too large/),
  ]);

  transcript('without a good token nobody comes in', [
    isRefused('ann', 'kenz', 'Authentication error', { by: 'nothing' }),
    isRefused('ann', 'kenz', 'Authentication error', { token: 'no token' }),
    isRefused('ann', 'kenz', 'Authentication error', { by: 'nothing', auth: { token: 5 } }),
    isRefused('ann', 'kenz', 'Authentication error', { by: 'nothing', auth: { token: { not: 'a token' } } }),
    connects('ann', 'kenz'),
  ]);
});

describe('kenz: sending again', () => {
  transcript('the same clientMessageId is answered with the first message, and nobody hears it twice', [
    connects('ann', 'kenz'),
    connects('ann/tablet', 'kenz'),
    asks('ann', 'send_message', { chatId: 123, message: 'Once', clientMessageId: 'c1' }),
    hears(['ann', 'ann/tablet'], 'receive_message', message('once', 'Once')),
    isAnswered('ann', 'send_message', message('once', 'Once')),
    asks('ann', 'send_message', { chatId: 123, message: 'Twice', clientMessageId: 'c1' }),
    isAnswered('ann', 'send_message', message('once', 'Once')),
    asks('ann', 'send_message', { chatId: 123, message: 'Thrice', metadata: { clientMessageId: 'c1' } }),
    isAnswered('ann', 'send_message', message('once', 'Once')),
  ]);

  transcript('without an acknowledgement the repeating connection alone hears it again', [
    connects('ann', 'kenz'),
    connects('ann/tablet', 'kenz'),
    says('ann', 'send_message', { chatId: 123, message: 'Once', clientMessageId: 'c1' }),
    hears(['ann', 'ann/tablet'], 'receive_message', message('once', 'Once')),
    says('ann/tablet', 'send_message', { chatId: 123, message: 'Once', clientMessageId: 'c1' }),
    hears('ann/tablet', 'receive_message', message('once', 'Once')),
  ]);

  transcript('a clientMessageId belongs to one user and one chat', [
    connects('ann', 'kenz'),
    connects('bob', 'kenz'),
    asks('ann', 'send_message', { chatId: 5, message: 'A', clientMessageId: 'c1' }),
    hears('ann', 'receive_message', message('a', 'A', { chat_id: 5 })),
    isAnswered('ann', 'send_message', message('a', 'A', { chat_id: 5 })),
    asks('ann', 'send_message', { chatId: 6, message: 'B', clientMessageId: 'c1' }),
    hears('ann', 'receive_message', message('b', 'B', { chat_id: 6 })),
    isAnswered('ann', 'send_message', message('b', 'B', { chat_id: 6 })),
    asks('bob', 'send_message', { chatId: 6, message: 'C', clientMessageId: 'c1' }),
    hears(['ann', 'bob'], 'receive_message', message('c', 'C', { chat_id: 6, sender_id: 2 })),
    isAnswered('bob', 'send_message', message('c', 'C', { chat_id: 6, sender_id: 2 })),
    says('ann', 'send_message', { chatId: 6, message: 'D', clientMessageId: 'x'.repeat(201) }),
    hears('ann', 'error', /./),
  ]);
});

describe.each([2, 3, 4] as const)('kenz: socket.io-client %i', (age) => {
  const dialling = age === 2 ? ({ age, by: 'query' } as const) : { age };
  for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
    transcript(`speaks and hears over ${transports.join(', then ')}`, [
      connects('ann', 'kenz', { ...dialling, transports }),
      asks('ann', 'send_message', { chatId: 123, message: 'Tea?' }),
      hears('ann', 'receive_message', message('tea', 'Tea?')),
      isAnswered('ann', 'send_message', message('tea', 'Tea?')),
      says('ann', 'send_message', { chatId: 123 }),
      hears('ann', 'error', /missing/),
    ]);
  }
  transcript('is told why it is refused', [
    isRefused('ann', 'kenz', 'Authentication error', { age, by: 'query', token: 'nonsense' }),
  ]);
});
