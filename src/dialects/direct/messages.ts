import type { RequestOf } from '../../core/commands.ts';
import type { Message } from '../../core/model.ts';
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
import type { MessageNotification, NewMessage, SendMessage } from './payloads.ts';

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
  const { read_at, ...notification } = newMessage(message);
  return { ...notification, type: 'new_message' };
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
