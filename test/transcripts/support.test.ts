import { describe } from 'vitest';
import { the } from '../harness/match.ts';
import {
  ack,
  asks,
  calls,
  closes,
  connects,
  frame,
  hears,
  hearsInAnyOrder,
  isAnswered,
  isRefused,
  type Line,
  losesTransport,
  nobodyHearsMore,
  passes,
  says,
  transcript,
} from '../harness/transcript.ts';
import { bothThere, chatId, comesOrGoes, joined, message, sent } from './support.ts';

describe('support: joining and leaving', () => {
  transcript('a chat is its client’s and the admins’, and nobody else’s', [
    ...bothThere,
    connects('eve', 'support'),
    asks('eve', 'joinChat', chatId),
    hears('eve', 'error', /not found/),
    isAnswered('eve', 'joinChat', { event: 'error', data: /not found/ }),
    says('eve', 'sendMessage', { chatId, message: { text: 'Hi' } }),
    hears('eve', 'error', /not found/),
    says('eve', 'typing', { chatId, isTyping: true }),
    hears('eve', 'error', /not found/),
    says('eve', 'readMessages', { chatId, messageIds: ['1'] }),
    hears('eve', 'error', /not found/),
    says('eve', 'getActiveUsers', chatId),
    hears('eve', 'error', /not found/),
  ]);

  transcript(
    'joining brings the newest 50 messages, oldest first',
    [
      connects('ann', 'support'),
      ...Array.from({ length: 52 }, (_, n): Line[] => [
        asks('ann', 'sendMessage', { chatId, message: { text: `${n}` } }),
        ...sent('ann', [], message(`m${n}`, `${n}`)),
      ]).flat(),
      connects('ada', 'support'),
      ...joined(
        'ada',
        chatId,
        Array.from({ length: 50 }, (_, n) => message(`m${n + 2}`, `${n + 2}`)),
      ),
      hears('ann', 'participantUpdate', comesOrGoes(9, 'joined', 'ada comes')),
    ],
    { MESSAGE_BURST: '100' },
  );

  transcript('the id may stand in an object, and joining or leaving twice is harmless', [
    connects('ann', 'support'),
    asks('ann', 'joinChat', { chatId }),
    hears('ann', 'joinedChat', { chatId, messages: [] }),
    isAnswered('ann', 'joinChat', { event: 'joinedChat', data: { chatId, messages: [] } }),
    ...joined('ann', chatId, []),
    asks('ann', 'leaveChat', { chatId }),
    hears('ann', 'leftChat', chatId),
    isAnswered('ann', 'leaveChat', { event: 'leftChat', data: chatId }),
    says('ann', 'leaveChat', chatId),
    hears('ann', 'leftChat', chatId),
    says('ann', 'leaveChat', 'never-heard-of'),
    hears('ann', 'leftChat', 'never-heard-of'),
    says('ann', 'joinChat', 5),
    hears('ann', 'joinedChat', { chatId: '5', messages: [] }),
  ]);

  transcript('whoever left hears nothing more of the chat', [
    ...bothThere,
    says('ada', 'leaveChat', chatId),
    hears('ada', 'leftChat', chatId),
    hears('ann', 'participantUpdate', comesOrGoes(9, 'left', 'ada leaves')),
    asks('ann', 'sendMessage', { chatId, message: { text: 'Ada?' } }),
    ...sent('ann', [], message('ada', 'Ada?')),
  ]);

  transcript('news of participants follow the user, not the tab', [
    connects('ann', 'support'),
    ...joined('ann', chatId, []),
    connects('ada', 'support'),
    ...joined('ada', chatId, []),
    hears('ann', 'participantUpdate', comesOrGoes(9, 'joined', 'ada comes')),
    connects('ada/tablet', 'support'),
    ...joined('ada/tablet', chatId, []),
    says('ada', 'leaveChat', chatId),
    hears('ada', 'leftChat', chatId),
    nobodyHearsMore,
    says('ada/tablet', 'leaveChat', chatId),
    hears('ada/tablet', 'leftChat', chatId),
    hears('ann', 'participantUpdate', comesOrGoes(9, 'left', 'ada leaves')),
  ]);

  transcript(
    'whoever vanished has left after a moment',
    [...bothThere, losesTransport('ada'), hears('ann', 'participantUpdate', comesOrGoes(9, 'left', 'ada is gone'))],
    { PRESENCE_GRACE_MS: '150' },
  );

  transcript(
    'whoever is back within that moment was never gone',
    [
      ...bothThere,
      closes('ada'),
      connects('ada', 'support'),
      ...joined('ada', chatId, []),
      passes(900),
      nobodyHearsMore,
      says('ann', 'getActiveUsers', chatId),
      hears('ann', 'activeUsers', { chatId, userIds: [1, 9] }),
    ],
    { PRESENCE_GRACE_MS: '700' },
  );

  transcript('only users who are joined now are active', [
    ...bothThere,
    asks('ada', 'getActiveUsers', chatId),
    hears('ada', 'activeUsers', { chatId, userIds: [1, 9] }),
    isAnswered('ada', 'getActiveUsers', { event: 'activeUsers', data: { chatId, userIds: [1, 9] } }),
    says('ann', 'leaveChat', chatId),
    hears('ann', 'leftChat', chatId),
    hears('ada', 'participantUpdate', comesOrGoes(1, 'left', 'ann leaves')),
    says('ada', 'getActiveUsers', { chatId }),
    hears('ada', 'activeUsers', { chatId, userIds: [9] }),
  ]);
});

