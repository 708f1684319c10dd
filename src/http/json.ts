import type { ConversationView, StoredFile, WebhookFailure, WebhookState } from '../app/ports.ts';
import type {
  Attachment,
  Member,
  Message,
  Notification,
  Position,
  PresenceStatus,
  QuotedMessage,
  TimeMs,
  User,
  UserId,
} from '../core/model.ts';
import type { WebhookJson } from './host-schemas.ts';
import type { MessageJson, QuotedMessageJson } from './message-schemas.ts';
import type { ConversationJson, FileJson, MemberJson, NotificationJson, PresenceJson, UserJson } from './schemas.ts';

/** The house's values as HTTP writes them: ids as strings, times in ISO form; a field without a value is left out. */

export const time = (atMs: number): string => new Date(atMs).toISOString();

export function userJson({ id, name, email, role, imageUrl }: User): UserJson {
  return { id, name, email, role, ...(imageUrl === undefined ? {} : { imageUrl }) };
}

const previewCharacters = 200;

function previewJson(message: Message): NonNullable<ConversationJson['lastMessage']> {
  const { attachment, sender, text } = message;
  const { type, name } = attachment ?? {};
  return {
    id: String(message.id),
    senderId: sender.id,
    senderName: sender.name,
    // Cut between characters, never through one.
    text:
      text.length <= previewCharacters
        ? text
        : [...text.slice(0, 2 * previewCharacters)].slice(0, previewCharacters).join(''),
    ...(attachment === undefined
      ? {}
      : { attachment: { ...(type === undefined ? {} : { type }), ...(name === undefined ? {} : { name }) } }),
    ...(message.deletedAt === undefined ? {} : { isDeleted: true }),
    createdAt: time(message.at),
  };
}

/** What a member has of a conversation for themselves is left out for everybody else. */
export function conversationJson(view: ConversationView): ConversationJson {
  const { conversation, member, unreadCount, settings, lastMessage, peer } = view;
  const { id, kind, title, status, clientId, adminId, createdBy, createdAt, updatedAt } = conversation;
  return {
    id,
    kind,
    ...(title === undefined ? {} : { title }),
    ...(status === undefined ? {} : { status }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(adminId === undefined ? {} : { adminId }),
    ...(createdBy === undefined ? {} : { createdBy }),
    createdAt: time(createdAt),
    updatedAt: time(updatedAt),
    memberCount: conversation.memberCount,
    messageCount: conversation.ordinal,
    ...(conversation.lastMessageId === 0 ? {} : { lastMessageId: String(conversation.lastMessageId) }),
    ...(member === undefined ? {} : { unreadCount, role: member.role }),
    ...(member === undefined || member.readCursor === 0 ? {} : { readCursor: String(member.readCursor) }),
    ...(member === undefined ? {} : { isArchived: settings?.isArchived === true, isMuted: settings?.isMuted === true }),
    ...(lastMessage === undefined ? {} : { lastMessage: previewJson(lastMessage) }),
    ...(peer === undefined ? {} : { peer: userJson(peer) }),
  };
}

export function memberJson({ member, user }: { readonly member: Member; readonly user: User }): MemberJson {
  return {
    userId: member.userId,
    role: member.role,
    ...(member.readCursor === 0 ? {} : { readCursor: String(member.readCursor) }),
    user: userJson(user),
  };
}

function attachmentJson({ url, type, name, sizeBytes, fileId }: Attachment): NonNullable<MessageJson['attachment']> {
  return {
    url,
    ...(type === undefined ? {} : { type }),
    ...(name === undefined ? {} : { name }),
    ...(sizeBytes === undefined ? {} : { size: sizeBytes }),
    ...(fileId === undefined ? {} : { fileId }),
  };
}

function quotedJson(message: QuotedMessage): QuotedMessageJson {
  const { contentType, attachment, replyToId, metadata, clientMessageId } = message;
  return {
    id: String(message.id),
    conversationId: message.conversationId,
    senderId: message.sender.id,
    sender: userJson(message.sender),
    text: message.text,
    ...(contentType === undefined ? {} : { type: contentType }),
    ...(attachment === undefined ? {} : { attachment: attachmentJson(attachment) }),
    ...(replyToId === undefined ? {} : { replyToId: String(replyToId) }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    createdAt: time(message.at),
    ...(message.editedAt === undefined ? {} : { editedAt: time(message.editedAt) }),
    ...(message.deletedAt === undefined ? {} : { deletedAt: time(message.deletedAt) }),
  };
}

export function messageJson(message: Message): MessageJson {
  const { replyTo, reactions } = message;
  return {
    ...quotedJson(message),
    ...(replyTo === undefined ? {} : { replyTo: quotedJson(replyTo) }),
    ...(reactions === undefined
      ? {}
      : { reactions: reactions.map(({ emoji, userIds }) => ({ emoji, userIds: [...userIds] })) }),
  };
}

/** `live`: what is known of them now; `lastSeen`: what was kept. */
export function presenceJson(
  userId: UserId,
  live: { readonly status: PresenceStatus; readonly lastActive: TimeMs } | undefined,
  lastSeen: TimeMs | undefined,
): PresenceJson {
  const lastActive = live?.lastActive ?? lastSeen;
  return {
    userId,
    status: live?.status ?? 'offline',
    ...(lastActive === undefined ? {} : { lastActive: time(lastActive) }),
  };
}

export function notificationJson(notification: Notification, isRead: boolean): NotificationJson {
  const { id, userId, title, message, type, at } = notification;
  return { id: String(id), userId, title, message, type, isRead, createdAt: time(at) };
}

export function fileJson(file: StoredFile, url: string): FileJson {
  return { id: file.id, url, type: file.type, name: file.name, size: file.sizeBytes };
}

export function webhookFailureJson({ at, message, attempts }: WebhookFailure) {
  return { at: time(at), message, attempts };
}

/** Never its secret. */
export function webhookJson(webhook: WebhookState, head: Position): WebhookJson {
  const { id, url, events, createdAt, position, stragglers, parkedCount, failure } = webhook;
  return {
    id,
    url,
    events: [...events],
    createdAt: time(createdAt),
    position: String(position),
    behind: Math.max(0, head - position),
    stragglers: stragglers.map((straggler) => ({ ...straggler, position: String(straggler.position) })),
    parkedCount,
    ...(failure === undefined ? {} : { failure: webhookFailureJson(failure) }),
  };
}
