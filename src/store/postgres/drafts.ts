import type { AppendItem, Draft, Precondition, StoredFile } from '../../app/ports.ts';
import { keyOf, readIdsLimit, topicOf } from '../../core/events.ts';
import type { Id } from '../../core/model.ts';

/**
 * Items on their way to the database: JSON whose names are those of the columns, and whose values are what SQL searches
 * or stores. Texts that SQL only stores are JSON once more, so that NUL and lone surrogates survive.
 */
export type WrittenItem = {
  /** As it was asked for; absent for a file's row. */
  readonly item?: Pick<AppendItem, 'decidedIn' | 'expects'>;
  readonly text: string;
  /**
   * Of an item that is one message and no more: what would make it a repeat of another one, '' for nothing. Runs of such
   * items are written together, since none of them changes what the others stand on.
   */
  readonly repeatKey?: string;
};

/** PostgreSQL's text holds no NUL, and lone surrogates all look the same as UTF-8. */
export const isStorable = (id: string): boolean => id.isWellFormed() && !id.includes('\0');

/** A client's own id as it is stored and searched: escaped where it could not be stored, or looks as if it were. */
export function storable(text: string): string {
  return isStorable(text) && !text.startsWith('"') ? text : JSON.stringify(text);
}

/** Throws for an id that the database would take for another one. */
export function writeItem(item: AppendItem): WrittenItem {
  const { at, expects, drafts, session } = item;
  const [draft] = drafts;
  const written = expects.map(writePrecondition);
  // Answers are written one by one, with what makes them be found again.
  const isPlain = draft?.type === 'MessageSent' && draft.message.replyTo === undefined;
  if (isPlain && drafts.length === 1 && session === undefined) {
    const message = writeMessage(draft);
    const { conversation_id, sender_id, client_message_id } = message;
    return {
      item,
      text: JSON.stringify({ at, ...message, expects: written }),
      repeatKey: client_message_id === undefined ? '' : `${conversation_id}\n${sender_id}\n${client_message_id}`,
    };
  }
  const saved =
    session === undefined
      ? {}
      : {
          session_id: expectId(session.id),
          session_user_id: expectId(session.userId),
          session_json: JSON.stringify(session),
        };
  return { item, text: JSON.stringify({ at, expects: written, drafts: drafts.map(writeDraft), ...saved }) };
}

export function writeFileItem(file: StoredFile): WrittenItem {
  const { id, at } = file;
  return {
    text: JSON.stringify({ at, expects: [], drafts: [], file_id: expectId(id), file_json: JSON.stringify(file) }),
  };
}

function expectId<T extends Id | undefined>(id: T): T {
  if (id !== undefined && !isStorable(id)) {
    throw new Error('An id holds NUL or half a character (a lone surrogate).');
  }
  return id;
}

function writePrecondition(expected: Precondition): object {
  const about = { is: expected.is, conversation_id: expectId(expected.conversationId) };
  switch (expected.is) {
    case 'conversationAbsent':
      return about;
    case 'conversationAs': {
      const { status, adminId, memberCount: member_count } = expected;
      const admin = adminId === undefined ? {} : { compares_admin: true, admin_id: adminId };
      return { ...about, status, member_count, ...admin };
    }
    case 'member':
      return { ...about, user_id: expectId(expected.userId), role: expected.role };
    case 'noMember':
      return { ...about, user_id: expectId(expected.userId), even_if_barred: expected.evenIfBarred };
    case 'joined':
      return { ...about, user_id: expectId(expected.userId), joined: expected.joined };
    case 'message':
      return { ...about, message_id: expected.messageId };
    case 'messageAs': {
      const { messageId: message_id, editedAt: edited_at } = expected;
      return { ...about, message_id, ...(edited_at === undefined ? {} : { compares_edited: true, edited_at }) };
    }
    case 'reaction': {
      const { messageId: message_id, userId, emoji, isSet: is_set, below } = expected;
      return { ...about, message_id, user_id: expectId(userId), emoji: expectId(emoji), is_set, below };
    }
  }
}

function writeDraft(draft: Draft): object {
  if (draft.type === 'MessageSent') return { type: draft.type, ...writeMessage(draft) };
  if (draft.type === 'ReadCursorMoved') return writeMark(draft);
  if (draft.type === 'NotificationCreated') {
    const { userId } = draft.notification;
    return { type: draft.type, user_id: expectId(userId), body: JSON.stringify(draft.notification) };
  }
  const { conversationId, userId } = topicOf(draft);
  return {
    type: draft.type,
    conversation_id: expectId(conversationId),
    user_id: expectId(userId),
    key: keyOf(draft),
    body: JSON.stringify(draft),
    ...writeChanges(draft),
  };
}

