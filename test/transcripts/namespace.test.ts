import { describe } from 'vitest';
import { the, timeOf } from '../harness/match.ts';
import {
  asks,
  calls,
  connects,
  frame,
  hears,
  hearsInAnyOrder,
  isAnswered,
  type Line,
  nobodyHearsMore,
  says,
  transcript,
} from '../harness/transcript.ts';

/** Which dialects a connection of the namespace `/` hears: those that it has spoken. */

const asKenz = (name: string, content: string, more: object = {}) => ({
  id: the(name),
  chat_id: 5,
  sender_id: 1,
  message: content,
  type: 'text',
  file_url: null,
  created_at: timeOf(name),
  ...more,
});
const asDirect = (name: string, content: string, more: object = {}) => ({
  id: the(name),
  conversation_id: 5,
  sender_id: 1,
  receiver_id: 2,
  content,
  is_read: false,
  read_at: null,
  created_at: timeOf(name),
  ...more,
});
const asNotification = (name: string, content: string, more: object = {}) => {
  const { read_at: _, ...shown } = asDirect(name, content, more);
  return { ...shown, type: 'new_message' };
};
const asSupport = (name: string, content: string) => ({
  id: the(name),
  chatId: '5',
  senderId: 1,
  text: content,
  createdAt: timeOf(name),
  sender: { id: 1, email: 'ann@example.org', role: 'USER' },
});

const ofAnnAndBob = calls('host', 'POST /api/v1/conversations', { id: 5, kind: 'group', members: [1, 2] }, 201);

