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
import {
  bothThere,
  comesOrGoes,
  error,
  joins,
  joinsAgain,
  message,
  presence,
  receipt,
  roomId,
  sends,
} from './messaging.ts';

describe('messaging: rooms', () => {
  transcript('joining is told to everyone in the room, the newcomer included', [
    ...bothThere,
    asks('ann', 'leaveRoom', roomId),
    hears('ann', 'userLeftRoom', comesOrGoes('1', 'ann leaves')),
    hearsInAnyOrder('ann', frame('leftRoom', roomId), ack('leaveRoom', { event: 'leftRoom', data: roomId })),
    hears('bob', 'userLeftRoom', comesOrGoes('1', 'ann leaves')),
    ...sends('bob', { content: 'Ann?' }, [], 'ann', message('ann', 'Ann?', '2')),
  ]);

  transcript('joining is answered by event and acknowledgement, however the room is named', [
    connects('ann', 'messaging'),
    asks('ann', 'joinRoom', roomId),
    hears('ann', 'userJoinedRoom', comesOrGoes('1', 'ann joins')),
    hears('ann', 'joinedRoom', roomId),
    isAnswered('ann', 'joinRoom', { event: 'joinedRoom', data: roomId }),
    asks('ann', 'joinRoom', { roomId }),
    hears('ann', 'joinedRoom', roomId),
    isAnswered('ann', 'joinRoom', { event: 'joinedRoom', data: roomId }),
    says('ann', 'joinRoom', 5),
    hears('ann', 'userJoinedRoom', { userId: '1', roomId: '5', timestamp: timeOf('ann joins 5') }),
    hears('ann', 'joinedRoom', '5'),
    says('ann', 'leaveRoom', '5'),
    hears('ann', 'userLeftRoom', { userId: '1', roomId: '5', timestamp: timeOf('ann leaves 5') }),
    hears('ann', 'leftRoom', '5'),
    says('ann', 'leaveRoom', 'never-heard-of'),
    hears('ann', 'leftRoom', 'never-heard-of'),
  ]);

  transcript('a second tab neither comes nor goes', [
    ...bothThere,
    connects('bob/tab', 'messaging'),
    ...joinsAgain('bob/tab'),
    ...sends('ann', { content: 'Hi' }, ['bob', 'bob/tab'], 'hi', message('hi', 'Hi')),
    says('bob', 'leaveRoom', roomId),
    hears('bob', 'leftRoom', roomId),
    nobodyHearsMore,
    says('bob/tab', 'leaveRoom', roomId),
    hears(['ann', 'bob/tab'], 'userLeftRoom', comesOrGoes('2', 'bob leaves')),
    hears('bob/tab', 'leftRoom', roomId),
  ]);

  transcript(
    'losing the transport is no leaving',
    [
      ...bothThere,
      losesTransport('bob'),
      hears('ann', 'presenceUpdate', presence('2', 'offline', 'bob goes')),
      connects('bob', 'messaging'),
      hears('ann', 'presenceUpdate', presence('2', 'online', 'bob is back')),
      ...joinsAgain('bob'),
    ],
    { PRESENCE_GRACE_MS: '100' },
  );

  transcript('joining and speaking in one breath', [
    connects('ann', 'messaging'),
    says('ann', 'joinRoom', roomId),
    says('ann', 'sendMessage', { roomId, content: 'Hi' }),
    hears('ann', 'userJoinedRoom', comesOrGoes('1', 'ann joins')),
    hearsInAnyOrder(
      'ann',
      frame('joinedRoom', roomId),
      frame('newMessage', message('hi', 'Hi')),
      frame('messageSent', receipt('hi')),
    ),
  ]);

  transcript('sending enters, and is told as a join without a join answer', [
    connects('ann', 'messaging'),
    ...joins('ann'),
    connects('bob', 'messaging'),
    asks('bob', 'sendMessage', { roomId, content: 'Hi' }),
    hears(['ann', 'bob'], 'userJoinedRoom', comesOrGoes('2', 'bob joins')),
    hears(['ann', 'bob'], 'newMessage', message('hi', 'Hi', '2')),
    hears('bob', 'messageSent', receipt('hi')),
    isAnswered('bob', 'sendMessage', { event: 'messageSent', data: receipt('hi') }),
  ]);

  transcript('whoever is removed over HTTP is told so with the others, and stays out until added again', [
    ...bothThere,
    calls('host', `DELETE /api/v1/conversations/${roomId}/members/2`, undefined, 204),
    hears(['ann', 'bob'], 'userLeftRoom', comesOrGoes('2', 'bob is removed')),
    says('bob', 'joinRoom', roomId),
    hears('bob', 'error', error('joinRoom', 'NOT_FOUND', /not found/)),
    says('bob', 'sendMessage', { roomId, content: 'Hi' }),
    hears('bob', 'error', error('sendMessage', 'NOT_FOUND', /not found/)),
    ...sends('ann', { content: 'Alone' }, [], 'alone', message('alone', 'Alone')),
    calls('host', `POST /api/v1/conversations/${roomId}/members`, { userId: 2 }, 201),
    says('bob', 'joinRoom', roomId),
    hears(['ann', 'bob'], 'userJoinedRoom', comesOrGoes('2', 'bob joins again')),
    hears('bob', 'joinedRoom', roomId),
  ]);
});

