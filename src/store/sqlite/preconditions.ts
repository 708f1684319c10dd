import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Precondition } from '../../app/ports.ts';
import type { ConversationId, Message, Position } from '../../core/model.ts';
import type { PlainItem } from '../batch.ts';
import { toMessage } from './revisions.ts';
import type { Tables } from './tables.ts';

/** Checks what decisions stood on, against the rows as all earlier items have left them. Writes nothing. */
export class Preconditions {
  readonly #tables: Tables;
  readonly #selectMessage: StatementSync;
  readonly #selectUndeleted: StatementSync;

  constructor(db: DatabaseSync, tables: Tables) {
    this.#tables = tables;
    this.#selectMessage = db.prepare(
      'SELECT 1 FROM entries WHERE position = ? AND conversation_id = ? AND is_message = 1',
    );
    this.#selectUndeleted = db.prepare(
      `SELECT position, ordinal, body FROM entries
       WHERE position = ? AND conversation_id = ? AND is_message = 1 AND deleted_at IS NULL`,
    );
  }

  /** The index of the first one that does not hold, or -1. */
  findBroken(expects: readonly Precondition[]): number {
    for (const [index, expected] of expects.entries()) if (!this.#holds(expected)) return index;
    return -1;
  }

  /** The same of what a plain message expects. */
  findBrokenOfPlain({ conversationId, senderId, memberCount, status }: PlainItem): number {
    if (this.#tables.member(conversationId, senderId)?.isMember !== 1) return 0;
    if (memberCount === 0 && status === undefined) return -1;
    const row = this.#tables.conversation(conversationId);
    if (memberCount > 0 && row?.memberCount !== memberCount) return 1;
    if (status !== undefined && row?.status !== status) return memberCount > 0 ? 2 : 1;
    return -1;
  }

  #isMessage(conversationId: ConversationId, messageId: Position): boolean {
    return this.#selectMessage.get(messageId, conversationId) !== undefined;
  }

  #undeleted(conversationId: ConversationId, messageId: Position): Message | undefined {
    const row = this.#selectUndeleted.get(messageId, conversationId);
    return row && toMessage(row);
  }

  #holds(expected: Precondition): boolean {
    const { conversationId } = expected;
    switch (expected.is) {
      case 'conversationAbsent':
        return this.#tables.conversation(conversationId) === undefined;
      case 'conversationAs': {
        const row = this.#tables.conversation(conversationId);
        if (row === undefined) return false;
        const { status, adminId, memberCount } = expected;
        return (
          (status === undefined || row.status === status) &&
          (adminId === undefined || row.adminId === adminId) &&
          (memberCount === undefined || row.memberCount === memberCount)
        );
      }
      case 'member': {
        const row = this.#tables.member(conversationId, expected.userId);
        return row?.isMember === 1 && (expected.role === undefined || row.role === expected.role);
      }
      case 'noMember': {
        const row = this.#tables.member(conversationId, expected.userId);
        return row === undefined || (row.isMember === 0 && (expected.evenIfBarred || row.isBarred === 0));
      }
      case 'joined':
        return (this.#tables.member(conversationId, expected.userId)?.isJoined === 1) === expected.joined;
      case 'message':
        return this.#isMessage(conversationId, expected.messageId);
      case 'messageAs': {
        const message = this.#undeleted(conversationId, expected.messageId);
        if (message === undefined) return false;
        return expected.editedAt === undefined || (message.editedAt ?? null) === expected.editedAt;
      }
      case 'reaction': {
        const message = this.#undeleted(conversationId, expected.messageId);
        if (message === undefined) return false;
        const { reactions = [] } = message;
        const { userId, emoji, isSet, below } = expected;
        const isThere = reactions.some((one) => one.emoji === emoji && one.userIds.includes(userId));
        const count = reactions.reduce((sum, { userIds }) => sum + userIds.length, 0);
        return isThere === isSet && (below === undefined || count < below);
      }
    }
  }
}
