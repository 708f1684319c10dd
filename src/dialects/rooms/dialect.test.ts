import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import {
  ada,
  answered,
  at,
  atSeconds,
  bea,
  events,
  fileOnly,
  keepsTheLaws,
  plain,
  read,
  refusal,
  rich,
  said,
} from '../dialect.contract.ts';
import { rooms } from './dialect.ts';

keepsTheLaws(rooms);

const heard = {
  type: 'chat_message',
  message: 'Tea at four?',
  sender_username: 'Ada',
  sender_id: '41',
  timestamp: atSeconds,
  message_id: '1207',
};
const heardRich = {
  ...heard,
  message: 'Look\nAttachment (cups.png): https://files.example.org/cups.png',
  sender_username: 'Bea',
  sender_id: 'b-7',
  message_id: '1208',
};
const heardFile = { ...heard, message: 'Attachment: https://files.example.org/x' };

describe('the entrance', () => {
  const enter = (name: string, query = '') => rooms.entrance?.read(name, new URLSearchParams(query));
  const join = { type: 'JoinConversation', opening: { kind: 'open' } };
  const newest = { want: 'newest', limit: 50 };

  test.each([
    ['tea', '', newest],
    ['A-z_0.9', '', newest],
    ['x'.repeat(100), '', newest],
    ['tea', 'after=1207', { want: 'after', position: 1207 }],
    ['tea', 'after=0', { want: 'after', position: 0 }],
    ['tea', 'after=last', newest],
    ['tea', 'after=', newest],
  ])('%s?%s', (name, query, history) => {
    expect(enter(name, query)).toEqual({ ...join, conversationId: name, history });
  });

  test.each(['', 'x'.repeat(101), 'two words', 'tea/pot', 'thé', 'tea\n', '%00'])('%j is no room', (name) => {
    expect(enter(name)).toBeUndefined();
  });

  test('shows who is there, the past, and oneself coming, in this order', () => {
    const answer = { conversationId: 'tea', presentUsers: [bea, ada], messages: [plain, rich], user: ada };
    const frames = rooms.entrance?.answer(answer, at);
    expect(frames).toEqual([
      {
        name: 'room_users_list',
        payload: {
          type: 'room_users_list',
          users: [
            { id: 'b-7', username: 'Bea' },
            { id: '41', username: 'Ada' },
          ],
        },
      },
      { name: 'chat_message', payload: heard },
      { name: 'chat_message', payload: heardRich },
      { name: 'user_join', payload: { type: 'user_join', user_id: '41', username: 'Ada' } },
    ]);
    for (const { name, payload } of frames ?? []) {
      expect(Compile(rooms.entrance?.answers[name] ?? { not: {} }).Check(payload)).toBe(true);
    }
  });
});

describe('a message', () => {
  const send = { type: 'SendMessage', conversationId: 'tea', text: 'Hi', opening: { kind: 'open' } };

  test.each([
    [{ message: 'Hi' }, send],
    [{ message: 'Hi', type: 'surplus' }, send],
    [
      { message: 'Hi', clientMessageId: 'c1' },
      { ...send, clientMessageId: 'c1' },
    ],
    [
      { message: 'Hi', metadata: { clientMessageId: 'c1' } },
      { ...send, clientMessageId: 'c1' },
    ],
  ])('%j is said in the room of the connection', (payload, request) => {
    expect(read(rooms, '', payload, 'tea')).toEqual(request);
  });

  test.each([{}, { message: null }, { message: 5 }, { message: '' }, { message: ' \n' }, { message: ['Hi'] }])(
    '%j is missing content',
    (payload) => {
      expect(read(rooms, '', payload, 'tea')).toMatchObject({ refused: 'MISSING_CONTENT' });
    },
  );

  test.each([undefined, null, 'Hi', 5, [], [{ message: 'Hi' }], { message: 'Hi', clientMessageId: 5 }])(
    '%j does not fit',
    (payload) => {
      expect(read(rooms, '', payload, 'tea')).toBe('unfit');
    },
  );

  test('is said nowhere without a room', () => {
    expect(read(rooms, '', { message: 'Hi' })).toMatchObject({ refused: 'NOT_FOUND' });
  });

  test('is answered by nothing but itself', () => {
    expect(answered(rooms, '', 'SendMessage', { message: plain, isRepeat: false }).frames).toEqual([]);
  });
});

describe('what the room hears', () => {
  test.each([
    [
      'MessageSent',
      [
        ['chat_message', 'joined', heard],
        ['chat_message', 'joined', heardRich],
        ['chat_message', 'joined', heardFile],
      ],
    ],
    [
      'PresentUsersChanged',
      [
        ['user_join', 'joinedOthers', { type: 'user_join', user_id: '41', username: 'Ada' }],
        ['user_leave', 'joinedOthers', { type: 'user_leave', user_id: '41', username: 'Ada' }],
      ],
    ],
    ['MemberJoined', []],
    ['MemberLeft', []],
    ['TypingChanged', []],
    ['ReadCursorMoved', []],
  ] as const)('%s', (type, frames) => {
    const spoken = events[type].flatMap((event) => said(rooms, event));
    expect(spoken).toStrictEqual(frames.map(([name, to, payload]) => ({ name, to, payload })));
  });

  test('a blank text gives way to its attachment', () => {
    const message = { ...fileOnly, text: ' ' };
    const event = { type: 'MessageSent', conversationId: '88', message, actorId: '41' } as const;
    expect(said(rooms, event)).toMatchObject([{ payload: { message: heardFile.message } }]);
  });
});

test.each([
  ['MISSING_CONTENT', 'Message content is missing'],
  ['MALFORMED', 'Invalid JSON format received'],
  ['INVALID', expect.stringContaining('"message"')],
  ['RATE_LIMITED', 'the words of the core'],
] as const)('the error of %s', (refused, words) => {
  expect(refusal(rooms, { refused, message: 'the words of the core' })).toEqual({ error: words });
});

test.each([
  ['unauthenticated', 4001],
  ['tokenExpired', 4001],
  ['revoked', 4001],
  ['roomNotFound', 4000],
  ['abuse', 1008],
  ['tooLarge', 1009],
  ['broken', 1011],
  ['shutdown', 1012],
  ['slowConsumer', 1013],
  ['tooManyConnections', 1013],
] as const)('a connection that is closed as %s gets the code %i', (reason, code) => {
  expect(rooms.closes[reason].code).toBe(code);
});
