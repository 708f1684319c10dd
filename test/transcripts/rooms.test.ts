import { describe } from 'vitest';
import { the, timeOf } from '../harness/match.ts';
import {
  calls,
  cast,
  closes,
  connects,
  says as emits,
  follows,
  hears,
  isClosed,
  type Line,
  losesTransport,
  nobodyHearsMore,
  passes,
  transcript,
} from '../harness/transcript.ts';

type Person = keyof typeof cast;

const says = (who: string, payload: unknown): Line => emits(who, '', payload);

const message = (name: string, content: string, who: Person = 'ann') => ({
  type: 'chat_message',
  message: content,
  sender_username: cast[who].name,
  sender_id: cast[who].sub,
  timestamp: timeOf(name),
  message_id: the(name),
});
const hearsMessage = (who: string | string[], name: string, content: string, by: Person = 'ann'): Line =>
  hears(who, 'chat_message', message(name, content, by));
const usersList = (...people: Person[]) => ({
  type: 'room_users_list',
  users: people.map((who) => ({ id: cast[who].sub, username: cast[who].name })),
});
const hearsOf = (who: string | string[], type: 'user_join' | 'user_leave', person: Person): Line =>
  hears(who, type, { type, user_id: cast[person].sub, username: cast[person].name });
const hearsError = (who: string, error: unknown): Line => hears(who, 'error', { error });

/** Connects and hears who is there, the past, and their own coming; the others hear of it, unless they know. */
const enters = (
  who: string,
  present: Person[],
  others: string[] = [],
  past: Line[] = [],
  room = 'general/',
): Line[] => {
  const person = who.split('/')[0] as Person;
  return [
    connects(who, 'rooms', { room }),
    hears(who, 'room_users_list', usersList(...present)),
    ...past,
    hearsOf(who, 'user_join', person),
    ...others.map((other) => hearsOf(other, 'user_join', person)),
  ];
};

describe('rooms: coming and going', () => {
  transcript('a newcomer hears who is there, what was said, and themselves coming', [
    ...enters('ann', ['ann']),
    says('ann', { message: 'Tea?' }),
    hearsMessage('ann', 'tea', 'Tea?'),
    says('ann', { message: 'Anyone?' }),
    hearsMessage('ann', 'anyone', 'Anyone?'),
    ...enters(
      'bob',
      ['ann', 'bob'],
      ['ann'],
      [hearsMessage('bob', 'tea', 'Tea?'), hearsMessage('bob', 'anyone', 'Anyone?')],
    ),
    says('bob', { message: 'Me' }),
    hearsMessage(['ann', 'bob'], 'me', 'Me', 'bob'),
  ]);

  transcript(
    'the newest 50 messages are shown, oldest first',
    [
      ...enters('ann', ['ann']),
      ...Array.from({ length: 52 }, (_, n) => [
        says('ann', { message: `${n}` }),
        hearsMessage('ann', `m${n}`, `${n}`),
      ]).flat(),
      ...enters(
        'bob',
        ['ann', 'bob'],
        ['ann'],
        Array.from({ length: 50 }, (_, n) => hearsMessage('bob', `m${n + 2}`, `${n + 2}`)),
      ),
    ],
    { MESSAGE_BURST: '100' },
  );

  transcript(
    'coming and going is told once for a user, not for every tab',
    [
      ...enters('ann', ['ann']),
      ...enters('bob', ['ann', 'bob'], ['ann']),
      ...enters('bob/tab', ['ann', 'bob']),
      nobodyHearsMore,
      closes('bob'),
      passes(400),
      nobodyHearsMore,
      closes('bob/tab'),
      hearsOf('ann', 'user_leave', 'bob'),
    ],
    { PRESENCE_GRACE_MS: '100' },
  );

  transcript(
    'whoever is back in a moment was never gone',
    [
      ...enters('ann', ['ann']),
      ...enters('bob', ['ann', 'bob'], ['ann']),
      losesTransport('bob'),
      ...enters('bob', ['ann', 'bob']),
      passes(900),
      nobodyHearsMore,
    ],
    { PRESENCE_GRACE_MS: '700' },
  );

  transcript('rooms are apart', [
    ...enters('ann', ['ann']),
    ...enters('bob', ['bob'], [], [], 'general.2'),
    says('bob', { message: 'Hello?' }),
    hearsMessage('bob', 'hello', 'Hello?', 'bob'),
  ]);

  transcript('the slash at the end of the address is optional, the token may stand in the query', [
    ...enters('ann', ['ann'], [], [], 'general'),
    connects('bob', 'rooms', { room: 'general/', by: 'query' }),
    hears('bob', 'room_users_list', usersList('ann', 'bob')),
    hearsOf(['bob', 'ann'], 'user_join', 'bob'),
  ]);

  transcript('what is said before the entrance is through is said after it', [
    connects('ann', 'rooms', { room: 'general/' }),
    says('ann', { message: 'First' }),
    says('ann', { message: 'Second' }),
    hears('ann', 'room_users_list', usersList('ann')),
    hearsOf('ann', 'user_join', 'ann'),
    hearsMessage('ann', 'first', 'First'),
    hearsMessage('ann', 'second', 'Second'),
  ]);
});

