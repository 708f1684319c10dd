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
  says,
  transcript,
} from '../harness/transcript.ts';
import { bothThere, conversationId, joins, message, notification } from './direct.ts';

describe('direct: messages', () => {
  transcript('who has joined hears the message, and the receiver a notification wherever they are', [
    ...bothThere,
    connects('bob/phone', 'direct', { auth: { dialect: 'direct' } }),
    connects('eve', 'direct'),
    asks('ann', 'send_message', { conversationId, content: 'Hello', toUserId: 2 }),
    hears(['ann', 'bob'], 'new_message', message('hello', 'Hello')),
    isAnswered('ann', 'send_message', message('hello', 'Hello')),
    hears(['bob', 'bob/phone'], 'message_notification', notification('hello', 'Hello')),
    says('bob', 'send_message', { conversationId: '123', content: 'Hi' }),
    hears(['ann', 'bob'], 'new_message', message('hi', 'Hi', { from: 2, to: 1 })),
    hears('ann', 'message_notification', notification('hi', 'Hi', { from: 2, to: 1 })),
  ]);

  transcript('a receiver who has not said a word yet hears the notification, and the message as kenz would', [
    calls('host', 'POST /api/v1/conversations', { id: conversationId, kind: 'direct', members: [1, 2] }, 201),
    connects('ann', 'direct'),
    connects('bob', 'direct'),
    says('ann', 'send_message', { conversationId, content: 'Hello' }),
    hears('ann', 'new_message', message('hello', 'Hello')),
    hearsInAnyOrder(
      'bob',
      frame('message_notification', notification('hello', 'Hello')),
      frame('receive_message', {
        id: the('hello'),
        chat_id: 123,
        sender_id: 1,
        message: 'Hello',
        type: 'text',
        file_url: null,
        created_at: timeOf('hello'),
      }),
    ),
  ]);

  transcript('notifications go on after leaving, messages do not', [
    ...bothThere,
    asks('bob', 'leave_conversation', conversationId),
    isAnswered('bob', 'leave_conversation', {}),
    says('ann', 'send_message', { conversationId, content: 'Hello' }),
    hears('ann', 'new_message', message('hello', 'Hello')),
    hears('bob', 'message_notification', notification('hello', 'Hello')),
    asks('bob', 'leave_conversation', { conversationId }),
    isAnswered('bob', 'leave_conversation', {}),
    asks('bob', 'leave_conversation', 'never-heard-of'),
    isAnswered('bob', 'leave_conversation', {}),
  ]);

  transcript('the document’s flow: joining an unknown conversation, then writing to somebody', [
    connects('ann', 'direct'),
    connects('bob', 'direct', { auth: { dialect: 'direct' } }),
    says('ann', 'join_conversation', conversationId),
    says('ann', 'send_message', { conversationId, content: 'Hello', toUserId: 2 }),
    hears('ann', 'new_message', message('hello', 'Hello')),
    hears('bob', 'message_notification', notification('hello', 'Hello')),
    ...joins('bob'),
    says('bob', 'send_message', { conversationId, content: 'Hi' }),
    hears(['ann', 'bob'], 'new_message', message('hi', 'Hi', { from: 2, to: 1 })),
    hears('ann', 'message_notification', notification('hi', 'Hi', { from: 2, to: 1 })),
  ]);

  transcript('writing to somebody opens a conversation of the two, which nobody else may enter', [
    connects('ann', 'direct'),
    connects('bob', 'direct', { auth: { dialect: 'direct' } }),
    connects('eve', 'direct'),
    asks('ann', 'send_message', { conversationId, content: 'Hello', toUserId: '2' }),
    hears('ann', 'new_message', message('hello', 'Hello')),
    isAnswered('ann', 'send_message', message('hello', 'Hello')),
    hears('bob', 'message_notification', notification('hello', 'Hello')),
    says('eve', 'join_conversation', conversationId),
    hears('eve', 'error', { message: /not found/ }),
    says('eve', 'send_message', { conversationId, content: 'Me too' }),
    hears('eve', 'error', { message: /not found/ }),
    says('eve', 'typing_start', { conversationId }),
    hears('eve', 'error', { message: /not found/ }),
    says('eve', 'mark_read', { conversationId }),
    hears('eve', 'error', { message: /not found/ }),
  ]);

  transcript('without a receiver an open conversation comes into being, and names none until there are two', [
    connects('ann', 'direct'),
    says('ann', 'send_message', { conversationId, content: 'Anyone?' }),
    hears('ann', 'new_message', message('anyone', 'Anyone?', { to: 0 })),
    connects('bob', 'direct'),
    ...joins('bob'),
    says('ann', 'send_message', { conversationId, content: 'Bob' }),
    hears(['ann', 'bob'], 'new_message', message('bob', 'Bob')),
    hears('bob', 'message_notification', notification('bob', 'Bob')),
    connects('cat', 'direct'),
    ...joins('cat'),
    says('ann', 'send_message', { conversationId, content: 'All' }),
    hears(['ann', 'bob', 'cat'], 'new_message', message('all', 'All', { to: 0 })),
    hears(['bob', 'cat'], 'message_notification', notification('all', 'All', { to: 0 })),
  ]);

  transcript('several devices of both hear it, the sender’s without a notification', [
    ...bothThere,
    connects('ann/phone', 'direct'),
    ...joins('ann/phone'),
    says('ann', 'send_message', { conversationId, content: 'Hello' }),
    hears(['ann', 'ann/phone', 'bob'], 'new_message', message('hello', 'Hello')),
    hears('bob', 'message_notification', notification('hello', 'Hello')),
  ]);

  transcript('ids that are no integers are written as the strings that they are', [
    connects('dan', 'direct'),
    connects('bob', 'direct', { auth: { dialect: 'direct' } }),
    says('dan', 'send_message', { conversationId: 'c-1', content: 'Hi', toUserId: 2 }),
    hears('dan', 'new_message', message('hi', 'Hi', { from: 'dan-uuid', in: 'c-1' })),
    hears('bob', 'message_notification', notification('hi', 'Hi', { from: 'dan-uuid', in: 'c-1' })),
  ]);

  transcript('the same clientMessageId says a thing once', [
    ...bothThere,
    asks('ann', 'send_message', { conversationId, content: 'Once', clientMessageId: 'c1' }),
    hears(['ann', 'bob'], 'new_message', message('once', 'Once')),
    isAnswered('ann', 'send_message', message('once', 'Once')),
    hears('bob', 'message_notification', notification('once', 'Once')),
    asks('ann', 'send_message', { conversationId, content: 'Twice', clientMessageId: 'c1' }),
    isAnswered('ann', 'send_message', message('once', 'Once')),
    says('ann', 'send_message', { conversationId, content: 'Thrice', metadata: { clientMessageId: 'c1' } }),
    hears('ann', 'new_message', message('once', 'Once')),
  ]);

  transcript('whoever was removed over HTTP hears nothing and may do nothing, until added again', [
    calls('host', 'POST /api/v1/conversations', { id: conversationId, kind: 'group', members: [1, 2, 3] }, 201),
    connects('ann', 'direct'),
    ...joins('ann'),
    connects('bob', 'direct'),
    ...joins('bob'),
    calls('host', `DELETE /api/v1/conversations/${conversationId}/members/2`, undefined, 204),
    says('ann', 'send_message', { conversationId, content: 'Hello' }),
    hears('ann', 'new_message', message('hello', 'Hello', { to: 3 })),
    asks('bob', 'join_conversation', conversationId),
    hears('bob', 'error', { message: /not found/ }),
    isAnswered('bob', 'join_conversation', { event: 'error', data: { message: /not found/ } }),
    calls('host', `POST /api/v1/conversations/${conversationId}/members`, { userId: 2 }, 201),
    says('ann', 'send_message', { conversationId, content: 'Again' }),
    hears('ann', 'new_message', message('again', 'Again', { to: 0 })),
    hears('bob', 'message_notification', notification('again', 'Again', { to: 0 })),
    ...joins('bob'),
  ]);
});
