import { describe } from 'vitest';
import { the, timeOf } from '../harness/match.ts';
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

const roomId = 'room-id';

/** A message as messaging writes it. */
const message = (name: string, content: string, sender = '1', more: object = {}) => ({
  id: the(name),
  content,
  sender,
  roomId,
  timestamp: timeOf(name),
  ...more,
});
const receipt = (name: string) => ({ id: the(name), timestamp: timeOf(name), status: 'sent' });
const comesOrGoes = (userId: string, name: string) => ({ userId, roomId, timestamp: timeOf(name) });
const presence = (userId: string, status: string, name: string) => ({ userId, status, lastActive: timeOf(name) });
const error = (event: string, code: string, message: RegExp = /./) => ({ code, message, event });

/** The user's first join of the room, heard by whoever is in it already. */
const joins = (who: string, others: readonly string[] = []): Line[] => {
  const name = who.split('/')[0] ?? who;
  const userId = { ann: '1', bob: '2', cat: '3', dan: 'dan-uuid' }[name] ?? '';
  return [
    says(who, 'joinRoom', roomId),
    hears([...others, who], 'userJoinedRoom', comesOrGoes(userId, `${name} joins`)),
    hears(who, 'joinedRoom', roomId),
  ];
};
const joinsAgain = (who: string): Line[] => [says(who, 'joinRoom', roomId), hears(who, 'joinedRoom', roomId)];
const sends = (who: string, payload: object, others: readonly string[], name: string, heard: object): Line[] => [
  says(who, 'sendMessage', { roomId, ...payload }),
  hears([who, ...others], 'newMessage', heard),
  hears(who, 'messageSent', receipt(name)),
];
/** Ann and Bob are in the room. */
const bothThere: Line[] = [
  connects('ann', 'messaging'),
  ...joins('ann'),
  connects('bob', 'messaging'),
  ...joins('bob', ['ann']),
];

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

describe('messaging: typing, reading, presence', () => {
  const typing = (userId: string, isTyping: boolean) => ({ userId, roomId, isTyping });

  transcript('everyone in the room hears who types, the typist included', [
    ...bothThere,
    asks('ann', 'typingIndicator', { roomId, isTyping: true }),
    hears(['ann', 'bob'], 'userTyping', typing('1', true)),
    isAnswered('ann', 'typingIndicator', {}),
    says('ann', 'typingIndicator', { roomId, isTyping: false }),
    hears(['ann', 'bob'], 'userTyping', typing('1', false)),
  ]);

  transcript(
    'typing stops by itself',
    [
      ...bothThere,
      says('bob', 'typingIndicator', { roomId, isTyping: true }),
      hears(['ann', 'bob'], 'userTyping', typing('2', true)),
      hears(['ann', 'bob'], 'userTyping', typing('2', false)),
    ],
    { TYPING_EXPIRES_MS: '200' },
  );

  transcript('everyone in the room hears what was read, the reader included; a mark only moves forward', [
    ...bothThere,
    ...sends('ann', { content: 'One' }, ['bob'], 'one', message('one', 'One')),
    ...sends('ann', { content: 'Two' }, ['bob'], 'two', message('two', 'Two')),
    asks('bob', 'readReceipt', { messageId: the('two'), roomId }),
    hears(['ann', 'bob'], 'messageRead', { messageId: the('two'), userId: '2', roomId }),
    isAnswered('bob', 'readReceipt', {}),
    asks('bob', 'readReceipt', { messageId: the('one'), roomId }),
    isAnswered('bob', 'readReceipt', {}),
    says('bob', 'readReceipt', { messageId: 'message-id', roomId }),
    hears('bob', 'error', error('readReceipt', 'MESSAGE_NOT_FOUND', /not found/)),
    says('bob', 'readReceipt', { messageId: '999999', roomId }),
    hears('bob', 'error', error('readReceipt', 'MESSAGE_NOT_FOUND', /not found/)),
  ]);

  transcript(
    'whoever shares a conversation hears of presence, in whichever dialect the other speaks',
    [
      ...bothThere,
      connects('cat', 'messaging'),
      asks('bob', 'presenceUpdate', { status: 'busy' }),
      isAnswered('bob', 'presenceUpdate', {}),
      hears('ann', 'presenceUpdate', presence('2', 'busy', 'bob is busy')),
      connects('bob/phone', 'kenz'),
      nobodyHearsMore,
      closes('bob'),
      passes(300),
      nobodyHearsMore,
      closes('bob/phone'),
      hears('ann', 'presenceUpdate', presence('2', 'offline', 'bob goes')),
      connects('bob/phone', 'kenz'),
      hears('ann', 'presenceUpdate', presence('2', 'online', 'bob is back')),
      ...(['online', 'offline', 'away', 'busy'] as const).flatMap((status) => [
        says('ann', 'presenceUpdate', { status }),
        says('ann', 'presenceUpdate', { status: 'asleep' }),
        hears('ann', 'error', error('presenceUpdate', 'INVALID')),
      ]),
    ],
    { PRESENCE_GRACE_MS: '100' },
  );

  transcript(
    'whoever is back in a moment was never offline',
    [...bothThere, closes('bob'), connects('bob', 'messaging'), passes(900), nobodyHearsMore],
    { PRESENCE_GRACE_MS: '700' },
  );

  transcript(
    'heartbeats that stop mean away, and the next one ends it',
    [
      ...bothThere,
      asks('bob', 'heartbeat'),
      isAnswered('bob', 'heartbeat', {}),
      hears('ann', 'presenceUpdate', presence('2', 'away', 'bob beats')),
      says('bob', 'heartbeat'),
      hears('ann', 'presenceUpdate', presence('2', 'online', 'bob beats again')),
      says('bob', 'presenceUpdate', { status: 'away' }),
      hears('ann', 'presenceUpdate', presence('2', 'away', 'bob says away')),
      says('bob', 'heartbeat', {}),
      nobodyHearsMore,
    ],
    { HEARTBEAT_AWAY_MS: '1000' },
  );
});

