import { describe, expect, test, vi } from 'vitest';
import { dial } from '../harness/clients.ts';
import { openHouse } from '../harness/house.ts';
import { text, the, timeOf } from '../harness/match.ts';
import {
  asks,
  calls,
  connects,
  hears,
  isAnswered,
  isClosed,
  type Line,
  says,
  transcript,
} from '../harness/transcript.ts';
import { patienceMs } from '../harness/until.ts';

/** How conversations come into being, whatever is spoken in them. */

const path = (id: string | number) => `/api/v1/conversations/${id}`;

/** A conversation as HTTP shows it to its only member or to the host. */
const conversation = (id: string, kind: string, more: object = {}) => ({
  id,
  kind,
  createdBy: '1',
  createdAt: timeOf(`creation of ${id}`),
  updatedAt: timeOf(`change of ${id}`),
  memberCount: 1,
  messageCount: 0,
  ...more,
});

/** The newest message as a list shows it. */
const lastMessage = (id: string, senderId: string, senderName: string, said: string) => ({
  lastMessageId: the(id),
  lastMessage: { id: the(id), senderId, senderName, text: said, createdAt: timeOf(id) },
});

describe('the first touch decides the kind', () => {
  transcript('joining in support makes a pending support chat of the user’s', [
    connects('ann', 'support'),
    says('ann', 'joinChat', 's'),
    hears('ann', 'joinedChat', { chatId: 's', messages: [] }),
    calls(
      'host',
      `GET ${path('s')}`,
      undefined,
      200,
      conversation('s', 'support', { status: 'PENDING', clientId: '1' }),
    ),
    calls('bob', `GET ${path('s')}`, undefined, 404),
    calls('ada', `GET ${path('s')}`, undefined, 200),
  ]);

  transcript('an admin’s first message makes them the admin of the chat', [
    connects('ann', 'support'),
    says('ann', 'joinChat', 's'),
    hears('ann', 'joinedChat', { chatId: 's', messages: [] }),
    connects('ada', 'support'),
    asks('ada', 'joinChat', 's'),
    hears('ada', 'joinedChat', { chatId: 's', messages: [] }),
    isAnswered('ada', 'joinChat', { event: 'joinedChat', data: { chatId: 's', messages: [] } }),
    hears('ann', 'participantUpdate', { chatId: 's', userId: 9, action: 'joined', timestamp: timeOf('ada') }),
    calls('ada', `POST ${path('s')}/messages`, { text: 'How can I help?' }, 201),
    hears(['ann', 'ada'], 'chatStatusChanged', { chatId: 's', status: 'ACTIVE' }),
    hears(['ann', 'ada'], 'newMessage', {
      id: the('how'),
      chatId: 's',
      senderId: 9,
      text: 'How can I help?',
      createdAt: timeOf('how'),
      sender: { id: 9, email: 'ada@example.org', role: 'ADMIN' },
    }),
    calls(
      'host',
      `GET ${path('s')}`,
      undefined,
      200,
      conversation('s', 'support', {
        status: 'ACTIVE',
        clientId: '1',
        adminId: '9',
        memberCount: 2,
        messageCount: 1,
        ...lastMessage('how', '9', 'Ada', 'How can I help?'),
      }),
    ),
  ]);

  transcript('rooms, messaging and kenz make an open conversation, that anybody may enter', [
    connects('ann', 'rooms', { room: 'r/' }),
    hears('ann', 'room_users_list', { type: 'room_users_list', users: [{ id: '1', username: 'Ann' }] }),
    hears('ann', 'user_join', { type: 'user_join', user_id: '1', username: 'Ann' }),
    calls('host', `GET ${path('r')}`, undefined, 200, conversation('r', 'open')),
    connects('ann/m', 'messaging'),
    says('ann/m', 'joinRoom', 'm'),
    hears('ann/m', 'userJoinedRoom', { userId: '1', roomId: 'm', timestamp: timeOf('ann') }),
    hears('ann/m', 'joinedRoom', 'm'),
    calls('host', `GET ${path('m')}`, undefined, 200, conversation('m', 'open')),
    connects('bob', 'kenz'),
    asks('bob', 'send_message', { chatId: 'm', message: 'Hi' }),
    hears('ann/m', 'userJoinedRoom', { userId: '2', roomId: 'm', timestamp: timeOf('bob') }),
    hears('ann/m', 'newMessage', { id: the('hi'), content: 'Hi', sender: '2', roomId: 'm', timestamp: timeOf('hi') }),
    hears('bob', 'receive_message', kenzMessage('hi', 'm')),
    isAnswered('bob', 'send_message', kenzMessage('hi', 'm')),
    calls('eve', `GET ${path('m')}`, undefined, 404),
  ]);

  transcript('direct makes one of two with a receiver, and an open one without', [
    connects('ann', 'direct'),
    asks('ann', 'join_conversation', 11),
    isAnswered('ann', 'join_conversation', {}),
    calls('host', `GET ${path(11)}`, undefined, 200, conversation('11', 'open')),
    says('ann', 'send_message', { conversationId: 12, content: 'Hi', toUserId: 2 }),
    hears('ann', 'new_message', directMessage('hi', 12, 2)),
    calls(
      'host',
      `GET ${path(12)}`,
      undefined,
      200,
      conversation('12', 'direct', { memberCount: 2, messageCount: 1, ...lastMessage('hi', '1', 'Ann', 'Hi') }),
    ),
    says('ann', 'send_message', { conversationId: 13, content: 'Me', toUserId: 1 }),
    hears('ann', 'new_message', directMessage('me', 13, 0)),
    calls(
      'host',
      `GET ${path(13)}`,
      undefined,
      200,
      conversation('13', 'open', { messageCount: 1, ...lastMessage('me', '1', 'Ann', 'Me') }),
    ),
    // A receiver is brought in by the first message to them only while the sender is alone there.
    says('ann', 'send_message', { conversationId: 11, content: 'Hi', toUserId: 3 }),
    hears('ann', 'new_message', { ...directMessage('cat', 11, 3), content: 'Hi' }),
    says('ann', 'send_message', { conversationId: 11, content: 'Hi', toUserId: 2 }),
    hears('ann', 'new_message', { ...directMessage('still cat', 11, 3), content: 'Hi' }),
  ]);
});

