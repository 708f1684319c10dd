import { describe, expect, test } from 'vitest';
import {
  ada,
  answered,
  at,
  atMilliseconds,
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
import { messaging } from './dialect.ts';

keepsTheLaws(messaging);

const heard = { id: '1207', content: 'Tea at four?', sender: '41', roomId: '88', timestamp: atMilliseconds };
const heardRich = {
  id: '1208',
  content: 'Look',
  sender: 'b-7',
  roomId: 'tea-room',
  timestamp: atMilliseconds,
  replyToId: '1207',
  attachment: { url: 'https://files.example.org/cups.png', type: 'image/png', name: 'cups.png' },
  metadata: { mood: 'merry' },
};
const opening = { kind: 'open' };
const join = { type: 'JoinConversation', conversationId: 'tea', opening, history: { want: 'none' } };
const send = { type: 'SendMessage', conversationId: 'tea', opening };
const sync = { type: 'SyncMessages', conversationId: 'tea' };
const url = 'https://files.example.org/a.png';

describe('what clients send', () => {
  test.each([
    ['joinRoom', 'tea', join],
    ['joinRoom', { roomId: 'tea' }, join],
    ['joinRoom', 7, { ...join, conversationId: '7' }],
    ['leaveRoom', 'tea', { type: 'LeaveConversation', conversationId: 'tea' }],
    ['leaveRoom', { roomId: 'tea' }, { type: 'LeaveConversation', conversationId: 'tea' }],
    ['sendMessage', { roomId: 'tea', content: 'Hi' }, { ...send, text: 'Hi' }],
    [
      'sendMessage',
      {
        roomId: 'tea',
        content: 'Hi',
        replyToId: '12',
        attachment: { url, type: 'image/png', name: 'a' },
        metadata: { a: [1] },
      },
      { ...send, text: 'Hi', replyToId: 12, attachment: { url, type: 'image/png', name: 'a' }, metadata: { a: [1] } },
    ],
    ['sendMessage', { roomId: 'tea', attachment: { url, type: null } }, { ...send, text: '', attachment: { url } }],
    [
      'sendMessage',
      { roomId: 'tea', content: 'Hi', replyToId: 'the-one-before', attachment: null, metadata: null },
      { ...send, text: 'Hi' },
    ],
    [
      'sendMessage',
      { roomId: 'tea', content: 'Hi', id: '1', sender: 'eve', timestamp: 'never' },
      { ...send, text: 'Hi' },
    ],
    [
      'sendMessage',
      { roomId: 'tea', content: 'Hi', metadata: { clientMessageId: 'inside' }, clientMessageId: 'beside' },
      { ...send, text: 'Hi', metadata: { clientMessageId: 'inside' }, clientMessageId: 'beside' },
    ],
    [
      'typingIndicator',
      { roomId: 'tea', isTyping: true },
      { type: 'SetTyping', conversationId: 'tea', isTyping: true },
    ],
    ['presenceUpdate', { status: 'busy' }, { type: 'SetPresence', status: 'busy' }],
    [
      'readReceipt',
      { roomId: 'tea', messageId: '12' },
      { type: 'MarkRead', conversationId: 'tea', marks: { what: 'upTo', messageId: 12 } },
    ],
    [
      'readReceipt',
      { roomId: 'tea', messageId: 'the-newest' },
      { type: 'MarkRead', conversationId: 'tea', marks: { what: 'upTo', messageId: 0 } },
    ],
    ['heartbeat', undefined, { type: 'Heartbeat' }],
    ['heartbeat', { any: 'thing' }, { type: 'Heartbeat' }],
    ['syncMessages', { roomId: 'tea' }, { ...sync, limit: 50 }],
    ['syncMessages', { roomId: 'tea', lastMessageId: '9', limit: 7 }, { ...sync, after: 9, limit: 7 }],
    ['syncMessages', { roomId: 'tea', lastMessageId: 0, limit: 0 }, { ...sync, after: 0, limit: 1 }],
    ['syncMessages', { roomId: 'tea', lastMessageId: 'newest', limit: 5000 }, { ...sync, limit: 500 }],
    ['syncMessages', { roomId: 'tea', lastMessageId: null, limit: null }, { ...sync, limit: 50 }],
  ])('%s %j', (event, payload, request) => {
    expect(read(messaging, event, payload)).toEqual(request);
  });

  test.each([
    ['joinRoom', undefined],
    ['joinRoom', { room: 'tea' }],
    ['sendMessage', { content: 'Hi' }],
    ['sendMessage', { roomId: 'tea', content: ['Hi'] }],
    ['sendMessage', { roomId: 'tea', content: 'Hi', metadata: 'text' }],
    ['sendMessage', { roomId: 'tea', content: 'Hi', metadata: [] }],
    ['sendMessage', { roomId: 'tea', attachment: {} }],
    ['typingIndicator', { roomId: 'tea', isTyping: 'yes' }],
    ['presenceUpdate', { status: 'asleep' }],
    ['readReceipt', { roomId: 'tea' }],
    ['syncMessages', { roomId: 'tea', limit: '10' }],
    ['syncMessages', { roomId: 'tea', limit: 1.5 }],
  ])('%s %j does not fit', (event, payload) => {
    expect(read(messaging, event, payload)).toBe('unfit');
  });

  test.each([{}, { content: '' }, { content: '\t ' }, { content: null }])('%j is missing content', (content) => {
    expect(read(messaging, 'sendMessage', { roomId: 'tea', ...content })).toMatchObject({ refused: 'MISSING_CONTENT' });
  });

  test('an attachment that is no web address is refused by name', () => {
    const payload = { roomId: 'tea', content: 'Hi', attachment: { url: 'data:text/html,x' } };
    expect(read(messaging, 'sendMessage', payload)).toEqual({
      refused: 'INVALID',
      message: expect.stringContaining('attachment.url'),
    });
  });

  test('metadata keeps hostile keys as plain keys', () => {
    const payload: unknown = JSON.parse(
      '{"roomId":"tea","content":"Hi","metadata":{"__proto__":{"polluted":1},"constructor":2}}',
    );
    const request = read(messaging, 'sendMessage', payload);
    expect(JSON.stringify(request)).toContain('"metadata":{"__proto__":{"polluted":1},"constructor":2}');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test.each([
    ['that is nested without end', JSON.parse(`${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`)],
    ['with binary parts', { picture: Buffer.from('x') }],
    ['with a number that JSON cannot write', JSON.parse('{"a":1e999}')],
  ])('metadata %s is refused', (_, metadata) => {
    expect(read(messaging, 'sendMessage', { roomId: 'tea', content: 'Hi', metadata })).toEqual({
      refused: 'INVALID',
      message: expect.stringContaining('metadata'),
    });
  });
});

describe('what they are answered', () => {
  const conversationId = 'tea';

  test('joinRoom: the room, as an event and to the acknowledgement', () => {
    const answer = { conversationId, messages: [], presentUsers: [ada], user: ada };
    expect(answered(messaging, 'joinRoom', 'JoinConversation', answer)).toEqual({
      frames: [{ name: 'joinedRoom', payload: 'tea' }],
      ack: { event: 'joinedRoom', data: 'tea' },
    });
  });

  test('leaveRoom: the room', () => {
    expect(answered(messaging, 'leaveRoom', 'LeaveConversation', { conversationId })).toEqual({
      frames: [{ name: 'leftRoom', payload: 'tea' }],
      ack: { event: 'leftRoom', data: 'tea' },
    });
  });

  test.each([true, false])('sendMessage: a receipt (repeated: %j)', (isRepeat) => {
    const receipt = { id: '1207', timestamp: atMilliseconds, status: 'sent' };
    expect(answered(messaging, 'sendMessage', 'SendMessage', { message: plain, isRepeat })).toEqual({
      frames: [{ name: 'messageSent', payload: receipt }],
      ack: { event: 'messageSent', data: receipt },
    });
  });

  test('syncMessages: the messages, oldest first, then how many they were', () => {
    const answer = { conversationId, messages: [plain, rich], toldBefore: 3, hasMore: true };
    const complete = { roomId: 'tea', syncedMessageCount: 5, hasMore: true };
    expect(answered(messaging, 'syncMessages', 'SyncMessages', answer)).toEqual({
      frames: [
        { name: 'newMessage', payload: heard },
        { name: 'newMessage', payload: heardRich },
        { name: 'syncComplete', payload: complete },
      ],
      ack: { event: 'syncComplete', data: complete },
    });
  });

  test('the others: an empty acknowledgement', () => {
    const nothing = { frames: [], ack: {} };
    const marked = { conversationId, userId: '41', messageIds: [12] };
    expect(answered(messaging, 'readReceipt', 'MarkRead', marked)).toEqual(nothing);
    expect(answered(messaging, 'typingIndicator', 'SetTyping', {})).toEqual(nothing);
    expect(answered(messaging, 'presenceUpdate', 'SetPresence', {})).toEqual(nothing);
    expect(answered(messaging, 'heartbeat', 'Heartbeat', {})).toEqual(nothing);
  });
});

describe('what everybody hears', () => {
  const user = { userId: '41', roomId: '88', timestamp: atMilliseconds };
  test.each([
    [
      'MessageSent',
      [
        ['newMessage', 'joined', heard],
        ['newMessage', 'joined', heardRich],
        ['newMessage', 'joined', { ...heard, content: '', attachment: { url: fileOnly.attachment?.url } }],
      ],
    ],
    [
      'ReadCursorMoved',
      [
        ['messageRead', 'joined', { messageId: '9', userId: '41', roomId: '88' }],
        ['messageRead', 'joined', { messageId: '9', userId: '41', roomId: '88' }],
      ],
    ],
    [
      'TypingChanged',
      [
        ['userTyping', 'joined', { userId: '41', roomId: '88', isTyping: true }],
        ['userTyping', 'joined', { userId: '41', roomId: '88', isTyping: false }],
      ],
    ],
    [
      'PresenceChanged',
      [['presenceUpdate', 'acquaintances', { userId: '41', status: 'away', lastActive: atMilliseconds }]],
    ],
    ['MemberJoined', [['userJoinedRoom', 'joined', user]]],
    ['MemberLeft', [['userLeftRoom', 'joined', user]]],
    ['MemberRemoved', [['userLeftRoom', 'joined', user]]],
    ['PresentUsersChanged', []],
    ['StatusChanged', []],
    ['NotificationCreated', []],
  ] as const)('%s', (type, frames) => {
    const spoken = events[type].flatMap((event) => said(messaging, event));
    expect(spoken).toStrictEqual(frames.map(([name, to, payload]) => ({ name, to, payload })));
  });

  test('nothing to listeners that have not spoken', () => {
    expect(JSON.stringify(messaging.outbound)).not.toContain('forSilentListeners');
  });
});

describe('an error', () => {
  test('says what was refused, and when to come back', () => {
    const refused = { refused: 'RATE_LIMITED', message: 'Slow down', retryAfterMs: 250 } as const;
    expect(refusal(messaging, refused, 'sendMessage')).toEqual({
      code: 'RATE_LIMITED',
      message: 'Slow down',
      event: 'sendMessage',
      retryAfterMs: 250,
    });
  });

  test('has an empty event where there was none, and no time where trying again does not help', () => {
    expect(refusal(messaging, { refused: 'MALFORMED', message: 'No JSON' })).toStrictEqual({
      code: 'MALFORMED',
      message: 'No JSON',
      event: '',
    });
  });
});

test('presence times are those of the event, not of its telling', () => {
  const event = {
    type: 'PresenceChanged',
    userId: '41',
    status: 'offline',
    lastActive: at - 9,
    actorId: '41',
  } as const;
  expect(said(messaging, event)).toMatchObject([{ payload: { lastActive: '2031-04-05T06:07:08.000Z' } }]);
});

asksForRevisions(messaging, {
  edit: 'editMessage',
  delete: 'deleteMessage',
  react: 'react',
  conversationId: 'roomId',
  text: 'content',
});
