import { describe } from 'vitest';
import { the, timeOf } from '../harness/match.ts';
import {
  ack,
  asks,
  calls,
  connects,
  frame,
  hears,
  hearsInAnyOrder,
  isAnswered,
  isRefused,
  type Line,
  losesTransport,
  nobodyHearsMore,
  says,
  transcript,
} from '../harness/transcript.ts';

const conversationId = 123;

type Ids = { readonly from?: number | string; readonly to?: number | string; readonly in?: number | string };

/** A message of user 1 to user 2, as direct writes it. */
const message = (name: string, content: string, { from = 1, to = 2, in: where = conversationId }: Ids = {}) => ({
  id: the(name),
  conversation_id: where,
  sender_id: from,
  receiver_id: to,
  content,
  is_read: false,
  read_at: null,
  created_at: timeOf(name),
});
const notification = (name: string, content: string, ids: Ids = {}) => {
  const { read_at: _, ...shown } = message(name, content, ids);
  return { ...shown, type: 'new_message' };
};

const joins = (who: string): Line[] => [
  asks(who, 'join_conversation', conversationId),
  isAnswered(who, 'join_conversation', {}),
];

/** The host has made the conversation of Ann and Bob, and both have it open. */
const bothThere: Line[] = [
  calls('host', 'POST /api/v1/conversations', { id: conversationId, kind: 'direct', members: [1, 2] }, 201),
  connects('ann', 'direct'),
  ...joins('ann'),
  connects('bob', 'direct'),
  ...joins('bob'),
];

