import type { DatabaseSync } from 'node:sqlite';
import type { Message, Position } from '../../core/model.ts';
import { indexedWords } from '../../core/words.ts';
import { pageEntries } from '../search-limits.ts';
import { inTransaction } from './connection.ts';

/**
 * The function that takes in the next page of the log, in one transaction with the place that it came to; it answers whether
 * there is more. What an entry says of a message is not looked at: its row is, as it is now.
 */
export function searchFollower(db: DatabaseSync, log: DatabaseSync): () => boolean {
  const selectPlace = db.prepare('SELECT position FROM place');
  const savePlace = db.prepare('UPDATE place SET position = ?, at = ?');
  const selectHead = log.prepare('SELECT position FROM log_head');
  const selectEntries = log.prepare(
    'SELECT position, at, is_message, key FROM entries WHERE position > ? AND position <= ? ORDER BY position LIMIT ?',
  );
  const selectMessage = log.prepare(
    'SELECT conversation_id, body FROM entries WHERE position = ? AND is_message = 1 AND deleted_at IS NULL',
  );
  const remove = db.prepare('DELETE FROM words WHERE rowid = ?');
  const insert = db.prepare('INSERT OR REPLACE INTO words (rowid, message) VALUES (?, ?)');
  const numbers = conversationNumbers(db);

  const takeIn = (id: Position): void => {
    const row = selectMessage.get(id);
    if (row === undefined) {
      remove.run(id);
      return;
    }
    const words = indexedWords(JSON.parse(String(row.body)) as Message);
    insert.run(id, `_${numbers.give(String(row.conversation_id))} ${[...words].join(' ')}`);
  };

  return () =>
    inTransaction(db, 'BEGIN IMMEDIATE', () => {
      const from = Number(selectPlace.get()?.position);
      const head = Number(selectHead.get()?.position);
      if (head <= from) return false;
      const entries = selectEntries.all(from, head, pageEntries);
      for (const { position, is_message, key } of entries) {
        if (is_message === 1) takeIn(Number(position));
        else if (typeof key === 'string' && key.startsWith('message\n')) takeIn(Number(key.slice('message\n'.length)));
      }
      const last = entries.at(-1);
      const isWhole = entries.length < pageEntries || last === undefined;
      const through = isWhole ? head : Number(last.position);
      savePlace.run(through, last?.position === through ? Number(last.at) : null);
      return through < head;
    });
}

/** The short words that stand for conversations. */
export function conversationNumbers(db: DatabaseSync) {
  const select = db.prepare('SELECT number FROM conversations WHERE id = ?');
  const insert = db.prepare('INSERT INTO conversations (id) VALUES (?) RETURNING number');
  const find = (id: string): number | undefined => {
    const row = select.get(id);
    return row && Number(row.number);
  };
  return { find, give: (id: string): number => find(id) ?? Number(insert.get(id)?.number) };
}