describe('the shared namespace', () => {
  transcript('who has not spoken hears what needs no joining, in the words of kenz and direct', [
    ofAnnAndBob,
    connects('ann', 'kenz', { auth: { dialect: 'kenz' } }),
    connects('bob', 'direct'),
    says('ann', 'send_message', { chatId: 5, message: 'Hi' }),
    hears('ann', 'receive_message', asKenz('hi', 'Hi')),
    hearsInAnyOrder(
      'bob',
      frame('receive_message', asKenz('hi', 'Hi')),
      frame('message_notification', asNotification('hi', 'Hi')),
    ),
    calls('host', 'POST /api/v1/notifications', { userId: 2, title: 'T', message: 'M', type: 'x' }, 201),
    hears('bob', 'new_notification', {
      id: the('note'),
      user_id: 2,
      title: 'T',
      message: 'M',
      type: 'x',
      created_at: timeOf('note'),
    }),
  ]);

  transcript('the first word decides what is heard from then on', [
    ofAnnAndBob,
    connects('ann', 'kenz', { query: { dialect: 'kenz' } }),
    connects('bob/direct', 'direct'),
    connects('bob/support', 'support'),
    connects('bob/kenz', 'kenz'),
    asks('bob/direct', 'join_conversation', 5),
    isAnswered('bob/direct', 'join_conversation', {}),
    says('bob/support', 'joinChat', '5'),
    hears('bob/support', 'joinedChat', { chatId: '5', messages: [] }),
    says('bob/kenz', 'send_message', { chatId: 'elsewhere', message: 'A' }),
    hears('bob/kenz', 'receive_message', asKenz('a', 'A', { chat_id: 'elsewhere', sender_id: 2 })),
    says('ann', 'send_message', { chatId: 5, message: 'Hi' }),
    hears(['ann', 'bob/kenz'], 'receive_message', asKenz('hi', 'Hi')),
    hears('bob/direct', 'new_message', asDirect('hi', 'Hi')),
    hears('bob/direct', 'message_notification', asNotification('hi', 'Hi')),
    hears('bob/support', 'participantUpdate', {
      chatId: '5',
      userId: 1,
      action: 'joined',
      timestamp: timeOf('ann comes'),
    }),
    hears('bob/support', 'newMessage', asSupport('hi', 'Hi')),
  ]);

  transcript('one connection may speak several, and hears them all', [
    ofAnnAndBob,
    connects('ann', 'kenz'),
    says('ann', 'send_message', { chatId: 5, message: 'One' }),
    hears('ann', 'receive_message', asKenz('one', 'One')),
    says('ann', 'send_message', { conversationId: 5, content: 'Two' }),
    hears('ann', 'receive_message', asKenz('two', 'Two')),
    hears('ann', 'new_message', asDirect('two', 'Two')),
    asks('ann', 'sendMessage', { chatId: 5, message: { text: 'Three' } }),
    hears('ann', 'receive_message', asKenz('three', 'Three')),
    hears('ann', 'newMessage', asSupport('three', 'Three')),
    hears('ann', 'new_message', asDirect('three', 'Three')),
    hears('ann', 'messageSent', asSupport('three', 'Three')),
    isAnswered('ann', 'sendMessage', { event: 'messageSent', data: asSupport('three', 'Three') }),
  ]);

  const spokenDirect: Line[] = [
    connects('ann', 'direct'),
    asks('ann', 'join_conversation', 5),
    isAnswered('ann', 'join_conversation', {}),
  ];

  transcript('a send_message that names both ids is kenz’s, one that names none the last spoken dialect’s', [
    connects('ann', 'kenz'),
    says('ann', 'send_message', { message: 'Nowhere' }),
    hears('ann', 'error', /./),
    says('ann', 'send_message', { chatId: 5, conversationId: 6, message: 'Both', content: 'Both' }),
    hears('ann', 'receive_message', asKenz('both', 'Both')),
    connects('bob', 'direct'),
    asks('bob', 'join_conversation', 7),
    isAnswered('bob', 'join_conversation', {}),
    says('bob', 'send_message', { content: 'Nowhere' }),
    hears('bob', 'error', { message: /./ }),
    says('bob', 'send_message', null),
    hears('bob', 'error', { message: /./ }),
    says('bob', 'send_message', { chatId: null, conversationId: 7, content: 'Seven' }),
    hears('bob', 'new_message', asDirect('seven', 'Seven', { conversation_id: 7, sender_id: 2, receiver_id: 0 })),
  ]);

  transcript('after support alone a send_message without ids is kenz’s', [
    connects('ann', 'support'),
    says('ann', 'joinChat', 5),
    hears('ann', 'joinedChat', { chatId: '5', messages: [] }),
    says('ann', 'send_message', { message: 'Nowhere' }),
    hears('ann', 'error', /./),
  ]);

  transcript('unknown events are answered in the dialect last spoken', [
    ...spokenDirect,
    says('ann', 'nonsense'),
    hears('ann', 'error', { message: /./ }),
    says('ann', 'joinChat', 'help'),
    hears('ann', 'joinedChat', { chatId: 'help', messages: [] }),
    says('ann', 'nonsense', {}),
    hears('ann', 'error', /./),
    connects('bob', 'direct', { auth: { dialect: 'direct' } }),
    says('bob', 'nonsense'),
    hears('bob', 'error', { message: /./ }),
    connects('cat', 'kenz'),
    says('cat', 'nonsense'),
    hears('cat', 'error', /./),
  ]);

  transcript('a hint that names a dialect of elsewhere, or none, is no hint', [
    ofAnnAndBob,
    connects('ann', 'kenz', { auth: { dialect: 'kenz' } }),
    connects('bob/odd', 'kenz', { auth: { dialect: 'messaging' } }),
    connects('bob/wrong', 'kenz', { auth: { dialect: { $ne: 1 } } }),
    says('ann', 'send_message', { chatId: 5, message: 'Hi' }),
    hears('ann', 'receive_message', asKenz('hi', 'Hi')),
    hears(['bob/odd', 'bob/wrong'], 'receive_message', asKenz('hi', 'Hi')),
    hears(['bob/odd', 'bob/wrong'], 'message_notification', asNotification('hi', 'Hi')),
  ]);

  transcript('the socket that a client of the second age opens beside /chat is mute', [
    ofAnnAndBob,
    connects('ann', 'kenz', { auth: { dialect: 'kenz' } }),
    connects('bob', 'messaging', { age: 2, by: 'query' }),
    says('ann', 'send_message', { chatId: 5, message: 'Hi' }),
    hears('ann', 'receive_message', asKenz('hi', 'Hi')),
    nobodyHearsMore,
  ]);
});
