import type { ConversationId } from '../../core/model.ts';
import { acknowledged, answeredBy, type Dialect, inbound } from '../dialect.ts';
import { closes, deletionOf, editOf, idAsNumber, idFrom, milliseconds, reactionOf, unlessDeleted } from '../wire.ts';
import { messageAsHeard, messageEdited, messageReaction, readMessages, sendMessage } from './messages.ts';
import * as payloads from './payloads.ts';

const newestShown = 50;

function chatFrom(payload: payloads.ChatId): ConversationId {
  return idFrom(typeof payload === 'object' ? payload.chatId : payload);
}

/** Support chats: a client and the admins, with a status. */
export const support: Dialect = {
  name: 'support',
  title: 'Support chat',
  mount: '/',

  inbound: {
    joinChat: inbound({
      request: 'JoinConversation',
      schema: payloads.ChatId,
      read: (payload) => ({
        type: 'JoinConversation',
        conversationId: chatFrom(payload),
        opening: { kind: 'support' },
        history: { want: 'newest', limit: newestShown },
      }),
      answer: ({ conversationId, messages }) =>
        answeredBy('joinedChat', { chatId: conversationId, messages: messages.map(messageAsHeard) }),
      answers: { joinedChat: payloads.JoinedChat },
    }),
    leaveChat: inbound({
      request: 'LeaveConversation',
      schema: payloads.ChatId,
      read: (payload) => ({ type: 'LeaveConversation', conversationId: chatFrom(payload) }),
      answer: ({ conversationId }) => answeredBy('leftChat', conversationId),
      answers: { leftChat: payloads.LeftChat },
    }),
    sendMessage: inbound({
      request: 'SendMessage',
      schema: payloads.SendMessage,
      read: sendMessage,
      answer: ({ message }) => answeredBy('messageSent', messageAsHeard(message)),
      answers: { messageSent: payloads.Message },
      asHeard: { event: 'newMessage', answer: 'messageSent' },
    }),
    editMessage: inbound({
      request: 'EditMessage',
      schema: payloads.EditMessage,
      read: ({ chatId, messageId, text }) => editOf(chatId, messageId, text),
      answer: ({ message }, _request, at) => acknowledged(messageEdited(message, at)),
      ack: payloads.MessageEdited,
    }),
    deleteMessage: inbound({
      request: 'DeleteMessage',
      schema: payloads.DeleteMessage,
      read: ({ chatId, messageId }) => deletionOf(chatId, messageId),
      answer: () => acknowledged(),
    }),
    reactToMessage: inbound({
      request: 'SetReaction',
      schema: payloads.React,
      read: ({ chatId, messageId, ...reaction }) => reactionOf(chatId, messageId, reaction),
      answer: () => acknowledged(),
    }),
    typing: inbound({
      request: 'SetTyping',
      schema: payloads.Typing,
      read: ({ chatId, isTyping }) => ({ type: 'SetTyping', conversationId: idFrom(chatId), isTyping }),
      answer: () => acknowledged(),
    }),
    readMessages: inbound({
      request: 'MarkRead',
      schema: payloads.ReadMessages,
      read: readMessages,
      answer({ userId, messageIds }) {
        const readBy = idAsNumber(userId);
        return answeredBy(
          'messagesMarkedRead',
          messageIds.map((id) => ({ id: String(id), readBy })),
        );
      },
      answers: { messagesMarkedRead: payloads.MessagesMarkedRead },
    }),
    getActiveUsers: inbound({
      request: 'ListPresentUsers',
      schema: payloads.ChatId,
      read: (payload) => ({ type: 'ListPresentUsers', conversationId: chatFrom(payload) }),
      answer: ({ conversationId, userIds }) =>
        answeredBy('activeUsers', { chatId: conversationId, userIds: userIds.map(idAsNumber) }),
      answers: { activeUsers: payloads.ActiveUsers },
    }),
  },

  outbound: {
    MessageSent: [
      {
        name: 'newMessage',
        to: 'joined',
        schema: payloads.Message,
        write: ({ event }) => unlessDeleted(event.message, messageAsHeard),
      },
    ],
    MessageEdited: [
      {
        name: 'messageEdited',
        to: 'joined',
        schema: payloads.MessageEdited,
        write: ({ event, at }) => messageEdited(event.message, at),
      },
    ],
    MessageDeleted: [
      {
        name: 'messageDeleted',
        to: 'joined',
        schema: payloads.MessageDeleted,
        write: ({ event, at }) => ({
          id: String(event.messageId),
          chatId: event.conversationId,
          deletedAt: milliseconds(at),
        }),
      },
    ],
    MessageReacted: [
      {
        name: 'messageReaction',
        to: 'joined',
        schema: payloads.MessageReaction,
        write: ({ event }) => messageReaction(event, 'added'),
      },
    ],
    MessageUnreacted: [
      {
        name: 'messageReaction',
        to: 'joined',
        schema: payloads.MessageReaction,
        write: ({ event }) => messageReaction(event, 'removed'),
      },
    ],
    TypingChanged: [
      {
        name: 'userTyping',
        to: 'joinedOthers',
        schema: payloads.UserTyping,
        write: ({ event }) => ({
          userId: idAsNumber(event.user.id),
          email: event.user.email,
          isTyping: event.isTyping,
          chatId: event.conversationId,
        }),
      },
    ],
    ReadCursorMoved: [
      {
        name: 'messagesRead',
        to: 'joinedOthers',
        schema: payloads.MessagesRead,
        write: ({ event }) => ({
          userId: idAsNumber(event.userId),
          messageIds: event.messageIds.length > 0 ? event.messageIds.map(String) : [String(event.to)],
          chatId: event.conversationId,
        }),
      },
    ],
    PresentUsersChanged: [
      {
        name: 'participantUpdate',
        to: 'joinedOthers',
        schema: payloads.ParticipantUpdate,
        write: ({ event, at }) => ({
          chatId: event.conversationId,
          userId: idAsNumber(event.user.id),
          action: event.isPresent ? 'joined' : 'left',
          timestamp: milliseconds(at),
        }),
      },
    ],
    StatusChanged: [
      {
        name: 'chatStatusChanged',
        to: 'joinedAndParties',
        schema: payloads.ChatStatusChanged,
        write: ({ event }) => ({ chatId: event.conversationId, status: event.status }),
      },
    ],
    ConversationCreated: 'silent',
    ConversationChanged: 'silent',
    MemberAdded: 'silent',
    MemberRemoved: 'silent',
    MemberJoined: 'silent',
    MemberLeft: 'silent',
    NotificationCreated: 'silent',
    MemberRoleChanged: 'silent',
    MemberSettingsChanged: 'silent',
    NotificationRead: 'silent',
    NotificationsRead: 'silent',
    UserChanged: 'silent',
    UserRevoked: 'silent',
    BlockChanged: 'silent',
    BanChanged: 'silent',
    PresenceChanged: 'silent',
  },

  error: { schema: payloads.ErrorMessage, write: (refusal) => refusal.message },
  closes,
};
