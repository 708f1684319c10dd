import { ack, asks, calls, connects, frame, hears, hearsInAnyOrder, type Line } from '../../harness/lines.ts';
import { the, timeOf } from '../../harness/match.ts';
import { answered, exchange } from './exchange.ts';

export const direct = (): Line[] => {
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