describe('direct: messages', () => {
  transcript('who has joined hears the message, and the receiver a notification wherever they are', [
    ...bothThere,
    connects('bob/phone', 'direct', { auth: { dialect: 'direct' } }),
    connects('eve', 'direct'),
    asks('ann', 'send_message', { conversationId, content: 'Hello', toUserId: 2 }),
    hears(['ann', 'bob'], 'new_message', message('hello', 'Hello')),
    isAnswered('ann', 'send_message', message('hello', 'Hello')),
    hears(['bob', 'bob/phone'], 'message_notification', notification('hello', 'Hello')),
    says('bob', 'send_message', { conversationId: '123', content: 'Hi' }),
    hears(['ann', 'bob'], 'new_message', message('hi', 'Hi', { from: 2, to: 1 })),
    hears('ann', 'message_notification', notification('hi', 'Hi', { from: 2, to: 1 })),
  ]);

  transcript('a receiver who has not said a word yet hears the notification, and the message as kenz would', [
    calls('host', 'POST /api/v1/conversations', { id: conversationId, kind: 'direct', members: [1, 2] }, 201),
    connects('ann', 'direct'),
    connects('bob', 'direct'),
    says('ann', 'send_message', { conversationId, content: 'Hello' }),
    hears('ann', 'new_message', message('hello', 'Hello')),
    hearsInAnyOrder(
      'bob',
      frame('message_notification', notification('hello', 'Hello')),
      frame('receive_message', {
        id: the('hello'),
        chat_id: 123,
        sender_id: 1,
        message: 'Hello',
        type: 'text',
        file_url: null,
        created_at: timeOf('hello'),
      }),
    ),
  ]);

  transcript('notifications go on after leaving, messages do not', [
    ...bothThere,
    asks('bob', 'leave_conversation', conversationId),
    isAnswered('bob', 'leave_conversation', {}),
    says('ann', 'send_message', { conversationId, content: 'Hello' }),
    hears('ann', 'new_message', message('hello', 'Hello')),
    hears('bob', 'message_notification', notification('hello', 'Hello')),
    asks('bob', 'leave_conversation', { conversationId }),
    isAnswered('bob', 'leave_conversation', {}),
    asks('bob', 'leave_conversation', 'never-heard-of'),
    isAnswered('bob', 'leave_conversation', {}),
  ]);

  transcript('the document’s flow: joining an unknown conversation, then writing to somebody', [
    connects('ann', 'direct'),
    connects('bob', 'direct', { auth: { dialect: 'direct' } }),
    says('ann', 'join_conversation', conversationId),
    says('ann', 'send_message', { conversationId, content: 'Hello', toUserId: 2 }),
    hears('ann', 'new_message', message('hello', 'Hello')),
    hears('bob', 'message_notification', notification('hello', 'Hello')),
    ...joins('bob'),
    says('bob', 'send_message', { conversationId, content: 'Hi' }),
    hears(['ann', 'bob'], 'new_message', message('hi', 'Hi', { from: 2, to: 1 })),
    hears('ann', 'message_notification', notification('hi', 'Hi', { from: 2, to: 1 })),
  ]);

  transcript('writing to somebody opens a conversation of the two, which nobody else may enter', [
    connects('ann', 'direct'),
    connects('bob', 'direct', { auth: { dialect: 'direct' } }),
    connects('eve', 'direct'),
    asks('ann', 'send_message', { conversationId, content: 'Hello', toUserId: '2' }),
    hears('ann', 'new_message', message('hello', 'Hello')),
    isAnswered('ann', 'send_message', message('hello', 'Hello')),
    hears('bob', 'message_notification', notification('hello', 'Hello')),
    says('eve', 'join_conversation', conversationId),
    hears('eve', 'error', { message: /not found/ }),
    says('eve', 'send_message', { conversationId, content: 'Me too' }),
    hears('eve', 'error', { message: /not found/ }),
    says('eve', 'typing_start', { conversationId }),
    hears('eve', 'error', { message: /not found/ }),
    says('eve', 'mark_read', { conversationId }),
    hears('eve', 'error', { message: /not found/ }),
  ]);

  transcript('without a receiver an open conversation comes into being, and names none until there are two', [
    connects('ann', 'direct'),
    says('ann', 'send_message', { conversationId, content: 'Anyone?' }),
    hears('ann', 'new_message', message('anyone', 'Anyone?', { to: 0 })),
    connects('bob', 'direct'),
    ...joins('bob'),
    says('ann', 'send_message', { conversationId, content: 'Bob' }),
    hears(['ann', 'bob'], 'new_message', message('bob', 'Bob')),
    hears('bob', 'message_notification', notification('bob', 'Bob')),
    connects('cat', 'direct'),
    ...joins('cat'),
    says('ann', 'send_message', { conversationId, content: 'All' }),
    hears(['ann', 'bob', 'cat'], 'new_message', message('all', 'All', { to: 0 })),
    hears(['bob', 'cat'], 'message_notification', notification('all', 'All', { to: 0 })),
  ]);

  transcript('several devices of both hear it, the sender’s without a notification', [
    ...bothThere,
    connects('ann/phone', 'direct'),
    ...joins('ann/phone'),
    says('ann', 'send_message', { conversationId, content: 'Hello' }),
    hears(['ann', 'ann/phone', 'bob'], 'new_message', message('hello', 'Hello')),
    hears('bob', 'message_notification', notification('hello', 'Hello')),
  ]);

  transcript('ids that are no integers are written as the strings that they are', [
    connects('dan', 'direct'),
    connects('bob', 'direct', { auth: { dialect: 'direct' } }),
    says('dan', 'send_message', { conversationId: 'c-1', content: 'Hi', toUserId: 2 }),
    hears('dan', 'new_message', message('hi', 'Hi', { from: 'dan-uuid', in: 'c-1' })),
    hears('bob', 'message_notification', notification('hi', 'Hi', { from: 'dan-uuid', in: 'c-1' })),
  ]);

  transcript('the same clientMessageId says a thing once', [
    ...bothThere,
    asks('ann', 'send_message', { conversationId, content: 'Once', clientMessageId: 'c1' }),
    hears(['ann', 'bob'], 'new_message', message('once', 'Once')),
    isAnswered('ann', 'send_message', message('once', 'Once')),
    hears('bob', 'message_notification', notification('once', 'Once')),
    asks('ann', 'send_message', { conversationId, content: 'Twice', clientMessageId: 'c1' }),
    isAnswered('ann', 'send_message', message('once', 'Once')),
    says('ann', 'send_message', { conversationId, content: 'Thrice', metadata: { clientMessageId: 'c1' } }),
    hears('ann', 'new_message', message('once', 'Once')),
  ]);

  transcript('whoever was removed over HTTP hears nothing and may do nothing, until added again', [
    calls('host', 'POST /api/v1/conversations', { id: conversationId, kind: 'group', members: [1, 2, 3] }, 201),
    connects('ann', 'direct'),
    ...joins('ann'),
    connects('bob', 'direct'),
    ...joins('bob'),
    calls('host', `DELETE /api/v1/conversations/${conversationId}/members/2`, undefined, 204),
    says('ann', 'send_message', { conversationId, content: 'Hello' }),
    hears('ann', 'new_message', message('hello', 'Hello', { to: 3 })),
    asks('bob', 'join_conversation', conversationId),
    hears('bob', 'error', { message: /not found/ }),
    isAnswered('bob', 'join_conversation', { event: 'error', data: { message: /not found/ } }),
    calls('host', `POST /api/v1/conversations/${conversationId}/members`, { userId: 2 }, 201),
    says('ann', 'send_message', { conversationId, content: 'Again' }),
    hears('ann', 'new_message', message('again', 'Again', { to: 0 })),
    hears('bob', 'message_notification', notification('again', 'Again', { to: 0 })),
    ...joins('bob'),
  ]);
});

