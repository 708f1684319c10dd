import type { Entry, EventOf, LoggedEventType } from '../core/events.ts';
import { topicOf } from '../core/events.ts';
import type { JsonObject, UserId } from '../core/model.ts';
import { conversationJson, messageJson, notificationJson, time, userJson } from './json.ts';

/** What has happened, in the form in which HTTP shows everything else: what a webhook is sent. */
export type ToldEvent = {
  readonly type: string;
  /** JSON text. */
  write(): string;
};

type Row<T extends LoggedEventType> = {
  readonly name: string;
  data(event: EventOf<T>): JsonObject;
};

const rows = {
  ConversationCreated: {
    name: 'conversation.created',
    data: ({ conversation }) => ({ conversation: conversationJson({ conversation, unreadCount: 0 }) }),
  },
  ConversationChanged: { name: 'conversation.changed', data: ({ title = '' }) => ({ title }) },
  StatusChanged: {
    name: 'conversation.status',
    data: ({ status, clientId, adminId }) => ({ status, clientId, ...(adminId === undefined ? {} : { adminId }) }),
  },
  MemberAdded: { name: 'member.added', data: ({ user, role }) => ({ user: userJson(user), role }) },
  MemberRemoved: { name: 'member.removed', data: ({ userId, mayReenter }) => ({ userId, mayReenter }) },
  MemberJoined: { name: 'member.joined', data: ({ user }) => ({ user: userJson(user) }) },
  MemberLeft: { name: 'member.left', data: ({ user }) => ({ user: userJson(user) }) },
  MemberRoleChanged: { name: 'member.role', data: ({ userId, role }) => ({ userId, role }) },
  MemberSettingsChanged: {
    name: 'member.settings',
    data: ({ conversationId, userId, isArchived, isMuted }) => ({ conversationId, userId, isArchived, isMuted }),
  },
  MessageSent: { name: 'message.sent', data: ({ message }) => ({ message: messageJson(message) }) },
  MessageEdited: { name: 'message.edited', data: ({ message }) => ({ message: messageJson(message) }) },
  MessageDeleted: {
    name: 'message.deleted',
    data: ({ messageId, senderId }) => ({ messageId: String(messageId), senderId }),
  },
  MessageReacted: {
    name: 'reaction.added',
    data: ({ messageId, user, emoji }) => ({ messageId: String(messageId), user: userJson(user), emoji }),
  },
  MessageUnreacted: {
    name: 'reaction.removed',
    data: ({ messageId, user, emoji }) => ({ messageId: String(messageId), user: userJson(user), emoji }),
  },
  ReadCursorMoved: {
    name: 'messages.read',
    data: ({ userId, to, messageIds }) => ({ userId, readCursor: String(to), messageIds: messageIds.map(String) }),
  },
  NotificationCreated: {
    name: 'notification.created',
    data: ({ notification }) => ({ notification: notificationJson(notification, false) }),
  },
  NotificationRead: {
    name: 'notification.read',
    data: ({ userId, notificationId }) => ({ userId, notificationId: String(notificationId) }),
  },
  NotificationsRead: { name: 'notifications.read', data: ({ userId, upTo }) => ({ userId, upTo: String(upTo) }) },
  UserChanged: { name: 'user.changed', data: ({ user }) => ({ user: userJson(user) }) },
  UserRevoked: {
    name: 'user.revoked',
    data: ({ userId, revokedAtSeconds }) => ({ userId, revokedUpTo: time(revokedAtSeconds * 1000) }),
  },
  BlockChanged: {
    name: 'user.block',
    data: ({ userId, blockedId, isBlocked }) => ({ userId, blockedId, isBlocked }),
  },
  BanChanged: {
    name: 'user.ban',
    data: ({ userId, isBanned, reason, untilMs }) => ({
      userId,
      isBanned,
      ...(reason === undefined ? {} : { reason }),
      ...(untilMs === undefined ? {} : { until: time(untilMs) }),
    }),
  },
} as const satisfies { readonly [T in LoggedEventType]: Row<T> };

export const webhookEventNames: readonly string[] = Object.values(rows).map(({ name }) => name);

/** The entry as a webhook is told of it. `id` is its position: what is told twice bears the same one. */
export function toldEvent(entry: Entry): ToldEvent {
  return tell(entry.event.type, entry);
}

function tell<T extends LoggedEventType>(type: T, { position, at, event }: Entry): ToldEvent {
  const row: Row<T> = rows[type] as never;
  return {
    type: row.name,
    write() {
      const { conversationId } = topicOf(event);
      const actorId: UserId | undefined = 'actorId' in event ? event.actorId : undefined;
      return JSON.stringify({
        id: String(position),
        type: row.name,
        createdAt: time(at),
        ...(conversationId === undefined ? {} : { conversationId }),
        ...(actorId === undefined ? {} : { actorId }),
        data: row.data(event as EventOf<T>),
      });
    },
  };
}
