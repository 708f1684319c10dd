import type { EventOf } from '../../core/events.ts';
import type * as model from '../../core/model.ts';
import { acknowledged, type Dialect, inbound } from '../dialect.ts';
import { closes, deletionOf, editOf, idAsNumber, idFrom, milliseconds, reactionOf, unlessDeleted } from '../wire.ts';
import { messageEdited, messageNotification, messageReaction, newMessage, sendMessage } from './messages.ts';
import * as payloads from './payloads.ts';

function conversationFrom(payload: payloads.ConversationId): model.ConversationId {
  return idFrom(typeof payload === 'object' ? payload.conversationId : payload);
}

function userTyping({ conversationId, user }: EventOf<'TypingChanged'>): payloads.UserTyping {
  return { conversationId: idAsNumber(conversationId), userId: idAsNumber(user.id) };
}

/** One-to-one conversations with notifications. */
export const direct: Dialect = {
  name: 'direct',
  title: 'Direct chat',
  mount: '/',

  inbound: {
    join_conversation: inbound({
      request: 'JoinConversation',
      schema: payloads.ConversationId,
      read: (payload) => ({
        type: 'JoinConversation',
        conversationId: conversationFrom(payload),
        opening: { kind: 'direct' },
        history: { want: 'none' },
      }),
      answer: () => acknowledged(),
    }),
    leave_conversation: inbound({
      request: 'LeaveConversation',
      schema: payloads.ConversationId,
      read: (payload) => ({ type: 'LeaveConversation', conversationId: conversationFrom(payload) }),
      answer: () => acknowledged(),
    }),
    send_message: inbound({
      request: 'SendMessage',
      schema: payloads.SendMessage,
      read: sendMessage,
      answer: ({ message }) => acknowledged(newMessage(message)),
      ack: payloads.NewMessage,
      asHeard: { event: 'new_message' },
    }),
    edit_message: inbound({
      request: 'EditMessage',
      schema: payloads.EditMessage,
      read: ({ conversationId, messageId, content }) => editOf(conversationId, messageId, content),
      answer: ({ message }, _request, at) => acknowledged(messageEdited(message, at)),
      ack: payloads.MessageEdited,
    }),
    delete_message: inbound({
      request: 'DeleteMessage',
      schema: payloads.DeleteMessage,
      read: ({ conversationId, messageId }) => deletionOf(conversationId, messageId),
      answer: () => acknowledged(),
    }),
    react: inbound({
      request: 'SetReaction',
      schema: payloads.React,
      read: ({ conversationId, messageId, ...reaction }) => reactionOf(conversationId, messageId, reaction),
      answer: () => acknowledged(),
    }),
    mark_read: inbound({
      request: 'MarkRead',
      schema: payloads.ConversationId,
      read: (payload) => ({
        type: 'MarkRead',
        conversationId: conversationFrom(payload),
        marks: { what: 'everything' },
      }),
      answer: () => acknowledged(),
    }),
    typing_start: inbound({
      request: 'SetTyping',
      schema: payloads.Typing,
      read: ({ conversationId }) => ({ type: 'SetTyping', conversationId: idFrom(conversationId), isTyping: true }),
      answer: () => acknowledged(),
    }),
    typing_stop: inbound({
      request: 'SetTyping',
      schema: payloads.Typing,
      read: ({ conversationId }) => ({ type: 'SetTyping', conversationId: idFrom(conversationId), isTyping: false }),
      answer: () => acknowledged(),
    }),
  },

  outbound: {
    MessageSent: [
      {
        name: 'new_message',
        to: 'joined',
        schema: payloads.NewMessage,
        write: ({ event }) => unlessDeleted(event.message, newMessage),
      },
      {
        name: 'message_notification',
        to: 'otherMembers',
        schema: payloads.MessageNotification,
        write: ({ event }) => unlessDeleted(event.message, messageNotification),
        forSilentListeners: true,
      },
    ],
    MessageEdited: [
      {
        name: 'message_edited',
        to: 'joined',
        schema: payloads.MessageEdited,
        write: ({ event, at }) => messageEdited(event.message, at),
      },
    ],
    MessageDeleted: [
      {
        name: 'message_deleted',
        to: 'joined',
        schema: payloads.MessageDeleted,
        write: ({ event, at }) => ({
          id: event.messageId,
          conversation_id: idAsNumber(event.conversationId),
          deleted_at: milliseconds(at),
        }),
      },
    ],
    MessageReacted: [
      {
        name: 'message_reaction',
        to: 'joined',
        schema: payloads.MessageReaction,
        write: ({ event }) => messageReaction(event, 'added'),
      },
    ],
    MessageUnreacted: [
      {
        name: 'message_reaction',
        to: 'joined',
        schema: payloads.MessageReaction,
        write: ({ event }) => messageReaction(event, 'removed'),
      },
    ],
    ReadCursorMoved: [
      {
        name: 'messages_read',
        to: 'joinedAndActor',
        schema: payloads.MessagesRead,
        write: ({ event, at }) => ({
          conversationId: idAsNumber(event.conversationId),
          userId: idAsNumber(event.userId),
          readAt: milliseconds(at),
        }),
      },
    ],
    TypingChanged: [
      {
        name: 'typing_start',
        to: 'joinedOthers',
        schema: payloads.UserTyping,
        write: ({ event }) => (event.isTyping ? userTyping(event) : undefined),
      },
      {
        name: 'typing_stop',
        to: 'joinedOthers',
        schema: payloads.UserTyping,
        write: ({ event }) => (event.isTyping ? undefined : userTyping(event)),
      },
    ],
    NotificationCreated: [
      {
        name: 'new_notification',
        to: 'user',
        schema: payloads.NewNotification,
        write: ({ event: { notification } }) => ({
          id: notification.id,
          user_id: idAsNumber(notification.userId),
          title: notification.title,
          message: notification.message,
          type: notification.type,
          created_at: milliseconds(notification.at),
        }),
        forSilentListeners: true,
      },
    ],
    ConversationCreated: 'silent',
    ConversationChanged: 'silent',
    StatusChanged: 'silent',
    MemberAdded: 'silent',
    MemberRemoved: 'silent',
    MemberJoined: 'silent',
    MemberLeft: 'silent',
    MemberRoleChanged: 'silent',
    MemberSettingsChanged: 'silent',
    NotificationRead: 'silent',
    NotificationsRead: 'silent',
    UserChanged: 'silent',
    UserRevoked: 'silent',
    BlockChanged: 'silent',
    BanChanged: 'silent',
    PresentUsersChanged: 'silent',
    PresenceChanged: 'silent',
  },

  error: { schema: payloads.ErrorPayload, write: ({ message }) => ({ message }) },
  closes,
};
