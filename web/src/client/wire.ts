import type {
  AppNotification,
  Attachment,
  Conversation,
  Member,
  Message,
  Presence,
  QueuedChat,
  Quote,
  Reaction,
  SearchHit,
  SupportStatus,
  User,
} from './model.ts';
import { fieldsOf, idOf, listOf, numberOf, oneOf, someText, textOf, timeOf } from './reading.ts';

/** What comes over HTTP and in messaging's events, as the model of this client. */

const statuses: readonly SupportStatus[] = ['PENDING', 'ACTIVE', 'CLOSED'];

export function userFrom(json: unknown): User {
  const { id, name, role } = fieldsOf(json);
  return { id: idOf(id), name: someText(name) ?? idOf(id), role: textOf(role) };
}

function attachmentFrom(json: unknown): Attachment | undefined {
  const { url, type, name, size } = fieldsOf(json);
  if (typeof url !== 'string') return undefined;
  return {
    url,
    ...(typeof type === 'string' && { type }),
    ...(typeof name === 'string' && { name }),
    ...(typeof size === 'number' && { size }),
  };
}

function quoteFrom(json: unknown): Quote | undefined {
  const { id, senderId, sender, text, attachment } = fieldsOf(json);
  if (id === undefined) return undefined;
  return {
    id: idOf(id),
    senderId: idOf(senderId),
    senderName: userFrom(sender).name,
    text: textOf(text) || (attachmentFrom(attachment)?.name ?? ''),
  };
}

function reactionFrom(json: unknown): Reaction {
  const { emoji, userIds } = fieldsOf(json);
  return { emoji: textOf(emoji), userIds: listOf(userIds, idOf) };
}

/** The message that the row of a list shows: a beginning of its text, and of an attachment its kind and name. */
function previewFrom(json: unknown, conversationId: string): Message {
  const { id, senderId, senderName, text, attachment, isDeleted, createdAt } = fieldsOf(json);
  const at = timeOf(createdAt);
  const attached = attachment === undefined ? undefined : attachmentFrom({ ...fieldsOf(attachment), url: '' });
  return {
    id: idOf(id),
    conversationId,
    senderId: idOf(senderId),
    senderName: textOf(senderName),
    text: textOf(text),
    at,
    ...(attached && { attachment: attached }),
    ...(isDeleted === true && { deletedAt: at }),
  };
}

/** A message of the HTTP API. */
export function messageFrom(json: unknown): Message {
  const message = fieldsOf(json);
  const attachment = attachmentFrom(message.attachment);
  const replyTo = quoteFrom(message.replyTo);
  const replyToId = someText(message.replyToId);
  const clientMessageId = someText(message.clientMessageId);
  const reactions = listOf(message.reactions, reactionFrom);
  return {
    id: idOf(message.id),
    conversationId: idOf(message.conversationId),
    senderId: idOf(message.senderId),
    senderName: userFrom(message.sender).name,
    text: textOf(message.text),
    at: timeOf(message.createdAt),
    ...(attachment && { attachment }),
    ...(replyToId !== undefined && { replyToId }),
    ...(replyTo && { replyTo }),
    ...(message.editedAt !== undefined && { editedAt: timeOf(message.editedAt) }),
    ...(message.deletedAt !== undefined && { deletedAt: timeOf(message.deletedAt) }),
    ...(reactions.length > 0 && { reactions }),
    ...(clientMessageId !== undefined && { clientMessageId }),
  };
}

/** Messaging's `newMessage`. */
export function heardMessage(json: unknown): Message {
  const message = fieldsOf(json);
  const attachment = attachmentFrom(message.attachment);
  const replyToId = someText(message.replyToId);
  const clientMessageId = someText(fieldsOf(message.metadata).clientMessageId);
  return {
    id: idOf(message.id),
    conversationId: idOf(message.roomId),
    senderId: idOf(message.sender),
    text: textOf(message.content),
    at: timeOf(message.timestamp),
    ...(attachment && { attachment }),
    ...(replyToId !== undefined && { replyToId }),
    ...(clientMessageId !== undefined && { clientMessageId }),
  };
}

export function conversationFrom(json: unknown): Conversation {
  const conversation = fieldsOf(json);
  const title = someText(conversation.title);
  const clientId = someText(conversation.clientId);
  const adminId = someText(conversation.adminId);
  const readCursor = someText(conversation.readCursor);
  const lastMessageId = someText(conversation.lastMessageId);
  const { status, role } = conversation;
  return {
    id: idOf(conversation.id),
    kind: oneOf(['direct', 'group', 'open', 'support'], conversation.kind, 'group'),
    memberCount: numberOf(conversation.memberCount),
    messageCount: numberOf(conversation.messageCount),
    unreadCount: numberOf(conversation.unreadCount),
    updatedAt: timeOf(conversation.updatedAt),
    ...(title !== undefined && { title }),
    ...(clientId !== undefined && { clientId }),
    ...(adminId !== undefined && { adminId }),
    ...(readCursor !== undefined && { readCursor }),
    ...(lastMessageId !== undefined && { lastMessageId }),
    ...(status !== undefined && { status: oneOf(statuses, status, 'PENDING') }),
    ...((role === 'owner' || role === 'member') && { role }),
    isMuted: conversation.isMuted === true,
    isArchived: conversation.isArchived === true,
    ...(conversation.lastMessage !== undefined && {
      lastMessage: previewFrom(conversation.lastMessage, idOf(conversation.id)),
    }),
    ...(conversation.peer !== undefined && { peer: userFrom(conversation.peer) }),
  };
}

export function memberFrom(json: unknown): Member {
  const { user, role, readCursor } = fieldsOf(json);
  const cursor = someText(readCursor);
  return {
    user: userFrom(user),
    role: oneOf(['owner', 'member'], role, 'member'),
    ...(cursor !== undefined && { readCursor: cursor }),
  };
}

/** A notification of the HTTP API, or direct's `new_notification`, whose fields have other names. */
export function notificationFrom(json: unknown): AppNotification {
  const notification = fieldsOf(json);
  return {
    id: idOf(notification.id),
    title: textOf(notification.title),
    message: textOf(notification.message),
    type: textOf(notification.type),
    at: timeOf(notification.createdAt ?? notification.created_at),
    isRead: notification.isRead === true,
  };
}

export function presenceFrom(json: unknown): Presence {
  const { status, lastActive } = fieldsOf(json);
  return { status: oneOf(['online', 'offline', 'away', 'busy'], status, 'offline'), lastActive: timeOf(lastActive) };
}

export function searchHitFrom(json: unknown): SearchHit {
  const { message, snippet, highlights } = fieldsOf(json);
  return {
    message: messageFrom(message),
    snippet: textOf(snippet),
    highlights: listOf(highlights, (each) => {
      const [from = 0, to = 0] = listOf(each, numberOf);
      return [from, to] as const;
    }),
  };
}

export function queuedChatFrom(json: unknown): QueuedChat {
  const { conversation, client, since } = fieldsOf(json);
  return {
    conversation: conversationFrom(conversation),
    since: timeOf(since),
    ...(client !== undefined && { client: userFrom(client) }),
  };
}
