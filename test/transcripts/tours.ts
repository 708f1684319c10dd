import type { DialectName } from '../../src/dialects/dialect.ts';
import {
  ack,
  asks,
  calls,
  closes,
  connects,
  follows,
  frame,
  hears,
  hearsInAnyOrder,
  type Line,
  says,
} from '../harness/lines.ts';
import { the, timeOf } from '../harness/match.ts';

/**
 * One walk through each dialect in which everything that its document shows is said or heard at least once. The examples
 * of the documents are what these plays exchange with a real server.
 */

/** Somebody asks, and they and the others hear what comes of it. */
const exchange = (
  who: string,
  others: string[],
  [event, said]: [string, object],
  [name, heard]: [string, object],
  acknowledged: object = {},
): Line[] => [
  asks(who, event, said),
  hearsInAnyOrder(who, frame(name, heard), ack(event, acknowledged)),
  hears(others, name, heard),
];

const answered = (event: string, data: unknown) => ({ event, data });

const kenz = (): Line[] => {
  const spoken = { auth: { dialect: 'kenz' } };
  const message = (name: string, more: object) => ({
    id: the(name),
    chat_id: 7,
    type: 'text',
    file_url: null,
    created_at: timeOf(name),
    ...more,
  });
  const tea = message('tea', { sender_id: 1, message: 'Tea at four?' });
  const file_url = 'https://files.example.org/cups.png';
  const cups = message('cups', { sender_id: 2, message: '', type: 'image', file_url });
  const named = { chatId: 7, messageId: the('tea') };
  const edited = { id: the('tea'), chat_id: 7, sender_id: 1, message: 'Tea at five?', edited_at: timeOf('edit') };
  const refused = /missing/;
  return [
    calls('host', 'POST /api/v1/conversations', { id: 7, kind: 'group', members: [1, 2] }, 201),
    connects('ann', 'kenz', spoken),
    connects('bob', 'kenz', spoken),
    asks('ann', 'send_message', { chatId: 7, message: 'Tea at four?', type: 'text', clientMessageId: 'tea-1' }),
    hearsInAnyOrder('ann', frame('receive_message', tea), ack('send_message', tea)),
    hears('bob', 'receive_message', tea),
    asks('bob', 'send_message', { chatId: 7, message: '', type: 'image', file_url }),
    hearsInAnyOrder('bob', frame('receive_message', cups), ack('send_message', cups)),
    hears('ann', 'receive_message', cups),
    ...exchange(
      'ann',
      ['bob'],
      ['edit_message', { ...named, message: 'Tea at five?' }],
      ['receive_edit', edited],
      edited,
    ),
    ...exchange(
      'bob',
      ['ann'],
      ['react', { ...named, emoji: '🫖' }],
      ['receive_reaction', { message_id: the('tea'), chat_id: 7, user_id: 2, emoji: '🫖', action: 'added' }],
    ),
    ...exchange(
      'ann',
      ['bob'],
      ['delete_message', named],
      ['receive_deletion', { id: the('tea'), chat_id: 7, deleted_at: timeOf('deletion') }],
    ),
    asks('bob', 'send_message', { chatId: 7 }),
    hearsInAnyOrder('bob', frame('error', refused), ack('send_message', answered('error', refused))),
  ];
};