function kenzMessage(name: string, chat: string) {
  return {
    id: the(name),
    chat_id: chat,
    sender_id: 2,
    message: 'Hi',
    type: 'text',
    file_url: null,
    created_at: timeOf(name),
  };
}

function directMessage(name: string, where: number, to: number) {
  return {
    id: the(name),
    conversation_id: where,
    sender_id: 1,
    receiver_id: to,
    content: name === 'me' ? 'Me' : 'Hi',
    is_read: false,
    read_at: null,
    created_at: timeOf(name),
  };
}

describe('over HTTP', () => {
  const wanted = { id: 5, kind: 'group', title: 'Tea', members: [2, '3'] };

  transcript('asking again is harmless for who is in it, neutral to strangers, and a conflict to the host', [
    calls('ann', 'POST /api/v1/conversations', wanted, 201),
    calls('ann', 'POST /api/v1/conversations', wanted, 200),
    calls('host', 'POST /api/v1/conversations', { id: '5', kind: 'group' }, 200),
    calls('host', 'POST /api/v1/conversations', { id: 5, kind: 'open' }, 409),
    calls('eve', 'POST /api/v1/conversations', { id: 5, kind: 'group' }, 403, refused),
  ]);

  transcript(
    'with AUTO_CREATE off users choose no ids, and hear the same as of a taken one',
    [
      calls('host', 'POST /api/v1/conversations', wanted, 201),
      calls('eve', 'POST /api/v1/conversations', wanted, 403, refused),
      calls('eve', 'POST /api/v1/conversations', { id: 6, kind: 'group' }, 403, refused),
      connects('eve', 'rooms', { room: '6/' }),
      isClosed('eve', 4000),
    ],
    { AUTO_CREATE: 'off' },
  );

  transcript('whoever goes by themselves may come back to an open conversation', [
    calls('host', 'POST /api/v1/conversations', { id: 'o', kind: 'open', members: [1, 2] }, 201),
    calls('bob', `DELETE ${path('o')}/members/2`, undefined, 204),
    calls('bob', `GET ${path('o')}`, undefined, 404),
    connects('bob', 'direct'),
    asks('bob', 'join_conversation', 'o'),
    isAnswered('bob', 'join_conversation', {}),
    calls('bob', `GET ${path('o')}`, undefined, 200),
  ]);

  const upload = (): FormData => {
    const form = new FormData();
    form.append('file', new File(['tea'], 'list of teas.txt', { type: 'text/plain' }));
    return form;
  };
  const fileIsSent: Line[] = [
    connects('ann', 'support'),
    says('ann', 'sendMessage', { chatId: 's', message: { fileId: text('file') } }),
    hears('ann', 'newMessage', fileMessage()),
    hears('ann', 'messageSent', fileMessage()),
  ];
  transcript(
    'addresses of files begin with PUBLIC_URL',
    [
      calls('ann', 'POST /api/v1/files', upload(), 201, {
        id: text('file'),
        url: /^https:\/\/chat\.example\.org\/files\/[\w-]+\/list%20of%20teas\.txt$/,
        type: 'text/plain',
        name: 'list of teas.txt',
        size: 3,
      }),
      ...fileIsSent,
    ],
    { PUBLIC_URL: 'https://chat.example.org' },
  );

  function fileMessage() {
    return {
      id: the('sent'),
      chatId: 's',
      senderId: 1,
      fileUrl: /^https:\/\/chat\.example\.org\/files\/[\w-]+\/list%20of%20teas\.txt$/,
      createdAt: timeOf('sent'),
      sender: { id: 1, email: 'ann@example.org', role: 'USER' },
    };
  }
});