describe('direct: reading and typing', () => {
  const typing = { conversationId, userId: 1 };

  transcript('a read mark is told to the whole conversation, the reader included, when it is news', [
    ...bothThere,
    says('ann', 'send_message', { conversationId, content: 'Hello' }),
    hears(['ann', 'bob'], 'new_message', message('hello', 'Hello')),
    hears('bob', 'message_notification', notification('hello', 'Hello')),
    asks('bob', 'mark_read', { conversationId }),
    hears(['ann', 'bob'], 'messages_read', { conversationId, userId: 2, readAt: timeOf('read') }),
    isAnswered('bob', 'mark_read', {}),
    calls('bob', `GET /api/v1/conversations/${conversationId}`, undefined, 200),
    asks('bob', 'mark_read', conversationId),
    isAnswered('bob', 'mark_read', {}),
  ]);

  transcript('the others hear who types, and when they stop', [
    ...bothThere,
    says('ann', 'typing_start', { conversationId, toUserId: 2 }),
    hears('bob', 'typing_start', typing),
    asks('ann', 'typing_stop', { conversationId: '123', toUserId: 2 }),
    isAnswered('ann', 'typing_stop', {}),
    hears('bob', 'typing_stop', typing),
  ]);

  transcript(
    'typing stops by itself',
    [
      ...bothThere,
      says('ann', 'typing_start', { conversationId }),
      hears('bob', 'typing_start', typing),
      losesTransport('ann'),
      hears('bob', 'typing_stop', typing),
    ],
    { TYPING_EXPIRES_MS: '200' },
  );
});