describe('rooms: coming back', () => {
  const say = (n: number): Line[] => [says('ann', { message: `${n}` }), hearsMessage('ann', `m${n}`, `${n}`)];

  transcript(
    'with `after` everything since that message is shown, not only 50',
    [
      ...enters('ann', ['ann']),
      ...Array.from({ length: 56 }, (_, n) => say(n)).flat(),
      follows('bob', 'general/', 'm1'),
      hears('bob', 'room_users_list', usersList('ann', 'bob')),
      ...Array.from({ length: 54 }, (_, n) => hearsMessage('bob', `m${n + 2}`, `${n + 2}`)),
      hearsOf(['bob', 'ann'], 'user_join', 'bob'),
      follows('bob', 'general/', 'm55'),
      hears('bob', 'room_users_list', usersList('ann', 'bob')),
      hearsOf('bob', 'user_join', 'bob'),
    ],
    { MESSAGE_BURST: '100' },
  );

  transcript('an `after` that is no message id counts as absent', [
    ...enters('ann', ['ann']),
    ...say(1),
    ...enters('bob', ['ann', 'bob'], ['ann'], [hearsMessage('bob', 'm1', '1')], 'general/?after=last'),
  ]);
});

describe('rooms: refusals', () => {
  transcript('a frame that cannot be read is answered, and ends nothing', [
    ...enters('ann', ['ann']),
    ...['{', '', 'Hi', '{"message": }'].flatMap((text) => [
      says('ann', text),
      hearsError('ann', 'Invalid JSON format received'),
    ]),
    ...[{}, { message: '' }, { message: '  ' }, { message: null }, { message: 5 }, { text: 'Hi' }].flatMap(
      (payload) => [says('ann', payload), hearsError('ann', 'Message content is missing')],
    ),
    ...['null', '5', '[]', '"Hi"', 'true'].flatMap((text) => [says('ann', text), hearsError('ann', /./)]),
    says('ann', { message: 'x'.repeat(16_385) }),
    hearsError('ann', /too large/),
    says('ann', { message: 'Still here', type: 'chat_message', sender_id: '2' }),
    hearsMessage('ann', 'still', 'Still here'),
  ]);

  transcript('without a good token the connection is accepted and closed with 4001', [
    connects('ann', 'rooms', { room: 'general/', by: 'nothing' }),
    isClosed('ann', 4001),
    connects('ann', 'rooms', { room: 'general/', token: 'nonsense' }),
    isClosed('ann', 4001),
    connects('ann', 'rooms', { room: 'general/', by: 'query', token: 'nonsense' }),
    isClosed('ann', 4001),
  ]);

  transcript('a name that is no room’s closes with 4000', [
    ...['two%20words/', 'th%C3%A9/', 'x'.repeat(101), '%00', 'a%2Fb/', '%', 'a,b'].flatMap((room) => [
      connects('ann', 'rooms', { room }),
      isClosed('ann', 4000),
    ]),
    ...enters('ann', ['ann'], [], [], `${'x'.repeat(100)}/`),
    ...enters('bob', ['bob'], [], [], 'A-z_0.9/'),
  ]);

  transcript('a room that may not be entered looks like one that does not exist', [
    calls('host', 'POST /api/v1/conversations', { id: 'secret', kind: 'group', members: [1] }, 201),
    ...enters('ann', ['ann'], [], [], 'secret/'),
    connects('bob', 'rooms', { room: 'secret/' }),
    isClosed('bob', 4000),
    calls('host', 'POST /api/v1/conversations/secret/members', { userId: '2' }, 201),
    ...enters('bob', ['ann', 'bob'], ['ann'], [], 'secret/'),
    calls('host', 'DELETE /api/v1/conversations/secret/members/2', undefined, 204),
    hearsOf('ann', 'user_leave', 'bob'),
    says('ann', { message: 'Alone' }),
    hearsMessage('ann', 'alone', 'Alone'),
    says('bob', { message: 'And I?' }),
    hearsError('bob', /not found/),
    connects('bob/again', 'rooms', { room: 'secret/' }),
    isClosed('bob/again', 4000),
  ]);

  transcript(
    'without AUTO_CREATE an unknown room closes with 4000',
    [
      connects('ann', 'rooms', { room: 'general/' }),
      isClosed('ann', 4000),
      calls('host', 'POST /api/v1/conversations', { id: 'general', kind: 'open' }, 201),
      ...enters('ann', ['ann']),
    ],
    { AUTO_CREATE: 'off' },
  );
});

describe('rooms: sending again', () => {
  transcript('the repeating connection alone hears the first message again', [
    ...enters('ann', ['ann']),
    ...enters('bob', ['ann', 'bob'], ['ann']),
    says('ann', { message: 'Once', clientMessageId: 'c1' }),
    hearsMessage(['ann', 'bob'], 'once', 'Once'),
    says('ann', { message: 'Twice', clientMessageId: 'c1' }),
    hearsMessage('ann', 'once', 'Once'),
    says('ann', { message: 'Thrice', metadata: { clientMessageId: 'c1' } }),
    hearsMessage('ann', 'once', 'Once'),
  ]);
});
