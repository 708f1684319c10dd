import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { searchable } from '../batch.ts';
import { writeMessage } from '../rows.ts';
import type { Readers } from './readings.ts';

type Row = ReturnType<StatementSync['get']>;

/** The reader's questions about messages. */
export function messageReaders(
  db: DatabaseSync,
): Readers<'readMessages' | 'loadMessage' | 'countQuotes' | 'findByClientMessageId'> {
  const selectHead = db.prepare('SELECT position FROM log_head');
  const range = (order: 'ASC' | 'DESC'): StatementSync =>
    db.prepare(
      `SELECT position, ordinal, body FROM entries INDEXED BY entries_of_conversation
       WHERE conversation_id = ? AND is_message = 1 AND position > ? AND position < ? AND (? OR deleted_at IS NULL)
       ORDER BY position ${order} LIMIT ?`,
    );
  const selectOldest = range('ASC');
  const selectNewest = range('DESC');
  const selectOne = db.prepare(
    'SELECT position, ordinal, body FROM entries WHERE position = ? AND conversation_id = ? AND is_message = 1',
  );
  const countQuotes = db.prepare('SELECT count(*) AS count FROM (SELECT 1 FROM entries WHERE reply_to_id = ? LIMIT ?)');
  const selectByClientMessageId = db.prepare(
    `SELECT position, ordinal, body FROM entries
     WHERE conversation_id = ? AND sender_id = ? AND client_message_id = ?`,
  );

  return {
    readMessages({ conversationId, after = 0, before = Number.MAX_SAFE_INTEGER, limit, take, withDeleted = false }) {
      const position = Number(selectHead.get()?.position ?? 0);
      const wanted = Math.max(0, limit);
      const bounds = [after, before, withDeleted ? 1 : 0, wanted + 1];
      const rows = (take === 'oldest' ? selectOldest : selectNewest).all(conversationId, ...bounds);
      const hasMore = rows.length > wanted;
      const texts = rows.slice(0, wanted).map(write);
      if (take === 'newest') texts.reverse();
      return `{"position":${position},"value":{"messages":[${texts.join(',')}],"hasMore":${hasMore}}}`;
    },
    countQuotes: ({ messageId, limit }) => String(countQuotes.get(messageId, limit)?.count ?? 0),
    loadMessage: ({ conversationId, messageId }) => write(selectOne.get(messageId, conversationId)),
    findByClientMessageId: ({ conversationId, senderId, clientMessageId }) =>
      write(selectByClientMessageId.get(conversationId, senderId, searchable(clientMessageId))),
  };
}

const write = (row: Row): string =>
  row === undefined ? 'null' : writeMessage(Number(row.position), Number(row.ordinal), String(row.body));
