import type { MessageRange, Snapshot } from '../../app/ports.ts';
import type { ConversationId, Message, Position, UserId } from '../../core/model.ts';
import { writeMessage } from '../rows.ts';
import type { Row, Statement } from './connection.ts';
import { isStorable, storable } from './drafts.ts';
import type { Ask } from './read-log.ts';

// `position + 0` is how the index of a conversation's entries has it (migration 012): the planner takes that one and no other.
const range = (name: string, order: 'ASC' | 'DESC'): Statement => ({
  name,
  // One row of one text: rows are what the library takes most of its time for. `right` cuts the brace off without looking for
  // the characters of all the rest, as `substr` does.
  text: `SELECT (SELECT position FROM newest_head) AS head,
      string_agg('{"id":' || position || ',"ordinal":' || ordinal || ',' || right(body, -1), ',') AS messages
    FROM (
      SELECT position, ordinal, body FROM entries
      WHERE conversation_id = $1 AND is_message = 1 AND position + 0 > $2::bigint AND position + 0 < $3::bigint
        AND ($5 OR deleted_at IS NULL)
      ORDER BY position + 0 ${order} LIMIT $4
    ) e`,
});
export const selectOldest = range('oldest-messages', 'ASC');
export const selectNewest = range('newest-messages', 'DESC');
const selectOne: Statement = {
  name: 'message',
  text: `SELECT position, ordinal, body FROM entries
    WHERE position = $1::bigint AND conversation_id = $2 AND is_message = 1`,
};
const countQuotes: Statement = {
  name: 'quotes',
  text: 'SELECT count(*) AS count FROM (SELECT 1 FROM entries WHERE reply_to_id = $1::bigint LIMIT $2) quotes',
};
const selectByClientMessageId: Statement = {
  name: 'message-by-client-id',
  text: `SELECT position, ordinal, body FROM entries
    WHERE conversation_id = $1 AND sender_id = $2 AND client_message_id = $3`,
};

/** The driver's questions about messages. */
export function messageReader(ask: Ask) {
  return {
    async readMessages({
      conversationId,
      after = 0,
      before = Number.MAX_SAFE_INTEGER,
      limit,
      take,
      withDeleted = false,
    }: MessageRange): Promise<Snapshot<{ readonly messages: readonly Message[]; readonly hasMore: boolean }>> {
      const wanted = Math.max(0, limit);
      const id = isStorable(conversationId) ? conversationId : '';
      const asked = [id, after, before, wanted + 1, withDeleted] as const;
      const [row] = await ask(take === 'oldest' ? selectOldest : selectNewest, asked);
      const found: Message[] = row?.messages ? JSON.parse(`[${row.messages}]`) : [];
      const messages = found.slice(0, wanted);
      if (take === 'newest') messages.reverse();
      return { position: Number(row?.head), value: { messages, hasMore: found.length > wanted } };
    },

    async loadMessage(conversationId: ConversationId, messageId: Position): Promise<Message | undefined> {
      if (!isStorable(conversationId)) return undefined;
      const [row] = await ask(selectOne, [messageId, conversationId]);
      return row && toMessage(row);
    },

    async countQuotes(messageId: Position, limit: number): Promise<number> {
      const [row] = await ask(countQuotes, [messageId, limit]);
      return Number(row?.count ?? 0);
    },

    async findByClientMessageId(
      conversationId: ConversationId,
      senderId: UserId,
      clientMessageId: string,
    ): Promise<Message | undefined> {
      if (!isStorable(conversationId) || !isStorable(senderId)) return undefined;
      const [row] = await ask(selectByClientMessageId, [conversationId, senderId, storable(clientMessageId)]);
      return row && toMessage(row);
    },
  };
}

// Rows of this table were written by the store itself, as messages.
const toMessage = (row: Row): Message =>
  JSON.parse(writeMessage(Number(row.position), Number(row.ordinal), String(row.body))) as Message;
