import { acknowledged, type Dialect, inbound } from '../dialect.ts';
import { closes, deletionOf, editOf, idAsNumber, reactionOf, unlessDeleted, wholeSeconds } from '../wire.ts';
import { receiveEdit, receiveMessage, receiveReaction, sendMessage } from './messages.ts';
import * as payloads from './payloads.ts';

/** Mobile chats without a join step: whoever is a member of a chat hears it on every connection. */
export const kenz: Dialect = {
  name: 'kenz',
  title: 'Chat-Kenz',
  mount: '/',

  inbound: {
    send_message: inbound({
      request: 'SendMessage',
      schema: payloads.SendMessage,
      read: sendMessage,
      answer: ({ message }) => acknowledged(receiveMessage(message)),
      ack: payloads.ReceiveMessage,
      asHeard: { event: 'receive_message' },
    }),
    edit_message: inbound({
      request: 'EditMessage',
      schema: payloads.EditMessage,
      read: ({ chatId, messageId, message }) => editOf(chatId, messageId, message),
      answer: ({ message }, _request, at) => acknowledged(receiveEdit(message, at)),
      ack: payloads.ReceiveEdit,
    }),
    delete_message: inbound({
      request: 'DeleteMessage',
      schema: payloads.DeleteMessage,
      read: ({ chatId, messageId }) => deletionOf(chatId, messageId),
      answer: () => acknowledged(),
    }),
    react: inbound({
      request: 'SetReaction',
      schema: payloads.React,
      read: ({ chatId, messageId, ...reaction }) => reactionOf(chatId, messageId, reaction),
      answer: () => acknowledged(),
    }),
  },

  outbound: {
    MessageSent: [
      {
        name: 'receive_message',
        to: 'members',
        schema: payloads.ReceiveMessage,
        write: ({ event }) => unlessDeleted(event.message, receiveMessage),
        forSilentListeners: true,
      },
    ],
    MessageEdited: [
      {
        name: 'receive_edit',
        to: 'members',
        schema: payloads.ReceiveEdit,
        write: ({ event, at }) => receiveEdit(event.message, at),
      },
    ],
    MessageDeleted: [
      {
        name: 'receive_deletion',
        to: 'members',
        schema: payloads.ReceiveDeletion,
        write: ({ event, at }) => ({
          id: event.messageId,
          chat_id: idAsNumber(event.conversationId),
          deleted_at: wholeSeconds(at),
        }),
      },
    ],
    MessageReacted: [
      {
        name: 'receive_reaction',
        to: 'members',
        schema: payloads.ReceiveReaction,
        write: ({ event }) => receiveReaction(event, 'added'),
      },
    ],
    MessageUnreacted: [
      {
        name: 'receive_reaction',
        to: 'members',
        schema: payloads.ReceiveReaction,
        write: ({ event }) => receiveReaction(event, 'removed'),
      },
    ],
    ConversationCreated: 'silent',
    ConversationChanged: 'silent',
    StatusChanged: 'silent',
    MemberAdded: 'silent',
    MemberRemoved: 'silent',
    MemberJoined: 'silent',
    MemberLeft: 'silent',
    ReadCursorMoved: 'silent',
    NotificationCreated: 'silent',
    MemberRoleChanged: 'silent',
    MemberSettingsChanged: 'silent',
    NotificationRead: 'silent',
    NotificationsRead: 'silent',
    UserChanged: 'silent',
    UserRevoked: 'silent',
    BlockChanged: 'silent',
    BanChanged: 'silent',
    TypingChanged: 'silent',
    PresentUsersChanged: 'silent',
    PresenceChanged: 'silent',
  },

  error: { schema: payloads.ErrorMessage, write: (refusal) => refusal.message },
  closes,
};
