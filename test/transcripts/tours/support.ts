import { ack, asks, connects, frame, hears, hearsInAnyOrder, type Line, says } from '../../harness/lines.ts';
import { the, timeOf } from '../../harness/match.ts';
import { answered, exchange } from './exchange.ts';

export const support = (): Line[] => {
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
