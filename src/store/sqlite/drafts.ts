import type { DatabaseSync } from 'node:sqlite';
import { keyOf, type LoggedEvent, replaceKeyed, topicOf } from '../../core/events.ts';
import type { ConversationId, Position, TimeMs } from '../../core/model.ts';
import type { BatchDraft, DraftResult, MessageDraft, PlainItem, SaidResult } from '../batch.ts';
import { MessageRows } from './message-rows.ts';
import { peopleWriter } from './people.ts';
import { type MarkResult, ReadMarks } from './read-marks.ts';
import { revisionWriter } from './revisions.ts';
import type { ConversationRow } from './table-rows.ts';
import type { Tables } from './tables.ts';

type MarkDraft = Extract<BatchDraft, { type: 'ReadCursorMoved' }>;
type OtherDraft = Exclude<BatchDraft, { type: 'MessageSent' | 'ReadCursorMoved' }>;
type OtherEvent = Exclude<LoggedEvent, { type: 'MessageSent' | 'ReadCursorMoved' }>;

/** Writes drafts: each its entry, and what it changes in the tables. */
export class Drafts {
  readonly #tables: Tables;
  readonly #readMarks: ReadMarks;
  readonly #writePeople: ReturnType<typeof peopleWriter>;
  readonly #revise: ReturnType<typeof revisionWriter>;
  readonly #statements: ReturnType<typeof prepare>;
  /** Written before anything looks at the entries: by whoever calls, when what it does next is no plain message. */
  readonly messageRows: MessageRows;

  constructor(db: DatabaseSync, tables: Tables) {
    this.#tables = tables;
    this.#readMarks = new ReadMarks(db, tables);
    this.#writePeople = peopleWriter(db);
    this.#revise = revisionWriter(db);
    this.#statements = prepare(db);
    this.messageRows = new MessageRows(db);
  }

  apply(draft: MessageDraft | OtherDraft, position: Position, at: TimeMs): DraftResult {
    if (draft.type === 'MessageSent') return this.applyMessage(draft, position, at);
    const event: OtherEvent =
      draft.type === 'NotificationCreated'
        ? { ...draft, notification: { ...draft.notification, id: position } }
        : draft;
    this.#tables.requireSave();
    this.#changeTables(event, position, at);
    this.#writeEvent(event, position, at);
    return position;
  }

  /** Takes the position only when the cursor moves. */
  applyMark(draft: MarkDraft, position: Position, at: TimeMs): MarkResult {
    const { type, conversationId, userId, marks, actorId } = draft;
    // Which messages it passes is asked of the file.
    this.#tables.save();
    this.#tables.requireSave();
    const result = this.#readMarks.apply(conversationId, userId, marks);
    if (result.move !== undefined) {
      this.#writeEvent({ type, conversationId, userId, ...result.move, actorId }, position, at);
    }
    return result;
  }

  applyMessage(draft: MessageDraft, position: Position, at: TimeMs): SaidResult {
    const said = this.#addMessage(draft, position, at);
    this.messageRows.write();
    if (draft.replyToId !== undefined) this.#statements.setReplyTo.run(draft.replyToId, position);
    return said;
  }

  /** Its row is written with those of its neighbours. */
  applyPlain(item: PlainItem, position: Position): SaidResult {
    return this.#addMessage(item, position, item.at);
  }

