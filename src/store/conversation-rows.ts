import type { ConversationView } from '../app/ports.ts';
import type {
  Conversation,
  ConversationKind,
  Member,
  MemberRole,
  Message,
  SupportStatus,
  User,
} from '../core/model.ts';

/** Rows of the tables that every driver has, as the port tells them. Flags are 0 or 1, `_json` columns JSON text. */
type Row = Readonly<Record<string, unknown>>;

/** `row`: with `last_body`, and for a member `deleted_unread`, `is_archived`, `is_muted`, `peer_id`, `peer_json`. `member`: the row of the user who looks at the list, when they are a member. */
export function toView(row: Row, member: Row | undefined): ConversationView {
  const conversation = toConversation(row);
  const shown = {
    conversation,
    ...(typeof row.last_body === 'string' ? { lastMessage: toLastMessage(conversation, row.last_body) } : {}),
  };
  if (member === undefined) return { ...shown, unreadCount: 0 };
  const others = conversation.ordinal - Number(member.read_ordinal);
  const own = Number(member.own_count) - Number(member.read_own);
  const isArchived = row.is_archived === 1;
  const isMuted = row.is_muted === 1;
  return {
    ...shown,
    member: toMember(member),
    unreadCount: others - own - Number(row.deleted_unread),
    ...(isArchived || isMuted ? { settings: { isArchived, isMuted } } : {}),
    ...(typeof row.peer_id === 'string' ? { peer: toUser({ user_id: row.peer_id, user_json: row.peer_json }) } : {}),
  };
}

export function toConversation(row: Row): Conversation {
  return {
    id: String(row.id),
    kind: String(row.kind) as ConversationKind,
    ...(row.title_json === null ? {} : { title: JSON.parse(String(row.title_json)) as string }),
    ...(row.status === null ? {} : { status: String(row.status) as SupportStatus }),
    ...(row.client_id === null ? {} : { clientId: String(row.client_id) }),
    ...(row.admin_id === null ? {} : { adminId: String(row.admin_id) }),
    ...(row.created_by === null ? {} : { createdBy: String(row.created_by) }),
    isAutoCreated: row.is_auto_created === 1,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    ordinal: Number(row.ordinal),
    lastMessageId: Number(row.last_message_id),
    memberCount: Number(row.member_count),
    pair: row.pair_json === null ? [] : (JSON.parse(String(row.pair_json)) as string[]),
  };
}

export function toMember(row: Row): Member {
  return {
    userId: String(row.user_id),
    role: String(row.role) as MemberRole,
    since: Number(row.since),
    isJoined: row.is_joined === 1,
    readCursor: Number(row.read_cursor),
  };
}

function toLastMessage({ lastMessageId: id, ordinal }: Conversation, body: string): Message {
  return { id, ordinal, ...(JSON.parse(body) as Omit<Message, 'id' | 'ordinal'>) };
}

/** The profile, or what is known of a member without one. */
export function toUser(row: Row): User {
  if (row.user_json !== null) return JSON.parse(String(row.user_json));
  return { id: String(row.user_id), email: '', role: 'USER', name: String(row.user_id) };
}
