import type { RequestOf } from '../../core/commands.ts';
import type { EventOf } from '../../core/events.ts';
import type { Message, Position, QuotedMessage, TimeMs } from '../../core/model.ts';
import type { Refusal } from '../../core/refusals.ts';
import {
  clientMessageIdFrom,
  idAsNumber,
  idFrom,
  isBlank,
  messageIdFrom,
  milliseconds,
  missingContent,
} from '../wire.ts';
import type * as payloads from './payloads.ts';

/** What support clients hear and ask for: each function writes or reads the event, or the part of one, that it is named after. */

/** Its keys stand in the order in which the document shows them. */
function asHeard(message: QuotedMessage, replyTo?: payloads.QuotedMessage): payloads.Message {
  const { text, attachment, replyToId } = message;
  const [id, chatId, senderId] = [String(message.id), message.conversationId, idAsNumber(message.sender.id)];
  const createdAt = milliseconds(message.at);
  const sender = { id: senderId, email: message.sender.email, role: message.sender.role };
  // Most messages are a text alone, and spreading what is mostly absent costs every one of them.
  if (text !== '' && !attachment && replyToId === undefined) return { id, chatId, senderId, text, createdAt, sender };
  return {
    id,
    chatId,
    senderId,
    ...(text !== '' && { text }),
    ...(attachment && { fileUrl: attachment.url }),
    ...(replyToId !== undefined && { replyToId: String(replyToId) }),
    ...(replyTo && { replyTo }),
    createdAt,
    sender,
  };
}

export function messageAsHeard(message: Message): payloads.Message {
  return asHeard(message, message.replyTo && asHeard(message.replyTo));
}

export function messageEdited(message: QuotedMessage, at: TimeMs): payloads.MessageEdited {
  return {
    id: String(message.id),
    chatId: message.conversationId,
    senderId: idAsNumber(message.sender.id),
    text: message.text,
    editedAt: milliseconds(message.editedAt ?? at),
  };
}

export function messageReaction(
  { messageId, conversationId, user, emoji }: EventOf<'MessageReacted' | 'MessageUnreacted'>,
  action: payloads.MessageReaction['action'],
): payloads.MessageReaction {
  return { messageId: String(messageId), chatId: conversationId, userId: idAsNumber(user.id), emoji, action };
}

export function sendMessage(payload: payloads.SendMessage): RequestOf<'SendMessage'> | Refusal {
  const content: payloads.Content = payload.message ?? payload;
  const { text, fileId } = content;
  const hasFile = fileId !== undefined && fileId !== null && fileId !== '';
  if (!hasFile && isBlank(text)) return missingContent;
  return {
    type: 'SendMessage',
    conversationId: idFrom(payload.chatId),
    text: text ?? '',
    fileId: hasFile ? idFrom(fileId) : undefined,
    replyToId: messageIdFrom(content.replyToId),
    clientMessageId: clientMessageIdFrom(content) ?? clientMessageIdFrom(payload),
    opening: { kind: 'support' },
  };
}

export function readMessages({ chatId, messageIds }: payloads.ReadMessages): RequestOf<'MarkRead'> {
  const named = messageIds.map(messageIdFrom).filter((id): id is Position => id !== undefined);
  return { type: 'MarkRead', conversationId: idFrom(chatId), marks: { what: 'messages', messageIds: named } };
}
