import type { ConversationId, Message, TimeMs, UserId } from '../../core/model.ts';
import { acknowledged, answeredBy, type Dialect, type Frame, inbound } from '../dialect.ts';
import { closes, deletionOf, editOf, idFrom, messageIdFrom, milliseconds, reactionOf, unlessDeleted } from '../wire.ts';
import { messageEdited, messageReaction, newMessage, sendMessage, syncMessages } from './messages.ts';
import * as payloads from './payloads.ts';

function roomFrom(payload: payloads.RoomId): ConversationId {
  return idFrom(typeof payload === 'object' ? payload.roomId : payload);
}

function userInRoom(userId: UserId, roomId: ConversationId, at: TimeMs): payloads.UserInRoom {
  return { userId, roomId, timestamp: milliseconds(at) };
}

function synced(messages: readonly Message[]): Frame[] {
  return messages.map((message) => ({ name: 'newMessage', payload: newMessage(message) }));
}

/** Rooms with presence, receipts and synchronisation. */
export const messaging: Dialect = {
  name: 'messaging',
  title: 'Messaging',
  mount: '/chat',

  inbound: {
    joinRoom: inbound({
      request: 'JoinConversation',
      schema: payloads.RoomId,
      read: (payload) => ({
        type: 'JoinConversation',
        conversationId: roomFrom(payload),
        opening: { kind: 'open' },
        history: { want: 'none' },
      }),
      answer: ({ conversationId }) => answeredBy('joinedRoom', conversationId),
      answers: { joinedRoom: payloads.JoinedRoom },
    }),
    leaveRoom: inbound({
      request: 'LeaveConversation',
      schema: payloads.RoomId,
      read: (payload) => ({ type: 'LeaveConversation', conversationId: roomFrom(payload) }),
      answer: ({ conversationId }) => answeredBy('leftRoom', conversationId),
      answers: { leftRoom: payloads.LeftRoom },
    }),
    sendMessage: inbound({
      request: 'SendMessage',
      schema: payloads.SendMessage,
      read: sendMessage,
      answer: ({ message }) =>
        answeredBy('messageSent', { id: String(message.id), timestamp: milliseconds(message.at), status: 'sent' }),
      answers: { messageSent: payloads.MessageSent },
    }),
    editMessage: inbound({
      request: 'EditMessage',
      schema: payloads.EditMessage,
      read: ({ roomId, messageId, content }) => editOf(roomId, messageId, content),
      answer: ({ message }, _request, at) => acknowledged(messageEdited(message, at)),
      ack: payloads.MessageEdited,
    }),
    deleteMessage: inbound({
      request: 'DeleteMessage',
      schema: payloads.DeleteMessage,
      read: ({ roomId, messageId }) => deletionOf(roomId, messageId),
      answer: () => acknowledged(),
    }),
    react: inbound({
      request: 'SetReaction',
      schema: payloads.React,
      read: ({ roomId, messageId, ...reaction }) => reactionOf(roomId, messageId, reaction),
      answer: () => acknowledged(),
    }),
    typingIndicator: inbound({
      request: 'SetTyping',
      schema: payloads.TypingIndicator,
      read: ({ roomId, isTyping }) => ({ type: 'SetTyping', conversationId: idFrom(roomId), isTyping }),
      answer: () => acknowledged(),
    }),
    presenceUpdate: inbound({
      request: 'SetPresence',
      schema: payloads.SetPresence,
      read: ({ status }) => ({ type: 'SetPresence', status }),
      answer: () => acknowledged(),
    }),
    readReceipt: inbound({
      request: 'MarkRead',
      schema: payloads.ReadReceipt,
      read: ({ roomId, messageId }) => ({
        type: 'MarkRead',
        conversationId: idFrom(roomId),
        // What is no message id becomes one that no message bears, so that it is refused in the order of every other.
        marks: { what: 'upTo', messageId: messageIdFrom(messageId) ?? 0 },
      }),
      answer: () => acknowledged(),
    }),
    heartbeat: inbound({
      request: 'Heartbeat',
      schema: payloads.Heartbeat,
      read: () => ({ type: 'Heartbeat' }),
      answer: () => acknowledged(),
    }),
    syncMessages: inbound({
      request: 'SyncMessages',
      schema: payloads.SyncMessages,
      read: syncMessages,
      answer: ({ conversationId, messages, toldBefore, hasMore }) =>
        answeredBy(
          'syncComplete',
          { roomId: conversationId, syncedMessageCount: toldBefore + messages.length, hasMore },
          synced(messages),
        ),
      earlier: synced,
      answers: { newMessage: payloads.NewMessage, syncComplete: payloads.SyncComplete },
    }),
  },

  outbound: {
    MessageSent: [
      {
        name: 'newMessage',
        to: 'joined',
        schema: payloads.NewMessage,
        write: ({ event }) => unlessDeleted(event.message, newMessage),
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
          roomId: event.conversationId,
          timestamp: milliseconds(at),
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
    ReadCursorMoved: [
      {
        name: 'messageRead',
        to: 'joined',
        schema: payloads.MessageRead,
        write: ({ event }) => ({
          messageId: String(event.to),
          userId: event.userId,
          roomId: event.conversationId,
        }),
      },
    ],
    TypingChanged: [
      {
        name: 'userTyping',
        to: 'joined',
        schema: payloads.UserTyping,
        write: ({ event }) => ({ userId: event.user.id, roomId: event.conversationId, isTyping: event.isTyping }),
      },
    ],
    PresenceChanged: [
      {
        name: 'presenceUpdate',
        to: 'acquaintances',
        schema: payloads.PresenceUpdate,
        write: ({ event }) => ({
          userId: event.userId,
          status: event.status,
          lastActive: milliseconds(event.lastActive),
        }),
      },
    ],
    MemberJoined: [
      {
        name: 'userJoinedRoom',
        to: 'joined',
        schema: payloads.UserInRoom,
        write: ({ event, at }) => userInRoom(event.user.id, event.conversationId, at),
      },
    ],
    MemberLeft: [
      {
        name: 'userLeftRoom',
        to: 'joined',
        schema: payloads.UserInRoom,
        write: ({ event, at }) => userInRoom(event.user.id, event.conversationId, at),
      },
    ],
    MemberRemoved: [
      {
        name: 'userLeftRoom',
        to: 'joined',
        schema: payloads.UserInRoom,
        write: ({ event, at }) => (event.wasJoined ? userInRoom(event.userId, event.conversationId, at) : undefined),
      },
    ],
    ConversationCreated: 'silent',
    ConversationChanged: 'silent',
    StatusChanged: 'silent',
    MemberAdded: 'silent',
    NotificationCreated: 'silent',
    MemberRoleChanged: 'silent',
    MemberSettingsChanged: 'silent',
    NotificationRead: 'silent',
    NotificationsRead: 'silent',
    UserChanged: 'silent',
    UserRevoked: 'silent',
    BlockChanged: 'silent',
    BanChanged: 'silent',
    PresentUsersChanged: 'silent',
  },

  error: {
    schema: payloads.ErrorPayload,
    write: ({ refused, message, retryAfterMs }, event = ''): payloads.ErrorPayload => ({
      code: refused,
      message,
      event,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }),
  },
  closes,
};