describe('support: typing and reading', () => {
  const typing = (isTyping: boolean) => ({ userId: 1, email: 'ann@example.org', isTyping, chatId });

  transcript('the others in the chat hear who types, and when they stop', [
    ...bothThere,
    says('ann', 'typing', { chatId, isTyping: true }),
    hears('ada', 'userTyping', typing(true)),
    asks('ann', 'typing', { chatId, isTyping: false }),
    isAnswered('ann', 'typing', {}),
    hears('ada', 'userTyping', typing(false)),
  ]);

  transcript(
    'typing stops by itself',
    [
      ...bothThere,
      says('ann', 'typing', { chatId, isTyping: true }),
      hears('ada', 'userTyping', typing(true)),
      losesTransport('ann'),
      hears('ada', 'userTyping', typing(false)),
    ],
    { TYPING_EXPIRES_MS: '200' },
  );

  transcript('a member may type without having joined', [
    ...bothThere,
    says('ann', 'leaveChat', chatId),
    hears('ann', 'leftChat', chatId),
    hears('ada', 'participantUpdate', comesOrGoes(1, 'left', 'ann leaves')),
    says('ann', 'typing', { chatId, isTyping: true }),
    hears('ada', 'userTyping', typing(true)),
  ]);

  transcript('marks are answered message by message, and told to the others', [
    ...bothThere,
    asks('ann', 'sendMessage', { chatId, message: { text: 'One' } }),
    ...sent('ann', ['ada'], message('one', 'One')),
    asks('ann', 'sendMessage', { chatId, message: { text: 'Two' } }),
    ...sent('ann', ['ada'], message('two', 'Two')),
    asks('ada', 'readMessages', { chatId, messageIds: [the('two'), the('one'), '999999', 'nonsense', 1.5] }),
    hears('ada', 'messagesMarkedRead', [
      { id: the('two'), readBy: 9 },
      { id: the('one'), readBy: 9 },
    ]),
    isAnswered('ada', 'readMessages', {
      event: 'messagesMarkedRead',
      data: [
        { id: the('two'), readBy: 9 },
        { id: the('one'), readBy: 9 },
      ],
    }),
    hears('ann', 'messagesRead', { userId: 9, messageIds: [the('one'), the('two')], chatId }),
    says('ada', 'readMessages', { chatId, messageIds: [] }),
    hears('ada', 'messagesMarkedRead', []),
    says('ada', 'readMessages', { chatId, messageIds: [the('one')] }),
    hears('ada', 'messagesMarkedRead', [{ id: the('one'), readBy: 9 }]),
  ]);
});

