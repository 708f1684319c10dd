import type { DatabaseSync } from 'node:sqlite';
import type { ConversationId, Position, TimeMs, UserId } from '../../core/model.ts';
import { type ConversationRow, conversationValues, type MemberRow, memberValues, rowStatements } from './table-rows.ts';

/** Rows remembered at the most, per table. */
const rememberedRows = 50_000;
/** Messages after which the rows are written, whatever else happens: a reader of history may have to look through as many. */
const unsavedMessagesLimit = 10_000;
/** From so many conversations on, with fewer messages each, the database changes their rows faster from its log than one by one. */
const scattered = { conversations: 500, messagesEach: 2 } as const;

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
  #isSaveRequired = false;
  /** Some unsaved row was changed by something else than a message: `catchUp` cannot find that in the log. */
  #hasOtherChanges = false;
  readonly #statements: ReturnType<typeof rowStatements>;

  constructor(db: DatabaseSync) {
    this.#statements = rowStatements(db);
  }

  /** Whether the rows have to be saved before the next commit. */
  get mustSave(): boolean {
    return this.#isSaveRequired || this.#unsavedMessages >= unsavedMessagesLimit;
  }

  get hasUnsaved(): boolean {
    return this.#unsavedConversations.length > 0;
  }

  /** Whether all that is unsaved is few messages in each of many conversations, which `catchUp` writes in less time than `save`. */
  get isScattered(): boolean {
    const { length } = this.#unsavedConversations;
    const isMany = length >= scattered.conversations && this.#unsavedMessages < length * scattered.messagesEach;
    return isMany && !this.#hasOtherChanges;
  }

  /** Something else than a message is about to be written: the rows are saved with this commit. */
  requireSave(): void {
    this.#isSaveRequired = true;
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
    refuseLoneSurrogates(row.id);
    row.unsaved = 'everything';
    this.#noteOtherChange();
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
    // Mostly it is the only one, and a list that grows keeps room for many.
    if (conversation.unlisted.length === 0) conversation.unlisted = [position];
    else conversation.unlisted.push(position);
    this.#unsavedMessages++;
    this.touch(conversation, 'activity');
  }

  /** Says that the row was changed: its newest message and time only, or more. */
  touch(row: ConversationRow, what: 'activity' | 'everything'): void {
    if (what === 'everything') this.#noteOtherChange();
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
    refuseLoneSurrogates(userId);
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
    if (what === 'everything') this.#noteOtherChange();
    if (row.unsaved === 'nothing') this.#unsavedMembers.push(row);
    if (row.unsaved !== 'everything') row.unsaved = what;
  }

  /** Writes what was changed, inside the transaction of whoever calls. */
  save(): void {
    const { updateActivity, replaceConversation, insertEntries, updateOwnCount, replaceMember } = this.#statements;
    for (const row of this.#unsavedConversations) {
      if (row.unsaved === 'activity') updateActivity.run(row.ordinal, row.lastMessageId, row.updatedAt, row.id);
      else replaceConversation.run(...conversationValues(row));
      if (row.unlisted.length > 0) insertEntries.run(row.id, JSON.stringify(row.unlisted));
    }
    for (const row of this.#unsavedMembers) {
      if (row.unsaved === 'ownCount') updateOwnCount.run(row.ownCount, row.conversationId, row.userId);
      else replaceMember.run(...memberValues(row));
    }
    this.saved();
  }

  /** Says that the file has all rows as they are here. */
  saved(): void {
    for (const row of this.#unsavedConversations) {
      row.unsaved = 'nothing';
      if (row.unlisted.length > 0) row.unlisted = noneUnlisted;
    }
    for (const row of this.#unsavedMembers) row.unsaved = 'nothing';
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
    this.#isSaveRequired = false;
    this.#hasOtherChanges = false;
  }

  #noteOtherChange(): void {
    this.#isSaveRequired = true;
    this.#hasOtherChanges = true;
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

/** Shared by all rows that have none; nothing is ever added to it. */
const noneUnlisted: Position[] = [];

/** Lone surrogates all become the same character in the file: such an id would be taken for another one. */
function refuseLoneSurrogates(id: string): void {
  if (!id.isWellFormed()) throw new Error('An id holds half a character (a lone surrogate).');
}
