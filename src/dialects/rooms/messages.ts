import type { RequestOf } from '../../core/commands.ts';
import type { ConversationId, Message, User } from '../../core/model.ts';
import type { Refusal } from '../../core/refusals.ts';
import { clientMessageIdFrom, isBlank, missingContent, textWithLink, wholeSeconds } from '../wire.ts';
import type { ChatMessage, RoomUsersList, Say, UserJoin, UserLeave } from './payloads.ts';

/** What rooms clients hear and ask for: each function writes or reads the event, or the part of one, that it is named after. */

export function chatMessage(message: Message): ChatMessage {
  return {
    type: 'chat_message',
    message: textWithLink(message),
    sender_username: message.sender.name,
    sender_id: message.sender.id,
    timestamp: wholeSeconds(message.at),
    message_id: String(message.id),
  };
}

export function userJoin({ id, name }: User): UserJoin {
  return { type: 'user_join', user_id: id, username: name };
}

export function userLeave({ id, name }: User): UserLeave {
  return { type: 'user_leave', user_id: id, username: name };
}

export function roomUsersList(users: readonly User[]): RoomUsersList {
  return { type: 'room_users_list', users: users.map(({ id, name }) => ({ id, username: name })) };
}

export function say(payload: Say, room: ConversationId | undefined): RequestOf<'SendMessage'> | Refusal {
  const { message } = payload;
  if (room === undefined) return { refused: 'NOT_FOUND', message: 'Room not found. Connect to one first.' };
  if (typeof message !== 'string' || isBlank(message)) return missingContent;
  return {
    type: 'SendMessage',
    conversationId: room,
    text: message,
    clientMessageId: clientMessageIdFrom(payload),
    opening: { kind: 'open' },
  };
}