  #addMessage(message: Omit<MessageDraft, 'type'>, position: Position, at: TimeMs): SaidResult {
    const { conversationId, senderId, clientMessageId = null, actorId = null, body } = message;
    const conversation = this.#expectConversation(conversationId);
    const sender = this.#tables.memberOrNew(conversationId, senderId);
    this.#tables.addMessage(conversation, sender, position, at);
    const { ordinal } = conversation;
    const senderOrdinal = sender.ownCount;
    const row = { position, at, conversationId, ordinal, senderId, senderOrdinal, clientMessageId, actorId, body };
    this.messageRows.add(row);
    return [position, ordinal];
  }

  #writeEvent(event: LoggedEvent, position: Position, at: TimeMs): void {
    const { conversationId = null, userId = null } = topicOf(event);
    const key = keyOf(event);
    const stored = key === undefined ? event : this.#takePlace(key, event);
    this.#statements.insertEvent.run(position, at, conversationId, userId, key ?? null, JSON.stringify(stored));
    if (conversationId !== null) this.#statements.listEvent.run(conversationId, position);
  }

  /** Removes the previous entry of the key; what is to be stored instead. */
  #takePlace(key: string, event: LoggedEvent): LoggedEvent {
    const previous = this.#statements.selectByKey.get(key);
    if (previous === undefined) return event;
    this.#statements.deleteEntry.run(Number(previous.position));
    return replaceKeyed(JSON.parse(String(previous.body)), event);
  }

  #changeTables(event: OtherEvent, position: Position, at: TimeMs): void {
    this.#writePeople(event, at);
    this.#revise(event, position, at);
    switch (event.type) {
      case 'ConversationCreated':
        this.#createConversation(event);
        break;
      case 'ConversationChanged':
        this.#changeTitle(event, at);
        break;
      case 'StatusChanged':
        this.#changeStatus(event, at);
        break;
      case 'MemberAdded':
        this.#statements.insertUser.run(event.user.id, JSON.stringify(event.user));
        this.#addMember(event, position);
        break;
      case 'MemberRemoved':
        this.#removeMember(event);
        break;
      case 'MemberJoined':
        this.#setJoined(event.conversationId, event.user.id, 1);
        break;
      case 'MemberLeft':
        this.#setJoined(event.conversationId, event.user.id, 0);
        break;
      case 'MemberRoleChanged':
        this.#changeRole(event);
        break;
      case 'NotificationCreated':
        this.#statements.insertNotification.run(position, event.notification.userId);
        break;
      case 'NotificationRead':
        this.#statements.readNotification.run(event.notificationId, event.userId);
        break;
      case 'UserChanged':
        this.#statements.replaceUser.run(event.user.id, JSON.stringify(event.user));
        break;
      case 'UserRevoked':
        this.#statements.revokeUser.run(event.userId, event.revokedAtSeconds);
        break;
    }
  }

  #changeTitle({ conversationId, title }: Extract<OtherEvent, { type: 'ConversationChanged' }>, at: TimeMs): void {
    const conversation = this.#expectConversation(conversationId);
    if (title !== undefined) conversation.titleJson = JSON.stringify(title);
    this.#markActive(conversation, at);
  }

  #changeStatus(event: Extract<OtherEvent, { type: 'StatusChanged' }>, at: TimeMs): void {
    const conversation = this.#expectConversation(event.conversationId);
    conversation.status = event.status;
    conversation.clientId = event.clientId;
    if (event.adminId !== undefined) conversation.adminId = event.adminId;
    this.#markActive(conversation, at);
  }

  #createConversation({ conversation }: Extract<OtherEvent, { type: 'ConversationCreated' }>): void {
    const { id, kind, title, status, clientId, adminId, createdBy, isAutoCreated, createdAt, updatedAt } = conversation;
    if (this.#tables.conversation(id) !== undefined) throw new Error('The conversation exists already.');
    this.#tables.addConversation({
      id,
      kind,
      titleJson: title === undefined ? null : JSON.stringify(title),
      status: status ?? null,
      clientId: clientId ?? null,
      adminId: adminId ?? null,
      createdBy: createdBy ?? null,
      isAutoCreated: isAutoCreated ? 1 : 0,
      createdAt,
      updatedAt,
      // Members and messages are counted as they come, whatever the event foresees.
      ordinal: 0,
      lastMessageId: 0,
      memberCount: 0,
      unsaved: 'everything',
      unlisted: [],
    });
  }

  #addMember(event: Extract<OtherEvent, { type: 'MemberAdded' }>, position: Position): void {
    const conversation = this.#expectConversation(event.conversationId);
    const member = this.#tables.memberOrNew(event.conversationId, event.user.id);
    if (member.isMember === 0) {
      member.isMember = 1;
      member.since = position;
      conversation.memberCount++;
    }
    member.isBarred = 0;
    member.role = event.role;
    this.#tables.touchMember(member, 'everything');
    this.#tables.touch(conversation, 'everything');
  }

  #removeMember(event: Extract<OtherEvent, { type: 'MemberRemoved' }>): void {
    const conversation = this.#expectConversation(event.conversationId);
    const member = this.#tables.memberOrNew(event.conversationId, event.userId);
    if (member.isMember === 1) conversation.memberCount--;
    member.isMember = 0;
    member.isJoined = 0;
    member.isBarred = event.mayReenter ? 0 : 1;
    this.#tables.touchMember(member, 'everything');
    this.#tables.touch(conversation, 'everything');
  }

  #changeRole({ conversationId, userId, role }: Extract<OtherEvent, { type: 'MemberRoleChanged' }>): void {
    const member = this.#tables.memberOrNew(conversationId, userId);
    member.role = role;
    this.#tables.touchMember(member, 'everything');
  }

  #setJoined(conversationId: ConversationId, userId: string, isJoined: 0 | 1): void {
    const member = this.#tables.memberOrNew(conversationId, userId);
    member.isJoined = isJoined;
    this.#tables.touchMember(member, 'everything');
  }

  #markActive(conversation: ConversationRow, at: TimeMs): void {
    // A clock that was set back moves no conversation down the list.
    conversation.updatedAt = Math.max(conversation.updatedAt, at);
    this.#tables.touch(conversation, 'everything');
  }

  #expectConversation(id: ConversationId): ConversationRow {
    const conversation = this.#tables.conversation(id);
    if (conversation === undefined) throw new Error('The conversation does not exist; a precondition must say so.');
    return conversation;
  }
}

function prepare(db: DatabaseSync) {
  return {
    setReplyTo: db.prepare('UPDATE entries SET reply_to_id = ? WHERE position = ?'),
    insertEvent: db.prepare(
      'INSERT INTO entries (position, at, conversation_id, user_id, is_message, key, body) VALUES (?, ?, ?, ?, 0, ?, ?)',
    ),
    listEvent: db.prepare('INSERT INTO conversation_entries (conversation_id, is_message, position) VALUES (?, 0, ?)'),
    selectByKey: db.prepare('SELECT position, body FROM entries WHERE key = ?'),
    deleteEntry: db.prepare('DELETE FROM entries WHERE position = ?'),
    insertUser: db.prepare('INSERT OR IGNORE INTO users (id, user_json) VALUES (?, ?)'),
    replaceUser: db.prepare('INSERT OR REPLACE INTO users (id, user_json) VALUES (?, ?)'),
    revokeUser: db.prepare(
      `INSERT INTO revocations (user_id, revoked_at_seconds) VALUES (?, ?)
       ON CONFLICT (user_id) DO UPDATE SET revoked_at_seconds = max(revoked_at_seconds, excluded.revoked_at_seconds)`,
    ),
    insertNotification: db.prepare('INSERT INTO notifications (id, user_id, is_read) VALUES (?, ?, 0)'),
    readNotification: db.prepare('UPDATE notifications SET is_read = 1 WHERE id = ? AND user_id = ?'),
  };
}