const support = (): Line[] => {
  const chatId = 'help-7';
  const client = { id: 1, email: 'ann@example.org', role: 'USER' };
  const admin = { id: 9, email: 'ada@example.org', role: 'ADMIN' };
  const message = (name: string, text: string, sender: typeof client, more: object = {}) => ({
    id: the(name),
    chatId,
    senderId: sender.id,
    text,
    createdAt: timeOf(name),
    sender,
    ...more,
  });
  const question = message('question', 'The kettle does not whistle.', client);
  const reply = message('reply', 'Is there water in it?', admin, { replyToId: the('question'), replyTo: question });
  const comes = (name: string, action: string) => ({ chatId, userId: 9, action, timestamp: timeOf(name) });
  const active = { chatId, userIds: [1, 9] };
  const read = [{ id: the('question'), readBy: 9 }];
  const named = { chatId, messageId: the('question') };
  const edited = { id: the('question'), chatId, senderId: 1, text: 'It is silent.', editedAt: timeOf('edit') };
  const refused = /not found/;
  return [
    connects('ann', 'support'),
    asks('ann', 'joinChat', chatId),
    hears('ann', 'joinedChat', { chatId, messages: [] }),
    hearsInAnyOrder('ann', ack('joinChat', answered('joinedChat', { chatId, messages: [] }))),
    asks('ann', 'sendMessage', { chatId, message: { text: 'The kettle does not whistle.' }, clientMessageId: 'q-1' }),
    hears('ann', 'newMessage', question),
    hears('ann', 'messageSent', question),
    hearsInAnyOrder('ann', ack('sendMessage', answered('messageSent', question))),
    connects('ada', 'support'),
    asks('ada', 'joinChat', { chatId }),
    hears('ada', 'joinedChat', { chatId, messages: [question] }),
    hearsInAnyOrder('ada', ack('joinChat', answered('joinedChat', { chatId, messages: [question] }))),
    hears('ann', 'participantUpdate', comes('ada comes', 'joined')),
    asks('ada', 'readMessages', { chatId, messageIds: [the('question')] }),
    hearsInAnyOrder(
      'ada',
      frame('messagesMarkedRead', read),
      ack('readMessages', answered('messagesMarkedRead', read)),
    ),
    hears('ann', 'messagesRead', { userId: 9, messageIds: [the('question')], chatId }),
    asks('ada', 'typing', { chatId, isTyping: true }),
    hearsInAnyOrder('ada', ack('typing', {})),
    hears('ann', 'userTyping', { userId: 9, email: 'ada@example.org', isTyping: true, chatId }),
    says('ada', 'typing', { chatId, isTyping: false }),
    hears('ann', 'userTyping', { userId: 9, email: 'ada@example.org', isTyping: false, chatId }),
    asks('ada', 'sendMessage', { chatId, message: { text: 'Is there water in it?', replyToId: the('question') } }),
    hearsInAnyOrder(
      'ada',
      frame('newMessage', reply),
      frame('chatStatusChanged', { chatId, status: 'ACTIVE' }),
      frame('messageSent', reply),
      ack('sendMessage', answered('messageSent', reply)),
    ),
    hearsInAnyOrder('ann', frame('chatStatusChanged', { chatId, status: 'ACTIVE' }), frame('newMessage', reply)),
    ...exchange(
      'ann',
      ['ada'],
      ['editMessage', { ...named, text: 'It is silent.' }],
      ['messageEdited', edited],
      edited,
    ),
    ...exchange(
      'ada',
      ['ann'],
      ['reactToMessage', { ...named, emoji: '🫖' }],
      ['messageReaction', { messageId: the('question'), chatId, userId: 9, emoji: '🫖', action: 'added' }],
    ),
    ...exchange(
      'ann',
      ['ada'],
      ['deleteMessage', named],
      ['messageDeleted', { id: the('question'), chatId, deletedAt: timeOf('deletion') }],
    ),
    asks('ann', 'getActiveUsers', chatId),
    hearsInAnyOrder('ann', frame('activeUsers', active), ack('getActiveUsers', answered('activeUsers', active))),
    asks('ada', 'leaveChat', chatId),
    hearsInAnyOrder('ada', frame('leftChat', chatId), ack('leaveChat', answered('leftChat', chatId))),
    hears('ann', 'participantUpdate', comes('ada goes', 'left')),
    asks('ann', 'sendMessage', { chatId, message: { text: 'Yes.', replyToId: '999999' } }),
    hearsInAnyOrder('ann', frame('error', refused), ack('sendMessage', answered('error', refused))),
  ];
};

