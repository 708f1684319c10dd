import type { RequestOf } from '../../core/commands.ts';
import type { EventOf } from '../../core/events.ts';
import type { Message, QuotedMessage, TimeMs } from '../../core/model.ts';
import type { Refusal } from '../../core/refusals.ts';
import {
  clientMessageIdFrom,
  idAsNumber,
  idFrom,
  isBlank,
  milliseconds,
  missingContent,
  textWithLink,
} from '../wire.ts';
import type { MessageEdited, MessageNotification, MessageReaction, NewMessage, SendMessage } from './payloads.ts';

/** What direct clients hear and ask for: each function writes or reads the event, or the part of one, that it is named after. */

export function newMessage(message: Message): NewMessage {
  return {
    id: message.id,
    conversation_id: idAsNumber(message.conversationId),
    sender_id: idAsNumber(message.sender.id),
    receiver_id: message.receiverId === undefined ? 0 : idAsNumber(message.receiverId),
    content: textWithLink(message),
    is_read: false,
    read_at: null,
    created_at: milliseconds(message.at),
  };
}

export function messageNotification(message: Message): MessageNotification {
  const { id, conversation_id, sender_id, receiver_id, content, is_read, created_at } = newMessage(message);
  return { id, conversation_id, sender_id, receiver_id, content, is_read, created_at, type: 'new_message' };
}

export function messageEdited(message: QuotedMessage, at: TimeMs): MessageEdited {
  return {
    id: message.id,
    conversation_id: idAsNumber(message.conversationId),
    sender_id: idAsNumber(message.sender.id),
    content: textWithLink(message),
    edited_at: milliseconds(message.editedAt ?? at),
  };
}

export function messageReaction(
  { messageId, conversationId, user, emoji }: EventOf<'MessageReacted' | 'MessageUnreacted'>,
  action: MessageReaction['action'],
): MessageReaction {
  return {
    message_id: messageId,
    conversation_id: idAsNumber(conversationId),
    user_id: idAsNumber(user.id),
    emoji,
    action,
  };
}

export function sendMessage(payload: SendMessage): RequestOf<'SendMessage'> | Refusal {
  const { content, toUserId } = payload;
  if (typeof content !== 'string' || isBlank(content)) return missingContent;
  return {
    type: 'SendMessage',
    conversationId: idFrom(payload.conversationId),
    text: content,
    clientMessageId: clientMessageIdFrom(payload),
    opening:
      toUserId === undefined || toUserId === null || toUserId === ''
        ? { kind: 'direct' }
        : { kind: 'direct', toUserId: idFrom(toUserId) },
  };
}