describe('messaging: messages', () => {
  const attachment = { url: 'https://files.example.org/cups.jpg', type: 'image/jpeg', name: 'cups.jpg' };

  transcript('a message carries its reply, attachment and metadata', [
    ...bothThere,
    ...sends('ann', { content: 'One' }, ['bob'], 'one', message('one', 'One')),
    ...sends(
      'bob',
      { content: 'Two', replyToId: the('one'), attachment, metadata: { customField: 'value', deep: [{ a: null }] } },
      ['ann'],
      'two',
      message('two', 'Two', '2', {
        replyToId: the('one'),
        attachment,
        metadata: { customField: 'value', deep: [{ a: null }] },
      }),
    ),
    ...sends('ann', { attachment: { url: attachment.url } }, ['bob'], 'file', {
      ...message('file', ''),
      attachment: { url: attachment.url },
    }),
    ...sends(
      'ann',
      { content: 'Nothing', replyToId: null, attachment: null, metadata: null },
      ['bob'],
      'nothing',
      message('nothing', 'Nothing'),
    ),
  ]);

  transcript('placeholders do no harm, and an answer to nothing is refused', [
    connects('ann', 'messaging'),
    ...joins('ann'),
    ...sends('ann', { content: 'Hi', replyToId: 'message-id-to-reply-to' }, [], 'hi', message('hi', 'Hi')),
    says('ann', 'sendMessage', { roomId, content: 'Hi', replyToId: '999999' }),
    hears('ann', 'error', error('sendMessage', 'MESSAGE_NOT_FOUND', /not found/)),
    says('ann', 'sendMessage', { roomId: 'other', content: 'Hi', replyToId: the('hi') }),
    hears('ann', 'error', error('sendMessage', 'MESSAGE_NOT_FOUND', /not found/)),
  ]);

  transcript('a payload cannot overwrite what the server writes', [
    connects('ann', 'messaging'),
    ...joins('ann'),
    ...sends(
      'ann',
      { content: 'Hi', id: '7', sender: '2', timestamp: 'never', status: 'read', metadata: { id: 'x', sender: 'y' } },
      [],
      'hi',
      message('hi', 'Hi', '1', { metadata: { id: 'x', sender: 'y' } }),
    ),
  ]);

  transcript('the same clientMessageId says a thing once', [
    ...bothThere,
    ...sends('ann', { content: 'Once', clientMessageId: 'c1' }, ['bob'], 'once', message('once', 'Once')),
    asks('ann', 'sendMessage', { roomId, content: 'Twice', clientMessageId: 'c1' }),
    hears('ann', 'messageSent', receipt('once')),
    isAnswered('ann', 'sendMessage', { event: 'messageSent', data: receipt('once') }),
    says('ann', 'sendMessage', { roomId, content: 'Thrice', clientMessageId: 'c1' }),
    hears('ann', 'newMessage', message('once', 'Once')),
    hears('ann', 'messageSent', receipt('once')),
    ...sends('ann', { content: 'Other', metadata: { clientMessageId: 'c2' } }, ['bob'], 'other', {
      ...message('other', 'Other'),
      metadata: { clientMessageId: 'c2' },
    }),
    asks('ann', 'sendMessage', { roomId, content: 'Other', metadata: { clientMessageId: 'c2' } }),
    hears('ann', 'messageSent', receipt('other')),
    isAnswered('ann', 'sendMessage', { event: 'messageSent', data: receipt('other') }),
  ]);

  transcript('users and rooms are strings, whatever they were sent as', [
    connects('dan', 'messaging'),
    says('dan', 'sendMessage', { roomId: 42, content: 'Hi' }),
    hears('dan', 'userJoinedRoom', { userId: 'dan-uuid', roomId: '42', timestamp: timeOf('dan joins') }),
    hears('dan', 'newMessage', { ...message('hi', 'Hi', 'dan-uuid'), roomId: '42' }),
    hears('dan', 'messageSent', receipt('hi')),
  ]);
});