type Message = Extract<Draft, { type: 'MessageSent' }>;
type Mark = Extract<Draft, { type: 'ReadCursorMoved' }>;
type Other = Exclude<Draft, { type: 'MessageSent' | 'ReadCursorMoved' | 'NotificationCreated' }>;

function writeMessage({ message, conversationId, actorId }: Message) {
  const { clientMessageId, sender } = message;
  return {
    conversation_id: expectId(conversationId),
    sender_id: expectId(sender.id),
    client_message_id: clientMessageId === undefined ? undefined : storable(clientMessageId),
    actor_id: actorId === sender.id ? undefined : expectId(actorId),
    // Only what quotes has to be found again when what it quotes is revised.
    reply_to_id: message.replyTo === undefined ? undefined : message.replyToId,
    body: JSON.stringify(message),
  };
}

function writeMark({ type, conversationId, userId, marks, actorId }: Mark): object {
  const named = marks.what === 'upTo' ? [marks.messageId] : marks.what === 'messages' ? marks.messageIds : undefined;
  return {
    type,
    what: marks.what,
    message_ids: named,
    ids_limit: readIdsLimit,
    conversation_id: expectId(conversationId),
    user_id: expectId(userId),
    actor_id: expectId(actorId),
    // From where to where it moves, the database finds out; the key does not depend on it.
    key: keyOf({ type, conversationId, userId, from: 0, to: 0, messageIds: [], actorId }),
  };
}

/** What an event changes in the tables, beside being written. */
function writeChanges(draft: Other): object {
  switch (draft.type) {
    case 'ConversationCreated': {
      const { kind, title, status, clientId, adminId, createdBy, isAutoCreated, createdAt, updatedAt } =
        draft.conversation;
      return {
        kind,
        title_json: title === undefined ? undefined : JSON.stringify(title),
        status,
        client_id: expectId(clientId),
        admin_id: expectId(adminId),
        created_by: expectId(createdBy),
        is_auto_created: isAutoCreated ? 1 : 0,
        created_at: createdAt,
        updated_at: updatedAt,
      };
    }
    case 'ConversationChanged':
      return { title_json: draft.title === undefined ? undefined : JSON.stringify(draft.title) };
    case 'StatusChanged':
      return { status: draft.status, client_id: expectId(draft.clientId), admin_id: expectId(draft.adminId) };
    case 'MemberAdded': {
      const { user, role } = draft;
      return { member_id: expectId(user.id), role, user_json: JSON.stringify(user) };
    }
    case 'MemberRemoved':
      return { member_id: expectId(draft.userId), is_barred: draft.mayReenter ? 0 : 1 };
    case 'MemberJoined':
    case 'MemberLeft':
      return { member_id: expectId(draft.user.id) };
    case 'MemberRoleChanged':
      return { member_id: expectId(draft.userId), role: draft.role };
    case 'MemberSettingsChanged': {
      const { conversationId, isArchived, isMuted } = draft;
      // Not `conversation_id`: the entry belongs to its user alone.
      return { kept_id: expectId(conversationId), is_archived: isArchived, is_muted: isMuted };
    }
    case 'MessageEdited': {
      const { id: message_id, text, editedAt } = draft.message;
      const changes = JSON.stringify({ text, ...(editedAt === undefined ? {} : { editedAt }) });
      return { message_id, changes, quote: JSON.stringify(draft.message) };
    }
    case 'MessageDeleted':
      return { message_id: draft.messageId };
    case 'MessageReacted':
    case 'MessageUnreacted':
      return { message_id: draft.messageId, reactor_id: expectId(draft.user.id), emoji: expectId(draft.emoji) };
    case 'NotificationRead':
      return { notification_id: draft.notificationId };
    case 'NotificationsRead':
      return { up_to: draft.upTo };
    case 'UserChanged':
      return { user_json: JSON.stringify(draft.user) };
    case 'BlockChanged':
      return { blocked_id: expectId(draft.blockedId), is_blocked: draft.isBlocked };
    case 'BanChanged': {
      const { isBanned, reason, untilMs } = draft;
      return { ban_json: isBanned ? JSON.stringify({ reason, untilMs }) : undefined };
    }
    case 'UserRevoked':
      return { revoked_at_seconds: draft.revokedAtSeconds };
  }
}