describe('direct: notifications of the application', () => {
  const shown = (name: string) => ({
    id: the(name),
    user_id: 1,
    title: 'Kettle',
    message: 'The water boils',
    type: 'kettle_boils',
    created_at: timeOf(name),
  });
  const told = { userId: 1, title: 'Kettle', message: 'The water boils', type: 'kettle_boils' };
  const kept = (name: string, isRead: boolean) => ({
    id: the(name),
    userId: '1',
    title: 'Kettle',
    message: 'The water boils',
    type: 'kettle_boils',
    isRead,
    createdAt: timeOf(name),
  });

  transcript('reach every connection of their user and nobody else, and are kept', [
    connects('ann', 'direct'),
    connects('ann/phone', 'direct', { auth: { dialect: 'direct' } }),
    connects('ann/kenz', 'kenz', { auth: { dialect: 'kenz' } }),
    connects('bob', 'direct'),
    calls('host', 'POST /api/v1/notifications', told, 201, kept('kettle', false)),
    hears(['ann', 'ann/phone'], 'new_notification', shown('kettle')),
    calls('ann', 'POST /api/v1/notifications', told, 403),
    calls('ann', 'GET /api/v1/notifications', undefined, 200, {
      notifications: [kept('kettle', false)],
      hasMore: false,
    }),
    calls('bob', 'GET /api/v1/notifications', undefined, 200, { notifications: [], hasMore: false }),
    calls('bob', 'POST /api/v1/notifications/{kettle}/read', undefined, 404),
    calls('ann', 'POST /api/v1/notifications/{kettle}/read', undefined, 200, kept('kettle', true)),
    calls('ann', 'GET /api/v1/notifications', undefined, 200, {
      notifications: [kept('kettle', true)],
      hasMore: false,
    }),
  ]);
});

describe('direct: refusals', () => {
  transcript('what cannot be read is answered with a message, and ends nothing', [
    ...bothThere,
    ...['join_conversation', 'leave_conversation', 'mark_read', 'typing_start', 'typing_stop'].flatMap(
      (event): Line[] => [
        says('ann', event),
        hears('ann', 'error', { message: /./ }),
        ...[null, true, [], {}, { conversationId: null }, { conversationId: 1.5 }].flatMap((payload): Line[] => [
          asks('ann', event, payload),
          hearsInAnyOrder(
            'ann',
            frame('error', { message: /./ }),
            ack(event, { event: 'error', data: { message: /./ } }),
          ),
        ]),
      ],
    ),
    ...[{ conversationId }, { conversationId, content: '' }, { conversationId, content: null }].flatMap((payload) => [
      says('ann', 'send_message', payload),
      hears('ann', 'error', { message: /Message content is missing/ }),
    ]),
    says('ann', 'send_message', { conversationId, content: 5 }),
    hears('ann', 'error', { message: /./ }),
    says('ann', 'send_message', { conversationId, content: 'x'.repeat(16_385) }),
    hears('ann', 'error', { message: /too large/ }),
    asks('ann', 'nonsense', 1),
    hears('ann', 'error', { message: /./ }),
    isAnswered('ann', 'nonsense', { event: 'error', data: { message: /./ } }),
    nobodyHearsMore,
    says('ann', 'send_message', { conversationId, content: 'Still here' }),
    hears(['ann', 'bob'], 'new_message', message('still', 'Still here')),
    hears('bob', 'message_notification', notification('still', 'Still here')),
  ]);

  transcript(
    'without AUTO_CREATE an unknown conversation is not found',
    [
      connects('ann', 'direct'),
      says('ann', 'join_conversation', conversationId),
      hears('ann', 'error', { message: /not found/ }),
      says('ann', 'send_message', { conversationId, content: 'Hi', toUserId: 2 }),
      hears('ann', 'error', { message: /not found/ }),
      calls('ann', 'POST /api/v1/conversations', { id: conversationId, kind: 'direct', members: [2] }, 403),
      calls('ann', 'POST /api/v1/conversations', { kind: 'direct', members: [2] }, 201),
    ],
    { AUTO_CREATE: 'off' },
  );

  transcript('without a good token nobody comes in', [
    isRefused('ann', 'direct', 'Authentication error', { by: 'nothing' }),
    isRefused('ann', 'direct', 'Authentication error', { by: 'header', token: 'Bearer nonsense' }),
  ]);
});

describe.each([2, 3, 4] as const)('direct: socket.io-client %i', (age) => {
  for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
    transcript(`speaks and hears over ${transports.join(', then ')}`, [
      connects('ann', 'direct', { age, by: 'query', transports }),
      ...joins('ann'),
      says('ann', 'send_message', { conversationId, content: 'Hi' }),
      hears('ann', 'new_message', message('hi', 'Hi', { to: 0 })),
    ]);
  }
});
