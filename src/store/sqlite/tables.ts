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

/** Rows remembered at the most, per table. */
const rememberedRows = 50_000;

/**
 * The rows of conversations and members that the writer works on, kept over batches: nobody else writes the file. They
 * are changed in memory and written once a batch, so `save` stands before every commit, and `forget` after every rollback.
 */
export class Tables {
  readonly #conversations = new Map<ConversationId, ConversationRow>();
  readonly #members = new Map<string, MemberRow>();
  /** Whom an item expects is mostly whom it changes next. */
  #lastMember: MemberRow | undefined;
  #unsavedConversations: ConversationRow[] = [];
  #unsavedMembers: MemberRow[] = [];
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#statements = prepare(db);
  }

  conversation(id: ConversationId): ConversationRow | undefined {
    const remembered = this.#conversations.get(id);
    if (remembered !== undefined) return remembered;
    const found = this.#statements.selectConversation.get(id);
    if (found === undefined || found.id !== id) return undefined;
    const row = { ...(found as unknown as Omit<ConversationRow, 'unsaved'>), unsaved: 'nothing' as const };
    this.#conversations.set(id, row);
    return row;
  }

  addConversation(row: ConversationRow): void {
    expectText(row.id);
    row.unsaved = 'everything';
    this.#conversations.set(row.id, row);
    this.#unsavedConversations.push(row);
  }

  /** Says that the row was changed: its newest message and time only, or more. */
  touch(row: ConversationRow, what: 'activity' | 'everything'): void {
    if (row.unsaved === 'nothing') this.#unsavedConversations.push(row);
    if (row.unsaved !== 'everything') row.unsaved = what;
  }

  member(conversationId: ConversationId, userId: UserId): MemberRow | undefined {
    const last = this.#lastMember;
    if (last !== undefined && last.userId === userId && last.conversationId === conversationId) return last;
    const key = `${conversationId}\n${userId}`;
    const remembered = this.#members.get(key);
    if (remembered !== undefined) {
      this.#lastMember = remembered;
      return remembered;
    }
    const found = this.#statements.selectMember.get(conversationId, userId);
    if (found === undefined || found.userId !== userId) return undefined;
    const row = { ...(found as unknown as Omit<MemberRow, 'unsaved'>), unsaved: 'nothing' as const };
    this.#members.set(key, row);
    return row;
  }

  /** The row, made when there is none; it is no membership yet. */
  memberOrNew(conversationId: ConversationId, userId: UserId): MemberRow {
    const found = this.member(conversationId, userId);
    if (found !== undefined) return found;
    expectText(userId);
    const row: MemberRow = {
      conversationId,
      userId,
      role: 'member',
      isMember: 0,
      isBarred: 0,
      isJoined: 0,
      since: 0,
      readCursor: 0,
      readOrdinal: 0,
      readOwn: 0,
      ownCount: 0,
      unsaved: 'nothing',
    };
    this.#members.set(`${conversationId}\n${userId}`, row);
    this.touchMember(row, 'everything');
    return row;
  }

  touchMember(row: MemberRow, what: 'ownCount' | 'everything'): void {
    if (row.unsaved === 'nothing') this.#unsavedMembers.push(row);
    if (row.unsaved !== 'everything') row.unsaved = what;
  }

  /** Writes what was changed, inside the transaction of whoever calls. */
  save(): void {
    const { updateActivity, replaceConversation, updateOwnCount, replaceMember } = this.#statements;
    for (const row of this.#unsavedConversations) {
      if (row.unsaved === 'activity') updateActivity.run(row.ordinal, row.lastMessageId, row.updatedAt, row.id);
      else replaceConversation.run(...conversationValues(row));
      row.unsaved = 'nothing';
    }
    for (const row of this.#unsavedMembers) {
      if (row.unsaved === 'ownCount') updateOwnCount.run(row.ownCount, row.conversationId, row.userId);
      else replaceMember.run(...memberValues(row));
      row.unsaved = 'nothing';
    }
    this.#unsavedConversations = [];
    this.#unsavedMembers = [];
    if (this.#conversations.size > rememberedRows) this.#conversations.clear();
    if (this.#members.size > rememberedRows) this.#forgetMembers();
  }

  /** Drops all rows, changed or not. */
  forget(): void {
    this.#conversations.clear();
    this.#forgetMembers();
    this.#unsavedConversations = [];
    this.#unsavedMembers = [];
  }

  #forgetMembers(): void {
    this.#members.clear();
    this.#lastMember = undefined;
  }
}

/** Lone surrogates all become the same character in the file: such an id would be taken for another one. */
function expectText(id: string): void {
  if (!id.isWellFormed()) throw new Error('An id holds half a character (a lone surrogate).');
}

function prepare(db: DatabaseSync) {
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
    updateOwnCount: statement('UPDATE members SET own_count = ? WHERE conversation_id = ? AND user_id = ?'),
    replaceMember: statement(
      `INSERT OR REPLACE INTO members (conversation_id, user_id, role, is_member, is_barred, is_joined, since, read_cursor,
         read_ordinal, read_own, own_count)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
  };
}

function conversationValues(row: ConversationRow): SQLInputValue[] {
  const { id, kind, titleJson, status, clientId, adminId, createdBy, isAutoCreated, createdAt } = row;
  return [
    ...[id, kind, titleJson, status, clientId, adminId, createdBy, isAutoCreated, createdAt],
    ...[row.updatedAt, row.ordinal, row.lastMessageId, row.memberCount],
  ];
}

function memberValues(row: MemberRow): SQLInputValue[] {
  const { conversationId, userId, role, isMember, isBarred, isJoined, since } = row;
  return [
    ...[conversationId, userId, role, isMember, isBarred, isJoined, since],
    ...[row.readCursor, row.readOrdinal, row.readOwn, row.ownCount],
  ];
}