describe('messaging: catching up', () => {
  const five: Line[] = [
    connects('ann', 'messaging'),
    ...joins('ann'),
    ...[1, 2, 3, 4, 5].flatMap((n) => sends('ann', { content: `${n}` }, [], `m${n}`, message(`m${n}`, `${n}`))),
    connects('bob', 'messaging'),
    ...joins('bob', ['ann']),
  ];
  const synced = (who: string, from: number, to: number, hasMore: boolean): Line[] => [
    ...Array.from({ length: to - from + 1 }, (_, n) =>
      hears(who, 'newMessage', message(`m${from + n}`, `${from + n}`)),
    ),
    hears(who, 'syncComplete', { roomId, syncedMessageCount: to - from + 1, hasMore }),
  ];

  transcript('every missed message is sent, oldest first, then their true count', [
    ...five,
    asks('bob', 'syncMessages', { roomId, lastMessageId: the('m2'), limit: 50 }),
    ...synced('bob', 3, 5, false),
    isAnswered('bob', 'syncMessages', {
      event: 'syncComplete',
      data: { roomId, syncedMessageCount: 3, hasMore: false },
    }),
    says('bob', 'syncMessages', { roomId, lastMessageId: the('m2'), limit: 2 }),
    ...synced('bob', 3, 4, true),
    says('bob', 'syncMessages', { roomId, lastMessageId: the('m4'), limit: 1 }),
    ...synced('bob', 5, 5, false),
    says('bob', 'syncMessages', { roomId, lastMessageId: the('m5') }),
    hears('bob', 'syncComplete', { roomId, syncedMessageCount: 0, hasMore: false }),
    says('bob', 'syncMessages', { roomId, lastMessageId: '999999' }),
    hears('bob', 'syncComplete', { roomId, syncedMessageCount: 0, hasMore: false }),
    says('bob', 'syncMessages', { roomId, lastMessageId: 0, limit: 3 }),
    ...synced('bob', 1, 3, true),
  ]);

  transcript('without a last message the newest are sent', [
    ...five,
    says('bob', 'syncMessages', { roomId, limit: 2 }),
    ...synced('bob', 4, 5, true),
    says('bob', 'syncMessages', { roomId, lastMessageId: 'last-known-message-id' }),
    ...synced('bob', 1, 5, false),
    says('bob', 'syncMessages', { roomId, lastMessageId: null, limit: null }),
    ...synced('bob', 1, 5, false),
  ]);

  transcript(
    '50 at once when nobody says otherwise, 500 at most',
    [
      connects('ann', 'messaging'),
      ...joins('ann'),
      ...Array.from({ length: 52 }, (_, n) =>
        sends('ann', { content: `${n + 1}` }, [], `m${n + 1}`, message(`m${n + 1}`, `${n + 1}`)),
      ).flat(),
      says('ann', 'syncMessages', { roomId }),
      ...synced('ann', 3, 52, true),
      says('ann', 'syncMessages', { roomId, limit: 9999 }),
      ...synced('ann', 1, 52, false),
      says('ann', 'syncMessages', { roomId, limit: 0 }),
      ...synced('ann', 52, 52, true),
    ],
    { MESSAGE_BURST: '100' },
  );
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
