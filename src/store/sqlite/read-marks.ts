import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ReadMarks as Marks } from '../../app/ports.ts';
import { readIdsLimit } from '../../core/events.ts';
import type { ConversationId, Position, UserId } from '../../core/model.ts';
import type { MemberRow } from './table-rows.ts';
import type { Tables } from './tables.ts';

/** What a read mark means for a cursor. */
export type MarkResult = {
  /** The named messages that exist, in the order given. */
  readonly marked: readonly Position[];
  /** Absent when the cursor stays where it is. */
  readonly move?: { readonly from: Position; readonly to: Position; readonly messageIds: readonly Position[] };
};

/** Moves read cursors: forward only, over the messages that are there when it happens. */
export class ReadMarks {
  readonly #tables: Tables;
  readonly #selectOrdinal: StatementSync;
  readonly #selectOthers: StatementSync;
  readonly #selectNewestOwn: StatementSync;

  constructor(db: DatabaseSync, tables: Tables) {
    this.#tables = tables;
    this.#selectOrdinal = db.prepare(
      'SELECT ordinal FROM entries WHERE position = ? AND conversation_id = ? AND is_message = 1',
    );
    // CROSS JOIN: the list first, then each entry, as in `read-messages.ts`.
    const inRange = `FROM conversation_entries l CROSS JOIN entries e ON e.position = l.position
      WHERE l.conversation_id = ? AND l.is_message = 1 AND l.position > ? AND l.position <= ?`;
    this.#selectOthers = db.prepare(
      `SELECT l.position ${inRange} AND e.sender_id <> ? ORDER BY l.position DESC LIMIT ${readIdsLimit}`,
    );
    this.#selectNewestOwn = db.prepare(
      `SELECT e.sender_ordinal AS own ${inRange} AND e.sender_id = ? ORDER BY l.position DESC LIMIT 1`,
    );
  }

  apply(conversationId: ConversationId, userId: UserId, marks: Marks): MarkResult {
    const conversation = this.#tables.conversation(conversationId);
    if (conversation === undefined) return { marked: [] };
    const marked = this.#findMarked(conversationId, marks);
    const to = marks.what === 'everything' ? conversation.lastMessageId : Math.max(0, ...marked);
    const from = this.#tables.member(conversationId, userId)?.readCursor ?? 0;
    if (to <= from) return { marked };
    const row = this.#tables.memberOrNew(conversationId, userId);
    const messageIds =
      marks.what === 'messages'
        ? [...new Set(marked)]
            .filter((id) => id > from)
            .sort((a, b) => a - b)
            .slice(-readIdsLimit)
        : this.#othersBetween(row, from, to);
    row.readOwn = to === conversation.lastMessageId ? row.ownCount : this.#ownUpTo(row, from, to);
    row.readOrdinal =
      to === conversation.lastMessageId ? conversation.ordinal : (this.#ordinalOf(conversationId, to) ?? 0);
    row.readCursor = to;
    this.#tables.touchMember(row, 'everything');
    return { marked, move: { from, to, messageIds } };
  }

  #findMarked(conversationId: ConversationId, marks: Marks): readonly Position[] {
    if (marks.what === 'everything') return [];
    const named = marks.what === 'upTo' ? [marks.messageId] : marks.messageIds;
    return named.filter((id) => this.#ordinalOf(conversationId, id) !== undefined);
  }

  #ordinalOf(conversationId: ConversationId, messageId: Position): number | undefined {
    const found = this.#selectOrdinal.get(messageId, conversationId);
    return found === undefined ? undefined : Number(found.ordinal);
  }

  #othersBetween({ conversationId, userId }: MemberRow, from: Position, to: Position): readonly Position[] {
    const rows = this.#selectOthers.all(conversationId, from, to, userId);
    return rows.map((found) => Number(found.position)).reverse();
  }

  /** How many of their own messages are not after `to`. */
  #ownUpTo({ conversationId, userId, ownCount, readOwn }: MemberRow, from: Position, to: Position): number {
    // Who said nothing since the old cursor is spared the search.
    if (ownCount === readOwn) return readOwn;
    const found = this.#selectNewestOwn.get(conversationId, from, to, userId);
    return found === undefined ? readOwn : Number(found.own);
  }
}
