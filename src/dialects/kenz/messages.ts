import type { RequestOf } from '../../core/commands.ts';
import type { EventOf } from '../../core/events.ts';
import type { Message, QuotedMessage, TimeMs } from '../../core/model.ts';
import type { Refusal } from '../../core/refusals.ts';
import {
  clientMessageIdFrom,
  idAsNumber,
  idFrom,
  isBlank,
  missingContent,
  refusedAddress,
  wholeSeconds,
} from '../wire.ts';
import type { ReceiveEdit, ReceiveMessage, ReceiveReaction, SendMessage } from './payloads.ts';

/** What kenz clients hear and ask for: each function writes or reads the event, or the part of one, that it is named after. */

/** How kenz names content. */
function contentTypeOf({ contentType, attachment }: Message): string {
  if (contentType !== undefined) return contentType;
  if (!attachment) return 'text';
  return attachment.type?.match(/^(?:image|video|audio)(?=\/|$)/)?.[0] ?? 'file';
}

export function receiveMessage(message: Message): ReceiveMessage {
  return {
    id: message.id,
    chat_id: idAsNumber(message.conversationId),
    sender_id: idAsNumber(message.sender.id),
    message: message.text,
    type: contentTypeOf(message),
    file_url: message.attachment?.url ?? null,
    created_at: wholeSeconds(message.at),
  };
}

export function receiveEdit(message: QuotedMessage, at: TimeMs): ReceiveEdit {
  return {
    id: message.id,
    chat_id: idAsNumber(message.conversationId),
    sender_id: idAsNumber(message.sender.id),
    message: message.text,
    edited_at: wholeSeconds(message.editedAt ?? at),
  };
}

export function receiveReaction(
  { messageId, conversationId, user, emoji }: EventOf<'MessageReacted' | 'MessageUnreacted'>,
  action: ReceiveReaction['action'],
): ReceiveReaction {
  return {
    message_id: messageId,
    chat_id: idAsNumber(conversationId),
    user_id: idAsNumber(user.id),
    emoji,
    action,
  };
}

export function sendMessage(payload: SendMessage): RequestOf<'SendMessage'> | Refusal {
  const url = payload.file_url ?? '';
  const contentType = payload.type || undefined;
  const refused = url === '' ? undefined : refusedAddress('file_url', url);
  if (refused) return refused;
  if (url === '' && isBlank(payload.message)) return missingContent;
  return {
    type: 'SendMessage',
    conversationId: idFrom(payload.chatId),
    text: payload.message ?? '',
    contentType,
    attachment: url === '' ? undefined : { url, type: contentType === 'text' ? undefined : contentType },
    clientMessageId: clientMessageIdFrom(payload),
    opening: { kind: 'open' },
  };
}
