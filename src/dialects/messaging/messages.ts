import type { RequestOf } from '../../core/commands.ts';
import type { EventOf } from '../../core/events.ts';
import type { Attachment, Message, QuotedMessage, TimeMs } from '../../core/model.ts';
import type { Refusal } from '../../core/refusals.ts';
import {
  clientMessageIdFrom,
  idFrom,
  invalid,
  isBlank,
  isJsonObject,
  messageIdFrom,
  milliseconds,
  missingContent,
  refusedAddress,
} from '../wire.ts';
import type { MessageEdited, MessageReaction, NewMessage, SendMessage, SyncMessages } from './payloads.ts';

/** What messaging clients hear and ask for: each function writes or reads the event, or the part of one, that it is named after. */

function attachmentAsHeard({ url, type, name }: Attachment): NewMessage['attachment'] {
  return { url, ...(type !== undefined && { type }), ...(name !== undefined && { name }) };
}

export function newMessage(message: Message): NewMessage {
  // Put together piece by piece, because spreading what is mostly absent costs every message.
  const heard: NewMessage = {
    id: String(message.id),
    content: message.text,
    sender: message.sender.id,
    roomId: message.conversationId,
    timestamp: milliseconds(message.at),
  };
  if (message.replyToId !== undefined) heard.replyToId = String(message.replyToId);
  if (message.attachment) heard.attachment = attachmentAsHeard(message.attachment);
  if (message.metadata) heard.metadata = message.metadata;
  return heard;
}

export function messageEdited(message: QuotedMessage, at: TimeMs): MessageEdited {
  return {
    id: String(message.id),
    roomId: message.conversationId,
    sender: message.sender.id,
    content: message.text,
    editedAt: milliseconds(message.editedAt ?? at),
  };
}

export function messageReaction(
  { messageId, conversationId, user, emoji }: EventOf<'MessageReacted' | 'MessageUnreacted'>,
  action: MessageReaction['action'],
): MessageReaction {
  return { messageId: String(messageId), roomId: conversationId, userId: user.id, emoji, action };
}

export function sendMessage(payload: SendMessage): RequestOf<'SendMessage'> | Refusal {
  const { attachment, content } = payload;
  const metadata: unknown = payload.metadata ?? undefined;
  const refused = attachment && refusedAddress('attachment.url', attachment.url);
  if (refused) return refused;
  if (metadata !== undefined && !isJsonObject(metadata)) {
    return invalid('metadata must be an object of plain JSON, at most 32 levels deep.');
  }
  if (!attachment && isBlank(content)) return missingContent;
  return {
    type: 'SendMessage',
    conversationId: idFrom(payload.roomId),
    text: content ?? '',
    attachment: attachment
      ? { url: attachment.url, type: attachment.type ?? undefined, name: attachment.name ?? undefined }
      : undefined,
    replyToId: messageIdFrom(payload.replyToId),
    metadata,
    clientMessageId: clientMessageIdFrom(payload),
    opening: { kind: 'open' },
  };
}

const syncLimit = { absent: 50, atMost: 500 };

export function syncMessages({ roomId, lastMessageId, limit }: SyncMessages): RequestOf<'SyncMessages'> {
  return {
    type: 'SyncMessages',
    conversationId: idFrom(roomId),
    after: messageIdFrom(lastMessageId),
    limit: Math.min(Math.max(limit ?? syncLimit.absent, 1), syncLimit.atMost),
  };
}
