import type { DatabaseSync } from 'node:sqlite';
import type { Position } from '../../core/model.ts';
import { searchable } from '../batch.ts';
import { writeMessage } from '../rows.ts';
import { type ArrayStatement, prepareArrays } from './connection.ts';
import type { Readers } from './readings.ts';

type Row = readonly [position: Position, ordinal: number, body: string];

/** The reader's questions about messages. */
export function messageReaders(
  db: DatabaseSync,
): Readers<'readMessages' | 'loadMessage' | 'countQuotes' | 'findByClientMessageId'> {
  const selectHead = prepareArrays<[position: Position, followed: Position]>(
    db,
    'SELECT position, followed FROM log_head',
  );
  const select = (sql: string): ArrayStatement<Row> => prepareArrays<Row>(db, sql);
  // CROSS JOIN keeps SQLite to this order: first the list of the conversation's entries, then each entry by its position.
  const listed = (order: 'ASC' | 'DESC'): ArrayStatement<Row> =>
    select(
      `SELECT e.position, e.ordinal, e.body FROM conversation_entries l CROSS JOIN entries e ON e.position = l.position
       WHERE l.conversation_id = ? AND l.is_message = 1 AND l.position > ? AND l.position < ? AND (? OR e.deleted_at IS NULL)
       ORDER BY l.position ${order} LIMIT ? + 0`,
    );
  // The newest entries, which may not be listed by conversation yet: few enough to look at each, in their order (`+` keeps
  // SQLite from looking for an index by that column).
  const unlisted = (order: 'ASC' | 'DESC'): ArrayStatement<Row> =>
    select(
      `SELECT position, ordinal, body FROM entries
       WHERE +conversation_id = ? AND +is_message = 1 AND position > ? AND position < ? AND (? OR deleted_at IS NULL)
       ORDER BY position ${order} LIMIT ? + 0`,
    );
  const statements = {
    oldest: { listed: listed('ASC'), unlisted: unlisted('ASC') },
    newest: { listed: listed('DESC'), unlisted: unlisted('DESC') },
  };
  const selectOne = select(
    'SELECT position, ordinal, body FROM entries WHERE position = ? AND conversation_id = ? AND is_message = 1',
  );
  const countQuotes = db.prepare(
    'SELECT count(*) AS count FROM (SELECT 1 FROM entries WHERE reply_to_id = ? LIMIT ? + 0)',
  );
  const selectByClientMessageId = select(
    `SELECT position, ordinal, body FROM entries
     WHERE conversation_id = ? AND sender_id = ? AND client_message_id = ?`,
  );

  return {
    readMessages({ conversationId, after = 0, before = Number.MAX_SAFE_INTEGER, limit, take, withDeleted = false }) {
      const [position, followed] = selectHead.get() ?? [0, 0];
      const wanted = Math.max(0, limit);
      const rows: Row[] = [];
      const add = (statement: ArrayStatement<Row>, above: Position, below: Position): void => {
        const missing = wanted + 1 - rows.length;
        if (missing <= 0 || below - above <= 1) return;
        rows.push(...statement.all(conversationId, above, below, withDeleted ? 1 : 0, missing));
      };
      const { listed, unlisted } = statements[take];
      const addListed = () => add(listed, after, Math.min(before, followed + 1));
      const addUnlisted = () => add(unlisted, Math.max(after, followed), Math.min(before, position + 1));
      if (take === 'oldest') addListed();
      addUnlisted();
      if (take === 'newest') addListed();
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

const write = (row: Row | undefined): string => (row === undefined ? 'null' : writeMessage(...row));