const refused = {
  error: { code: 'FORBIDDEN', message: 'This id cannot be used. Leave it out, or choose another one.' },
};

test('what was answered is there after a restart', async () => {
  await using house = await openHouse();
  const token = house.token({ sub: '1', name: 'Ann' });
  const before = dial(house.address, 'kenz', { token });
  await before.connected();
  before.say('send_message', [{ chatId: 5, message: 'Kept', clientMessageId: 'c1' }], true);
  const heard = await before.next('ann');
  expect((await before.next('ann')).payload).toEqual(heard.payload);
  await house.restart();
  const after = dial(house.address, 'kenz', { token });
  await after.connected();
  after.say('send_message', [{ chatId: 5, message: 'Kept', clientMessageId: 'c1' }], true);
  expect((await after.next('ann')).payload).toEqual(heard.payload);
  const { json } = await house.call('GET', `${path(5)}/messages`, { token });
  expect(json).toMatchObject({ messages: [{ text: 'Kept', sender: { name: 'Ann' } }], hasMore: false });
  before.close();
  after.close();
});

test('many who touch a conversation at the same moment are all in the one that comes into being', async () => {
  await using house = await openHouse();
  const clients = Array.from({ length: 12 }, (_, n) => {
    const dialect = (['kenz', 'messaging', 'rooms'] as const)[n % 3] ?? 'kenz';
    const token = house.token({ sub: `${n}` });
    return { dialect, client: dial(house.address, dialect, { token, room: '8/' }) };
  });
  for (const { client } of clients) await client.connected();
  for (const { dialect, client } of clients) {
    if (dialect === 'kenz') client.say('send_message', [{ chatId: 8, message: 'Hi' }], false);
    if (dialect === 'messaging') client.say('sendMessage', [{ roomId: 8, content: 'Hi' }], false);
    if (dialect === 'rooms') client.say('', [{ message: 'Hi' }], false);
  }
  await vi.waitFor(
    async () => {
      const { json } = await house.call('GET', path(8), 'host');
      expect(json).toMatchObject({ kind: 'open', memberCount: 12, messageCount: 12 });
    },
    { timeout: patienceMs },
  );
  for (const { client } of clients) {
    expect(client.objections).toEqual([]);
    expect(client.heard.filter(({ name }) => name === 'error')).toEqual([]);
    client.close();
  }
});
