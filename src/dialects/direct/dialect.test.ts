import { describe, expect, test } from 'vitest';
import { answered, atMilliseconds, events, keepsTheLaws, plain, read, refusal, said } from '../dialect.contract.ts';
import { asksForRevisions } from '../revisions.contract.ts';
import { direct } from './dialect.ts';

keepsTheLaws(direct);

const notified = {
  id: 1207,
  conversation_id: 88,
  sender_id: 41,
  receiver_id: 52,
  content: 'Tea at four?',
  is_read: false,
  created_at: atMilliseconds,
  type: 'new_message',
};
const { type, ...message } = notified;
const heard = { ...message, read_at: null };
const rich = {
  id: 1208,
  conversation_id: 'tea-room',
  sender_id: 'b-7',
  receiver_id: 0,
  content: 'Look\nAttachment (cups.png): https://files.example.org/cups.png',
};
const file = { receiver_id: 0, content: 'Attachment: https://files.example.org/x' };

const opening = { kind: 'direct' };
const join = { type: 'JoinConversation', conversationId: '88', opening, history: { want: 'none' } };
const leave = { type: 'LeaveConversation', conversationId: '88' };
const send = { type: 'SendMessage', conversationId: '88', text: 'Hi', opening };
const markAll = { type: 'MarkRead', conversationId: '88', marks: { what: 'everything' } };

describe('what clients send', () => {
  test.each([
    ['join_conversation', 88, join],
    ['join_conversation', '88', join],
    ['join_conversation', { conversationId: 88 }, join],
    ['leave_conversation', 88, leave],
    ['leave_conversation', { conversationId: '88' }, leave],
    ['send_message', { conversationId: 88, content: 'Hi' }, send],
    ['send_message', { conversationId: 88, content: 'Hi', toUserId: null }, send],
    [
      'send_message',
      { conversationId: 88, content: 'Hi', toUserId: 52 },
      { ...send, opening: { kind: 'direct', toUserId: '52' } },
    ],
    ['send_message', { conversationId: 88, content: 'Hi', clientMessageId: 'c1' }, { ...send, clientMessageId: 'c1' }],
    [
      'send_message',
      { conversationId: 88, content: 'Hi', metadata: { clientMessageId: 'c1' } },
      { ...send, clientMessageId: 'c1' },
    ],
    ['mark_read', { conversationId: 88 }, markAll],
    ['mark_read', 88, markAll],
    ['typing_start', { conversationId: 88, toUserId: 52 }, { type: 'SetTyping', conversationId: '88', isTyping: true }],
    ['typing_stop', { conversationId: 88 }, { type: 'SetTyping', conversationId: '88', isTyping: false }],
  ])('%s %j', (event, payload, request) => {
    expect(read(direct, event, payload)).toEqual(request);
  });

  test.each([
    ['join_conversation', undefined],
    ['join_conversation', -1],
    ['leave_conversation', {}],
    ['send_message', { content: 'Hi' }],
    ['send_message', { conversationId: 88, content: 5 }],
    ['send_message', { conversationId: 88, content: 'Hi', toUserId: { id: 52 } }],
    ['mark_read', { conversationId: 1.5 }],
    ['typing_start', { toUserId: 52 }],
    ['typing_stop', null],
  ])('%s %j does not fit', (event, payload) => {
    expect(read(direct, event, payload)).toBe('unfit');
  });

  test.each([{}, { content: null }, { content: ' ' }])('%j is missing content', (content) => {
    expect(read(direct, 'send_message', { conversationId: 88, ...content })).toMatchObject({
      refused: 'MISSING_CONTENT',
    });
  });
});

describe('what they are answered', () => {
  test('send_message: the message as it is heard, to the acknowledgement alone', () => {
    const given = { message: plain, isRepeat: false };
    expect(answered(direct, 'send_message', 'SendMessage', given)).toEqual({ frames: [], ack: heard });
  });

  test('the others: an empty acknowledgement', () => {
    const nothing = { frames: [], ack: {} };
    const user = plain.sender;
    const joined = { conversationId: '88', messages: [], presentUsers: [user], user };
    const marked = { conversationId: '88', userId: '41', messageIds: [] };
    expect(answered(direct, 'join_conversation', 'JoinConversation', joined)).toEqual(nothing);
    expect(answered(direct, 'leave_conversation', 'LeaveConversation', { conversationId: '88' })).toEqual(nothing);
    expect(answered(direct, 'mark_read', 'MarkRead', marked)).toEqual(nothing);
    expect(answered(direct, 'typing_start', 'SetTyping', {})).toEqual(nothing);
    expect(answered(direct, 'typing_stop', 'SetTyping', {})).toEqual(nothing);
  });
});

describe('what is heard', () => {
  const typing = { conversationId: 88, userId: 41 };
  const read = { ...typing, readAt: atMilliseconds };
  const notification = {
    id: 61,
    user_id: 41,
    title: 'Kettle',
    message: 'It boils',
    type: 'kettle_boils',
    created_at: atMilliseconds,
  };
  test.each([
    [
      'MessageSent',
      [
        ['new_message', 'joined', heard],
        ['message_notification', 'otherMembers', notified],
        ['new_message', 'joined', { ...heard, ...rich }],
        ['message_notification', 'otherMembers', { ...notified, ...rich }],
        ['new_message', 'joined', { ...heard, ...file }],
        ['message_notification', 'otherMembers', { ...notified, ...file }],
      ],
    ],
    [
      'ReadCursorMoved',
      [
        ['messages_read', 'joinedAndActor', read],
        ['messages_read', 'joinedAndActor', read],
      ],
    ],
    [
      'TypingChanged',
      [
        ['typing_start', 'joinedOthers', typing],
        ['typing_stop', 'joinedOthers', typing],
      ],
    ],
    ['NotificationCreated', [['new_notification', 'user', notification]]],
    ['PresentUsersChanged', []],
    ['MemberJoined', []],
    ['MemberLeft', []],
  ] as const)('%s', (type, frames) => {
    const spoken = events[type].flatMap((event) => said(direct, event));
    expect(spoken).toStrictEqual(frames.map(([name, to, payload]) => ({ name, to, payload })));
  });

  test('by listeners that have not spoken: notifications only', () => {
    const silent = Object.values(direct.outbound).flatMap((rows) =>
      rows === 'silent' ? [] : rows.filter((row) => row.forSilentListeners).map((row) => row.name),
    );
    expect(silent.toSorted()).toEqual(['message_notification', 'new_notification']);
  });
});

test('an error holds its words', () => {
  expect(refusal(direct, { refused: 'NOT_FOUND', message: 'It is not found' }, 'mark_read')).toEqual({
    message: 'It is not found',
  });
});

asksForRevisions(direct, {
  edit: 'edit_message',
  delete: 'delete_message',
  react: 'react',
  conversationId: 'conversationId',
  text: 'content',
});