describe('support: the life of a chat', () => {
  transcript('pending, taken up by assignment, closed by its client, reopened by an admin', [
    connects('ann', 'support'),
    ...joined('ann', chatId, []),
    calls('ann', `GET /api/v1/conversations/${chatId}`, undefined, 200),
    calls('ada', `PATCH /api/v1/conversations/${chatId}`, { adminId: 9 }, 200),
    hears('ann', 'chatStatusChanged', { chatId, status: 'ACTIVE' }),
    calls('eve', `PATCH /api/v1/conversations/${chatId}`, { status: 'CLOSED' }, 404),
    calls('ann', `PATCH /api/v1/conversations/${chatId}`, { status: 'CLOSED' }, 200),
    hears('ann', 'chatStatusChanged', { chatId, status: 'CLOSED' }),
    says('ann', 'sendMessage', { chatId, message: { text: 'One more thing' } }),
    hears('ann', 'error', /closed/),
    calls('ann', `PATCH /api/v1/conversations/${chatId}`, { status: 'ACTIVE' }, 403),
    calls('ada', `PATCH /api/v1/conversations/${chatId}`, { status: 'ACTIVE' }, 200),
    hears('ann', 'chatStatusChanged', { chatId, status: 'ACTIVE' }),
    asks('ann', 'sendMessage', { chatId, message: { text: 'One more thing' } }),
    ...sent('ann', [], message('more', 'One more thing')),
  ]);

  transcript('its client and its admin hear of the status wherever they speak support, others only in the chat', [
    connects('ann', 'support', { auth: { dialect: 'support' } }),
    connects('ada', 'support', { query: { dialect: 'support' } }),
    connects('eve', 'support', { auth: { dialect: 'support' } }),
    connects('bob', 'kenz', { auth: { dialect: 'kenz' } }),
    calls('host', 'POST /api/v1/conversations', { id: chatId, kind: 'support', members: [1] }, 201),
    calls('host', `PATCH /api/v1/conversations/${chatId}`, { adminId: 9 }, 200),
    hears(['ann', 'ada'], 'chatStatusChanged', { chatId, status: 'ACTIVE' }),
    calls('ada', `PATCH /api/v1/conversations/${chatId}`, { status: 'CLOSED' }, 200),
    hears(['ann', 'ada'], 'chatStatusChanged', { chatId, status: 'CLOSED' }),
  ]);

  transcript('another admin hears of a chat that is handed over to them, and the one before hears no more of it', [
    connects('ann', 'support', { auth: { dialect: 'support' } }),
    connects('ada', 'support', { auth: { dialect: 'support' } }),
    connects('eve', 'support', { auth: { dialect: 'support' } }),
    calls('host', 'POST /api/v1/conversations', { id: chatId, kind: 'support', members: [1] }, 201),
    calls('host', `PATCH /api/v1/conversations/${chatId}`, { adminId: 9 }, 200),
    hears(['ann', 'ada'], 'chatStatusChanged', { chatId, status: 'ACTIVE' }),
    calls('host', `PATCH /api/v1/conversations/${chatId}`, { adminId: 66 }, 200),
    hears(['ann', 'eve'], 'chatStatusChanged', { chatId, status: 'ACTIVE' }),
  ]);
});

describe('support: refusals', () => {
  transcript('what cannot be read is answered with a text, and ends nothing', [
    connects('ann', 'support'),
    ...['joinChat', 'leaveChat', 'sendMessage', 'typing', 'readMessages', 'getActiveUsers'].flatMap((event) => [
      says('ann', event),
      hears('ann', 'error', /./),
      ...[null, true, [], {}, { chatId: null }, { chatId: [] }].flatMap((payload): Line[] => [
        asks('ann', event, payload),
        hearsInAnyOrder('ann', frame('error', /./), ack(event, { event: 'error', data: /./ })),
      ]),
    ]),
    says('ann', 'sendMessage', { chatId, message: {} }),
    hears('ann', 'error', /Message content is missing/),
    says('ann', 'sendMessage', { chatId, message: { text: ' ' } }),
    hears('ann', 'error', /Message content is missing/),
    says('ann', 'sendMessage', { chatId, message: 'Hi' }),
    hears('ann', 'error', /./),
    says('ann', 'typing', { chatId, isTyping: 'yes' }),
    hears('ann', 'error', /./),
    says('ann', 'readMessages', { chatId, messageIds: 'all' }),
    hears('ann', 'error', /./),
    asks('ann', 'nonsense', 1),
    hears('ann', 'error', /./),
    isAnswered('ann', 'nonsense', { event: 'error', data: /./ }),
    ...joined('ann', chatId, []),
  ]);

  transcript(
    'without AUTO_CREATE an unknown chat is not found',
    [
      connects('ann', 'support'),
      says('ann', 'joinChat', chatId),
      hears('ann', 'error', /not found/),
      says('ann', 'sendMessage', { chatId, message: { text: 'Hi' } }),
      hears('ann', 'error', /not found/),
      calls('ann', 'POST /api/v1/conversations', { kind: 'support' }, 201),
    ],
    { AUTO_CREATE: 'off' },
  );

  transcript('without a good token nobody comes in', [
    isRefused('ann', 'support', 'Authentication error', { by: 'nothing' }),
    isRefused('ann', 'support', 'Authentication error', { token: 'a.b.c' }),
  ]);
});