describe('messaging: refusals', () => {
  transcript('what cannot be read is answered with its event and a code, and ends nothing', [
    ...bothThere,
    ...[
      'joinRoom',
      'leaveRoom',
      'sendMessage',
      'typingIndicator',
      'presenceUpdate',
      'readReceipt',
      'syncMessages',
    ].flatMap((event): Line[] => [
      says('ann', event),
      hears('ann', 'error', error(event, 'INVALID')),
      ...[null, true, [], {}, { roomId: null }, { roomId: {} }].flatMap((payload): Line[] => [
        asks('ann', event, payload),
        hears('ann', 'error', error(event, 'INVALID')),
        isAnswered('ann', event, { event: 'error', data: error(event, 'INVALID') }),
      ]),
    ]),
    says('ann', 'sendMessage', { roomId }),
    hears('ann', 'error', error('sendMessage', 'MISSING_CONTENT', /Message content is missing/)),
    says('ann', 'sendMessage', { roomId, content: ' ' }),
    hears('ann', 'error', error('sendMessage', 'MISSING_CONTENT')),
    says('ann', 'sendMessage', { roomId, content: 'Hi', attachment: { url: 'file:///etc/passwd' } }),
    hears('ann', 'error', error('sendMessage', 'INVALID', /attachment/)),
    says('ann', 'sendMessage', { roomId, content: 'x'.repeat(16_385) }),
    hears('ann', 'error', error('sendMessage', 'TOO_LARGE')),
    says('ann', 'sendMessage', { roomId, content: 'Hi', metadata: { much: 'x'.repeat(90_000) } }),
    hears('ann', 'error', error('sendMessage', 'TOO_LARGE')),
    asks('ann', 'nonsense', 1),
    hears('ann', 'error', error('nonsense', 'UNKNOWN_EVENT')),
    isAnswered('ann', 'nonsense', { event: 'error', data: error('nonsense', 'UNKNOWN_EVENT') }),
    ...sends('ann', { content: 'Still here' }, ['bob'], 'still', message('still', 'Still here')),
  ]);

  transcript('strangers are told of a room that is not theirs as of one that does not exist', [
    calls('host', 'POST /api/v1/conversations', { id: roomId, kind: 'group', members: [1] }, 201),
    connects('bob', 'messaging'),
    ...(
      [
        ['joinRoom', roomId],
        ['sendMessage', { roomId, content: 'Hi' }],
        ['typingIndicator', { roomId, isTyping: true }],
        ['readReceipt', { roomId, messageId: '1' }],
        ['syncMessages', { roomId }],
        ['typingIndicator', { roomId: 'nowhere', isTyping: true }],
        ['readReceipt', { roomId: 'nowhere', messageId: '1' }],
        ['syncMessages', { roomId: 'nowhere' }],
      ] as const
    ).flatMap(([event, payload]) => [
      says('bob', event, payload),
      hears('bob', 'error', {
        code: 'NOT_FOUND',
        message: 'Conversation not found. Check the id, or ask to be added to it.',
        event,
      }),
    ]),
  ]);

  transcript(
    'without AUTO_CREATE an unknown room is not found',
    [
      connects('ann', 'messaging'),
      says('ann', 'joinRoom', roomId),
      hears('ann', 'error', error('joinRoom', 'NOT_FOUND', /not found/)),
      says('ann', 'sendMessage', { roomId, content: 'Hi' }),
      hears('ann', 'error', error('sendMessage', 'NOT_FOUND', /not found/)),
      calls('host', 'POST /api/v1/conversations', { id: roomId, kind: 'open' }, 201),
      ...joins('ann'),
    ],
    { AUTO_CREATE: 'off' },
  );

  transcript('without a good token nobody comes in', [
    isRefused('ann', 'messaging', 'Authentication error', { by: 'nothing' }),
    isRefused('ann', 'messaging', 'Authentication error', { by: 'query', token: 'nonsense' }),
  ]);
});

describe.each([2, 3, 4] as const)('messaging: socket.io-client %i', (age) => {
  for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
    transcript(`speaks and hears over ${transports.join(', then ')}`, [
      connects('ann', 'messaging', { age, by: 'query', transports }),
      ...joins('ann'),
      asks('ann', 'sendMessage', { roomId, content: 'Hi' }),
      hears('ann', 'newMessage', message('hi', 'Hi')),
      hears('ann', 'messageSent', receipt('hi')),
      isAnswered('ann', 'sendMessage', { event: 'messageSent', data: receipt('hi') }),
      asks('ann', 'heartbeat'),
      isAnswered('ann', 'heartbeat', {}),
    ]);
  }
});
