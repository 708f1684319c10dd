import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { ConversationId, MemberRole, Position, TimeMs, UserId } from '../../core/model.ts';

/** A conversation's row as the writer changes it. `unsaved` says how much of it is not in the file yet. */
export type ConversationRow = {
  readonly id: ConversationId;
  readonly kind: string;
  titleJson: string | null;
  status: string | null;
  clientId: UserId | null;
  adminId: UserId | null;
  readonly createdBy: UserId | null;
  readonly isAutoCreated: 0 | 1;
  readonly createdAt: TimeMs;
  updatedAt: TimeMs;
  ordinal: number;
  lastMessageId: Position;
  memberCount: number;
  unsaved: 'nothing' | 'activity' | 'everything';
  /** Its messages that are not in the table of its entries yet. */
  unlisted: Position[];
};

/** A member's row, also of one who is none any more. */
export type MemberRow = {
  readonly conversationId: ConversationId;
  readonly userId: UserId;
  role: MemberRole;
  isMember: 0 | 1;
  isBarred: 0 | 1;
  isJoined: 0 | 1;
  since: Position;
  readCursor: Position;
  readOrdinal: number;
  readOwn: number;
  ownCount: number;
  unsaved: 'nothing' | 'ownCount' | 'everything';
};

/** What reads and writes them, by the id of the conversation and that of the user. */
export function rowStatements(db: DatabaseSync) {
  const statement = (sql: string): StatementSync => db.prepare(sql);
  return {
    selectConversation: statement(
      `SELECT id, kind, title_json AS titleJson, status, client_id AS clientId, admin_id AS adminId,
         created_by AS createdBy, is_auto_created AS isAutoCreated, created_at AS createdAt, updated_at AS updatedAt, ordinal,
         last_message_id AS lastMessageId, member_count AS memberCount
       FROM conversations WHERE id = ?`,
    ),
    selectMember: statement(
      `SELECT conversation_id AS conversationId, user_id AS userId, role, is_member AS isMember, is_barred AS isBarred,
         is_joined AS isJoined, since, read_cursor AS readCursor, read_ordinal AS readOrdinal, read_own AS readOwn,
         own_count AS ownCount
       FROM members WHERE conversation_id = ? AND user_id = ?`,
    ),
    updateActivity: statement('UPDATE conversations SET ordinal = ?, last_message_id = ?, updated_at = ? WHERE id = ?'),
    replaceConversation: statement(
      `INSERT OR REPLACE INTO conversations (id, kind, title_json, status, client_id, admin_id, created_by, is_auto_created, created_at,
         updated_at, ordinal, last_message_id, member_count)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertEntries: statement(
      'INSERT INTO conversation_entries (conversation_id, is_message, position) SELECT ?, 1, value FROM json_each(?)',
    ),
    updateOwnCount: statement('UPDATE members SET own_count = ? WHERE conversation_id = ? AND user_id = ?'),
    replaceMember: statement(
      `INSERT OR REPLACE INTO members (conversation_id, user_id, role, is_member, is_barred, is_joined, since, read_cursor,
         read_ordinal, read_own, own_count)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
  };
}

/** As `replaceConversation` takes them. */
export function conversationValues(row: ConversationRow): SQLInputValue[] {
  const { id, kind, titleJson, status, clientId, adminId, createdBy, isAutoCreated, createdAt } = row;
  return [
    ...[id, kind, titleJson, status, clientId, adminId, createdBy, isAutoCreated, createdAt],
    ...[row.updatedAt, row.ordinal, row.lastMessageId, row.memberCount],
  ];
}

/** As `replaceMember` takes them. */
export function memberValues(row: MemberRow): SQLInputValue[] {
  const { conversationId, userId, role, isMember, isBarred, isJoined, since } = row;
  return [
    ...[conversationId, userId, role, isMember, isBarred, isJoined, since],
    ...[row.readCursor, row.readOrdinal, row.readOwn, row.ownCount],
  ];
}
