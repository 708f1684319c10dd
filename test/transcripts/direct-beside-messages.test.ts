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
import { bothThere, conversationId, joins, message, notification } from './direct.ts';

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
      unreadCount: 1,
      hasMore: false,
    }),
    calls('bob', 'GET /api/v1/notifications', undefined, 200, { notifications: [], unreadCount: 0, hasMore: false }),
    calls('bob', 'POST /api/v1/notifications/{kettle}/read', undefined, 404),
    calls('ann', 'POST /api/v1/notifications/{kettle}/read', undefined, 200, kept('kettle', true)),
    calls('ann', 'GET /api/v1/notifications', undefined, 200, {
      notifications: [kept('kettle', true)],
      unreadCount: 0,
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