const direct = (): Line[] => {
  const conversationId = 7;
  const content = 'Tea at four?';
  const shown = {
    id: the('tea'),
    conversation_id: 7,
    sender_id: 1,
    receiver_id: 2,
    content,
    is_read: false,
    created_at: timeOf('tea'),
  };
  const tea = { ...shown, read_at: null };
  const named = { conversationId, messageId: the('tea') };
  const edited = { id: the('tea'), conversation_id: 7, sender_id: 1, content: 'At five?', edited_at: timeOf('edit') };
  const refused = { message: /not found/ };
  const notice = { title: 'Kettle', message: 'The water boils.', type: 'kettle' };
  const joins = (who: string): Line[] => [
    asks(who, 'join_conversation', conversationId),
    hearsInAnyOrder(who, ack('join_conversation', {})),
  ];
  return [
    calls('host', 'POST /api/v1/conversations', { id: 7, kind: 'direct', members: [1, 2] }, 201),
    connects('ann', 'direct'),
    ...joins('ann'),
    connects('bob', 'direct'),
    ...joins('bob'),
    asks('ann', 'typing_start', { conversationId, toUserId: 2 }),
    hearsInAnyOrder('ann', ack('typing_start', {})),
    hears('bob', 'typing_start', { conversationId, userId: 1 }),
    asks('ann', 'typing_stop', { conversationId, toUserId: 2 }),
    hearsInAnyOrder('ann', ack('typing_stop', {})),
    hears('bob', 'typing_stop', { conversationId, userId: 1 }),
    asks('ann', 'send_message', { conversationId, content, toUserId: 2, clientMessageId: 'tea-1' }),
    hearsInAnyOrder('ann', frame('new_message', tea), ack('send_message', tea)),
    hears('bob', 'new_message', tea),
    hears('bob', 'message_notification', { ...shown, type: 'new_message' }),
    asks('bob', 'mark_read', { conversationId }),
    hearsInAnyOrder(
      'bob',
      frame('messages_read', { conversationId, userId: 2, readAt: timeOf('read') }),
      ack('mark_read', {}),
    ),
    hears('ann', 'messages_read', { conversationId, userId: 2, readAt: timeOf('read') }),
    ...exchange(
      'ann',
      ['bob'],
      ['edit_message', { ...named, content: 'At five?' }],
      ['message_edited', edited],
      edited,
    ),
    ...exchange(
      'bob',
      ['ann'],
      ['react', { ...named, emoji: '🫖' }],
      ['message_reaction', { message_id: the('tea'), conversation_id: 7, user_id: 2, emoji: '🫖', action: 'added' }],
    ),
    ...exchange(
      'ann',
      ['bob'],
      ['delete_message', named],
      ['message_deleted', { id: the('tea'), conversation_id: 7, deleted_at: timeOf('deletion') }],
    ),
    calls('host', 'POST /api/v1/notifications', { userId: 2, ...notice }, 201),
    hears('bob', 'new_notification', { id: the('notice'), user_id: 2, ...notice, created_at: timeOf('notice') }),
    asks('bob', 'leave_conversation', conversationId),
    hearsInAnyOrder('bob', ack('leave_conversation', {})),
    connects('eve', 'direct'),
    asks('eve', 'send_message', { conversationId, content: 'May I come in?' }),
    hearsInAnyOrder('eve', frame('error', refused), ack('send_message', answered('error', refused))),
  ];
};

