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

/** Rows remembered at the most, per table. */
const rememberedRows = 50_000;
/** Messages after which the rows are written, whatever else happens: a reader of history may have to look through as many. */
const unsavedMessagesLimit = 4_000;

/**
 * The rows of conversations and members that the writer works on, kept over batches: nobody else writes the file. They
 * are changed in memory. What messages alone have changed may stay unsaved over many commits (see `catch-up.ts`): a row that is
 * written once for fifty messages dirties its pages once. Anything else is saved before its commit, which `mustSave` tells.
 */
export class Tables {
  readonly #conversations = new Map<ConversationId, ConversationRow>();
  readonly #members = new Map<ConversationId, Map<UserId, MemberRow>>();
  #memberCount = 0;
  /** What an item expects is mostly what it changes next. */
  #lastConversation: ConversationRow | undefined;
  #lastMember: MemberRow | undefined;
  #unsavedConversations: ConversationRow[] = [];
  #unsavedMembers: MemberRow[] = [];
  #unsavedMessages = 0;
  #isUrgent = false;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#statements = prepare(db);
  }

  /** Whether the rows have to be saved before the next commit. */
  get mustSave(): boolean {
    return this.#isUrgent || this.#unsavedMessages >= unsavedMessagesLimit;
  }

  get hasUnsaved(): boolean {
    return this.#unsavedConversations.length > 0;
  }

  /** Says that something else than a message is about to be written. */
  expectSave(): void {
    this.#isUrgent = true;
  }

  conversation(id: ConversationId): ConversationRow | undefined {
    const last = this.#lastConversation;
    if (last !== undefined && last.id === id) return last;
    const remembered = this.#conversations.get(id);
    if (remembered !== undefined) {
      this.#lastConversation = remembered;
      return remembered;
    }
    const found = this.#statements.selectConversation.get(id);
    if (found === undefined || found.id !== id) return undefined;
    const columns = found as unknown as Omit<ConversationRow, 'unsaved' | 'unlisted'>;
    const row: ConversationRow = { ...columns, unsaved: 'nothing', unlisted: [] };
    this.#conversations.set(id, row);
    return row;
  }

  addConversation(row: ConversationRow): void {
    expectText(row.id);
    row.unsaved = 'everything';
    this.#isUrgent = true;
    this.#conversations.set(row.id, row);
    this.#unsavedConversations.push(row);
  }

  /** Counts a message of the sender, the conversation's newest one. */
  addMessage(conversation: ConversationRow, sender: MemberRow, position: Position, at: TimeMs): void {
    sender.ownCount++;
    this.touchMember(sender, 'ownCount');
    conversation.ordinal++;
    conversation.lastMessageId = position;
    // A clock that was set back moves no conversation down the list.
    conversation.updatedAt = Math.max(conversation.updatedAt, at);
    conversation.unlisted.push(position);
    this.#unsavedMessages++;
    this.touch(conversation, 'activity');
  }

  /** Says that the row was changed: its newest message and time only, or more. */
  touch(row: ConversationRow, what: 'activity' | 'everything'): void {
    if (what === 'everything') this.#isUrgent = true;
    if (row.unsaved === 'nothing') this.#unsavedConversations.push(row);
    if (row.unsaved !== 'everything') row.unsaved = what;
  }

  member(conversationId: ConversationId, userId: UserId): MemberRow | undefined {
    const last = this.#lastMember;
    if (last !== undefined && last.userId === userId && last.conversationId === conversationId) return last;
    const remembered = this.#members.get(conversationId)?.get(userId);
    if (remembered !== undefined) {
      this.#lastMember = remembered;
      return remembered;
    }
    const found = this.#statements.selectMember.get(conversationId, userId);
    if (found === undefined || found.userId !== userId) return undefined;
    const row = { ...(found as unknown as Omit<MemberRow, 'unsaved'>), unsaved: 'nothing' as const };
    this.#rememberMember(row);
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
    this.#rememberMember(row);
    this.touchMember(row, 'everything');
    return row;
  }

  #rememberMember(row: MemberRow): void {
    let members = this.#members.get(row.conversationId);
    if (members === undefined) {
      members = new Map();
      this.#members.set(row.conversationId, members);
    }
    members.set(row.userId, row);
    this.#memberCount++;
  }

  touchMember(row: MemberRow, what: 'ownCount' | 'everything'): void {
    if (what === 'everything') this.#isUrgent = true;
    if (row.unsaved === 'nothing') this.#unsavedMembers.push(row);
    if (row.unsaved !== 'everything') row.unsaved = what;
  }

  /** Writes what was changed, inside the transaction of whoever calls. */
  save(): void {
    const { updateActivity, replaceConversation, insertEntries, updateOwnCount, replaceMember } = this.#statements;
    for (const row of this.#unsavedConversations) {
      if (row.unsaved === 'activity') updateActivity.run(row.ordinal, row.lastMessageId, row.updatedAt, row.id);
      else replaceConversation.run(...conversationValues(row));
      row.unsaved = 'nothing';
      if (row.unlisted.length === 0) continue;
      insertEntries.run(row.id, JSON.stringify(row.unlisted));
      row.unlisted = [];
    }
    for (const row of this.#unsavedMembers) {
      if (row.unsaved === 'ownCount') updateOwnCount.run(row.ownCount, row.conversationId, row.userId);
      else replaceMember.run(...memberValues(row));
      row.unsaved = 'nothing';
    }
    this.#noneUnsaved();
    if (this.#conversations.size > rememberedRows) this.#forgetConversations();
    if (this.#memberCount > rememberedRows) this.#forgetMembers();
  }

  /** Drops all rows, changed or not: where some were, the file's have to catch up before they are read again. */
  forget(): void {
    this.#forgetConversations();
    this.#forgetMembers();
    this.#noneUnsaved();
  }

  #noneUnsaved(): void {
    this.#unsavedConversations = [];
    this.#unsavedMembers = [];
    this.#unsavedMessages = 0;
    this.#isUrgent = false;
  }

  #forgetConversations(): void {
    this.#conversations.clear();
    this.#lastConversation = undefined;
  }

  #forgetMembers(): void {
    this.#members.clear();
    this.#memberCount = 0;
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
