import { describe, expect, test } from 'vitest';
import {
  ada,
  answered,
  atMilliseconds,
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
import { asksForRevisions } from '../revisions.contract.ts';
import { support } from './dialect.ts';

keepsTheLaws(support);

const heard = {
  id: '1207',
  chatId: '88',
  senderId: 41,
  text: 'Tea at four?',
  createdAt: atMilliseconds,
  sender: { id: 41, email: 'ada@example.org', role: 'USER' },
};
const heardRich = {
  id: '1208',
  chatId: 'tea-room',
  senderId: 'b-7',
  text: 'Look',
  fileUrl: 'https://files.example.org/cups.png',
  replyToId: '1207',
  replyTo: heard,
  createdAt: atMilliseconds,
  sender: { id: 'b-7', email: '', role: 'ADMIN' },
};
const { text, ...heardFile } = { ...heard, fileUrl: 'https://files.example.org/x' };

const opening = { kind: 'support' };
const join = { type: 'JoinConversation', conversationId: 'c9', opening, history: { want: 'newest', limit: 50 } };
const send = { type: 'SendMessage', conversationId: 'c9', text: 'Hi', opening };
const marks = { type: 'MarkRead', conversationId: 'c9' };

describe('what clients send', () => {
  test.each([
    ['joinChat', 'c9', join],
    ['joinChat', { chatId: 'c9' }, join],
    ['joinChat', 9, { ...join, conversationId: '9' }],
    ['leaveChat', 'c9', { type: 'LeaveConversation', conversationId: 'c9' }],
    ['leaveChat', { chatId: 'c9' }, { type: 'LeaveConversation', conversationId: 'c9' }],
    ['sendMessage', { chatId: 'c9', message: { text: 'Hi' } }, send],
    ['sendMessage', { chatId: 'c9', text: 'Hi' }, send],
    ['sendMessage', { chatId: 'c9', text: 'Hi', message: null }, send],
    ['sendMessage', { chatId: 'c9', message: { text: 'Hi', replyToId: '12' } }, { ...send, replyToId: 12 }],
    ['sendMessage', { chatId: 'c9', text: 'Hi', replyToId: 12, fileId: '' }, { ...send, replyToId: 12 }],
    ['sendMessage', { chatId: 'c9', message: { text: 'Hi', replyToId: 'optional', fileId: null } }, send],
    ['sendMessage', { chatId: 'c9', message: { fileId: 'f1' } }, { ...send, text: '', fileId: 'f1' }],
    ['sendMessage', { chatId: 'c9', fileId: 7 }, { ...send, text: '', fileId: '7' }],
    [
      'sendMessage',
      { chatId: 'c9', message: { text: 'Hi' }, clientMessageId: 'c1' },
      { ...send, clientMessageId: 'c1' },
    ],
    [
      'sendMessage',
      { chatId: 'c9', message: { text: 'Hi', clientMessageId: 'c1' } },
      { ...send, clientMessageId: 'c1' },
    ],
    [
      'sendMessage',
      { chatId: 'c9', text: 'Hi', metadata: { clientMessageId: 'c1' } },
      { ...send, clientMessageId: 'c1' },
    ],
    ['typing', { chatId: 'c9', isTyping: false }, { type: 'SetTyping', conversationId: 'c9', isTyping: false }],
    [
      'readMessages',
      { chatId: 'c9', messageIds: ['7', 8] },
      { ...marks, marks: { what: 'messages', messageIds: [7, 8] } },
    ],
    [
      'readMessages',
      { chatId: 'c9', messageIds: ['first', ''] },
      { ...marks, marks: { what: 'messages', messageIds: [] } },
    ],
    ['getActiveUsers', 'c9', { type: 'ListPresentUsers', conversationId: 'c9' }],
    ['getActiveUsers', { chatId: 'c9' }, { type: 'ListPresentUsers', conversationId: 'c9' }],
  ])('%s %j', (event, payload, request) => {
    expect(read(support, event, payload)).toEqual(request);
  });

  test.each([
    ['joinChat', null],
    ['joinChat', ''],
    ['joinChat', { chat: 'c9' }],
    ['sendMessage', { message: { text: 'Hi' } }],
    ['sendMessage', { chatId: 'c9', message: { text: 5 } }],
    ['sendMessage', { chatId: 'c9', message: { fileId: {} } }],
    ['sendMessage', { chatId: 'c9', message: ['Hi'] }],
    ['typing', { chatId: 'c9' }],
    ['typing', { chatId: 'c9', isTyping: 1 }],
    ['readMessages', { chatId: 'c9' }],
    ['readMessages', { chatId: 'c9', messageIds: '7' }],
    ['readMessages', { chatId: 'c9', messageIds: [null] }],
    ['getActiveUsers', undefined],
  ])('%s %j does not fit', (event, payload) => {
    expect(read(support, event, payload)).toBe('unfit');
  });

  test.each([
    { chatId: 'c9' },
    { chatId: 'c9', message: {} },
    { chatId: 'c9', message: { text: '  ', fileId: '' } },
    { chatId: 'c9', message: { replyToId: '12' }, text: '' },
  ])('%j is missing content', (payload) => {
    expect(read(support, 'sendMessage', payload)).toMatchObject({ refused: 'MISSING_CONTENT' });
  });
});

describe('what they are answered, as an event and to the acknowledgement', () => {
  const answer = (name: string, payload: object | string) => ({
    frames: [{ name, payload }],
    ack: { event: name, data: payload },
  });

  test('joinChat: the chat and its newest messages', () => {
    const given = { conversationId: '88', messages: [plain, rich], presentUsers: [ada], user: ada };
    expect(answered(support, 'joinChat', 'JoinConversation', given)).toEqual(
      answer('joinedChat', { chatId: '88', messages: [heard, heardRich] }),
    );
  });

  test('leaveChat: the chat', () => {
    expect(answered(support, 'leaveChat', 'LeaveConversation', { conversationId: '88' })).toEqual(
      answer('leftChat', '88'),
    );
  });

  test.each([true, false])('sendMessage: the message (repeated: %j)', (isRepeat) => {
    const given = { message: rich, isRepeat };
    expect(answered(support, 'sendMessage', 'SendMessage', given)).toEqual(answer('messageSent', heardRich));
  });

  test('readMessages: each message with its reader', () => {
    const given = { conversationId: '88', userId: '41', messageIds: [9, 7] };
    expect(answered(support, 'readMessages', 'MarkRead', given)).toEqual(
      answer('messagesMarkedRead', [
        { id: '9', readBy: 41 },
        { id: '7', readBy: 41 },
      ]),
    );
  });

  test('getActiveUsers: the users', () => {
    const given = { conversationId: '88', userIds: ['41', bea.id] };
    expect(answered(support, 'getActiveUsers', 'ListPresentUsers', given)).toEqual(
      answer('activeUsers', { chatId: '88', userIds: [41, 'b-7'] }),
    );
  });

  test('typing: an empty acknowledgement alone', () => {
    expect(answered(support, 'typing', 'SetTyping', {})).toEqual({ frames: [], ack: {} });
  });
});

describe('what the chat hears', () => {
  const typing = { userId: 41, email: 'ada@example.org', chatId: '88' };
  const came = { chatId: '88', userId: 41, timestamp: atMilliseconds };
  test.each([
    [
      'MessageSent',
      [
        ['newMessage', 'joined', heard],
        ['newMessage', 'joined', heardRich],
        ['newMessage', 'joined', heardFile],
      ],
    ],
    [
      'TypingChanged',
      [
        ['userTyping', 'joinedOthers', { ...typing, isTyping: true }],
        ['userTyping', 'joinedOthers', { ...typing, isTyping: false }],
      ],
    ],
    [
      'ReadCursorMoved',
      [
        ['messagesRead', 'joinedOthers', { userId: 41, messageIds: ['7', '9'], chatId: '88' }],
        ['messagesRead', 'joinedOthers', { userId: 41, messageIds: ['9'], chatId: '88' }],
      ],
    ],
    [
      'PresentUsersChanged',
      [
        ['participantUpdate', 'joinedOthers', { ...came, action: 'joined' }],
        ['participantUpdate', 'joinedOthers', { ...came, action: 'left' }],
      ],
    ],
    ['StatusChanged', [['chatStatusChanged', 'joinedAndParties', { chatId: '88', status: 'ACTIVE' }]]],
    ['MemberJoined', []],
    ['MemberLeft', []],
    ['PresenceChanged', []],
  ] as const)('%s', (type, frames) => {
    const spoken = events[type].flatMap((event) => said(support, event));
    expect(spoken).toStrictEqual(frames.map(([name, to, payload]) => ({ name, to, payload })));
  });

  test('a quoted message quotes no other', () => {
    const message = { ...rich, replyTo: { ...rich, id: 4 } };
    const event = { type: 'MessageSent', conversationId: '88', message, actorId: '41' } as const;
    const { replyTo, ...quoted } = heardRich;
    expect(said(support, event)).toMatchObject([{ payload: { replyTo: { ...quoted, id: '4' } } }]);
    expect(JSON.stringify(said(support, event)).match(/"replyTo":/g)).toHaveLength(1);
  });

  test('the fields of a message stand in the order in which the document shows them, also those of its quote', () => {
    const written = events.MessageSent.flatMap((event) => said(support, event)).map(({ payload }) =>
      JSON.stringify(payload),
    );
    expect(written.slice(0, 2)).toEqual([heard, heardRich].map((message) => JSON.stringify(message)));
  });

  test('a file alone has no text', () => {
    expect(fileOnly.text).toBe('');
    expect(heardFile).not.toHaveProperty('text');
  });
});

test('an error is a string', () => {
  expect(refusal(support, { refused: 'CONVERSATION_CLOSED', message: 'It is over' }, 'sendMessage')).toBe('It is over');
});

asksForRevisions(support, {
  edit: 'editMessage',
  delete: 'deleteMessage',
  react: 'reactToMessage',
  conversationId: 'chatId',
  text: 'text',
});