const messaging = (): Line[] => {
  const roomId = 'tea-room';
  const inRoom = (userId: string, name: string) => ({ userId, roomId, timestamp: timeOf(name) });
  const attachment = { url: 'https://files.example.org/cups.jpg', type: 'image/jpeg', name: 'cups.jpg' };
  const said = { content: 'Tea at four?', attachment, metadata: { mood: 'merry' } };
  const tea = { id: the('tea'), sender: '1', roomId, timestamp: timeOf('tea'), ...said };
  const receipt = { id: the('tea'), timestamp: timeOf('tea'), status: 'sent' };
  const typing = { userId: '2', roomId, isTyping: true };
  const read = { messageId: the('tea'), userId: '2', roomId };
  const synced = { roomId, syncedMessageCount: 1, hasMore: false };
  const named = { roomId, messageId: the('tea') };
  const edited = { id: the('tea'), roomId, sender: '1', content: 'At five?', editedAt: timeOf('edit') };
  const refused = { code: 'MISSING_CONTENT', message: /./, event: 'sendMessage' };
  const joins = (who: string, userId: string, others: string[]): Line[] => [
    asks(who, 'joinRoom', roomId),
    hears([...others, who], 'userJoinedRoom', inRoom(userId, `${who} joins`)),
    hearsInAnyOrder(who, frame('joinedRoom', roomId), ack('joinRoom', answered('joinedRoom', roomId))),
  ];
  return [
    connects('ann', 'messaging'),
    ...joins('ann', '1', []),
    connects('bob', 'messaging'),
    ...joins('bob', '2', ['ann']),
    asks('ann', 'sendMessage', { roomId, ...said, clientMessageId: 'tea-1' }),
    hearsInAnyOrder(
      'ann',
      frame('newMessage', tea),
      frame('messageSent', receipt),
      ack('sendMessage', answered('messageSent', receipt)),
    ),
    hears('bob', 'newMessage', tea),
    asks('bob', 'typingIndicator', { roomId, isTyping: true }),
    hearsInAnyOrder('bob', frame('userTyping', typing), ack('typingIndicator', {})),
    hears('ann', 'userTyping', typing),
    says('bob', 'typingIndicator', { roomId, isTyping: false }),
    hears(['bob', 'ann'], 'userTyping', { ...typing, isTyping: false }),
    asks('bob', 'readReceipt', { roomId, messageId: the('tea') }),
    hearsInAnyOrder('bob', frame('messageRead', read), ack('readReceipt', {})),
    hears('ann', 'messageRead', read),
    asks('bob', 'presenceUpdate', { status: 'busy' }),
    hearsInAnyOrder('bob', ack('presenceUpdate', {})),
    hears('ann', 'presenceUpdate', { userId: '2', status: 'busy', lastActive: timeOf('busy') }),
    asks('bob', 'heartbeat', {}),
    hearsInAnyOrder('bob', ack('heartbeat', {})),
    asks('bob', 'syncMessages', { roomId, lastMessageId: '0', limit: 50 }),
    hears('bob', 'newMessage', tea),
    hearsInAnyOrder('bob', frame('syncComplete', synced), ack('syncMessages', answered('syncComplete', synced))),
    ...exchange('ann', ['bob'], ['editMessage', { ...named, content: 'At five?' }], ['messageEdited', edited], edited),
    ...exchange(
      'bob',
      ['ann'],
      ['react', { ...named, emoji: '🫖' }],
      ['messageReaction', { messageId: the('tea'), roomId, userId: '2', emoji: '🫖', action: 'added' }],
    ),
    ...exchange(
      'ann',
      ['bob'],
      ['deleteMessage', named],
      ['messageDeleted', { id: the('tea'), roomId, timestamp: timeOf('deletion') }],
    ),
    asks('bob', 'sendMessage', { roomId, content: '' }),
    hearsInAnyOrder('bob', frame('error', refused), ack('sendMessage', answered('error', refused))),
    asks('bob', 'leaveRoom', roomId),
    hearsInAnyOrder(
      'bob',
      frame('userLeftRoom', inRoom('2', 'bob leaves')),
      frame('leftRoom', roomId),
      ack('leaveRoom', answered('leftRoom', roomId)),
    ),
    hears('ann', 'userLeftRoom', inRoom('2', 'bob leaves')),
  ];
};

const rooms = (): Line[] => {
  const ann = { id: '1', username: 'Ann' };
  const bob = { id: '2', username: 'Bob' };
  const usersList = (...users: object[]) => ({ type: 'room_users_list', users });
  const coming = (type: string, { id, username }: typeof ann) => ({ type, user_id: id, username });
  const tea = {
    type: 'chat_message',
    message: 'Tea at four?',
    sender_username: 'Ann',
    sender_id: '1',
    timestamp: timeOf('tea'),
    message_id: the('tea'),
  };
  return [
    connects('ann', 'rooms', { room: 'general/' }),
    hears('ann', 'room_users_list', usersList(ann)),
    hears('ann', 'user_join', coming('user_join', ann)),
    says('ann', '', { message: 'Tea at four?', clientMessageId: 'tea-1' }),
    hears('ann', 'chat_message', tea),
    connects('bob', 'rooms', { room: 'general/' }),
    hears('bob', 'room_users_list', usersList(ann, bob)),
    hears('bob', 'chat_message', tea),
    hears(['bob', 'ann'], 'user_join', coming('user_join', bob)),
    says('bob', '', { message: '' }),
    hears('bob', 'error', { error: /./ }),
    closes('bob'),
    hears('ann', 'user_leave', coming('user_leave', bob)),
    follows('bob', 'general/', 'tea'),
    hears('bob', 'room_users_list', usersList(ann, bob)),
    hears(['bob', 'ann'], 'user_join', coming('user_join', bob)),
  ];
};

export const tours: { readonly [N in DialectName]: () => readonly Line[] } = {
  kenz,
  support,
  direct,
  messaging,
  rooms,
};
