import { describe } from 'vitest';
import { the } from '../harness/match.ts';
import {
  asks,
  closes,
  connects,
  hears,
  isAnswered,
  type Line,
  nobodyHearsMore,
  passes,
  says,
  transcript,
} from '../harness/transcript.ts';
import { bothThere, error, joins, message, presence, roomId, sends } from './messaging.ts';

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
