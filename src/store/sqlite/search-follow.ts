import type { DatabaseSync } from 'node:sqlite';
import type { Message, Position } from '../../core/model.ts';
import { indexedWords } from '../../core/words.ts';
import { pageEntries } from '../search-limits.ts';
import { inTransaction } from './connection.ts';

type Row = Record<string, unknown>;

/** What the keys of edits and deletions begin with, before the message's id. */
const about = 'message\n';

/**
 * The function that takes in the next page of the log, in one transaction with the place that it came to; it answers whether
 * there is more. What an entry says of a message is not looked at: its row is, as it is now.
 */
export function searchFollower(db: DatabaseSync, log: DatabaseSync): () => boolean {
  const selectPlace = db.prepare('SELECT position FROM place');
  const savePlace = db.prepare('UPDATE place SET position = ?, at = ?');
  const selectHead = log.prepare('SELECT position FROM log_head');
  const columns =
    'position, at, key, is_message, conversation_id, deleted_at, CASE is_message WHEN 1 THEN body END AS body';
  const selectEntries = log.prepare(
    `SELECT ${columns} FROM entries WHERE position > ? AND position <= ? ORDER BY position LIMIT ? + 0`,
  );
  const selectMessage = log.prepare(`SELECT ${columns} FROM entries WHERE position = ? AND is_message = 1`);
  const selectForgotten = log.prepare("SELECT reached FROM horizons WHERE kind = 'messages'");
  const selectUpTo = db.prepare('SELECT rowid AS id FROM words WHERE rowid <= ? ORDER BY rowid LIMIT ? + 0');
  const remove = db.prepare('DELETE FROM words WHERE rowid = ?');
  const insert = db.prepare('INSERT INTO words (rowid, message) VALUES (?, ?)');
  const numbers = conversationNumbers(db);

  const takeIn = (id: Position, row: Row | undefined): void => {
    if (typeof row?.body !== 'string' || row.deleted_at !== null) return;
    const words = indexedWords(JSON.parse(row.body) as Message);
    insert.run(id, `_${numbers.give(String(row.conversation_id))} ${[...words].join(' ')}`);
  };
  const takeInAgain = (id: Position): void => {
    remove.run(id);
    takeIn(id, selectMessage.get(id));
  };

  /** What the log has let go for its age; whether there may be more. */
  const forgetSome = (): boolean => {
    const forgotten = selectUpTo.all(Number(selectForgotten.get()?.reached ?? 0), pageEntries);
    for (const { id } of forgotten) remove.run(Number(id));
    return forgotten.length === pageEntries;
  };

  const takeInPage = (): boolean => {
    const from = Number(selectPlace.get()?.position);
    const head = Number(selectHead.get()?.position);
    if (head <= from) return forgetSome();
    const entries = selectEntries.all(from, head, pageEntries);
    for (const row of entries) {
      const { key } = row;
      if (row.is_message === 1) takeIn(Number(row.position), row);
      else if (typeof key === 'string' && key.startsWith(about)) takeInAgain(Number(key.slice(about.length)));
    }
    const last = entries.at(-1);
    const isWhole = entries.length < pageEntries || last === undefined;
    const through = isWhole ? head : Number(last.position);
    savePlace.run(through, last?.position === through ? Number(last.at) : null);
    return through < head || forgetSome();
  };

  return () => {
    try {
      return inTransaction(db, 'BEGIN IMMEDIATE', takeInPage);
    } catch (error) {
      numbers.forget();
      throw error;
    }
  };
}

/** Numbers that are kept in mind. */
const rememberedNumbers = 10_000;

/** The short words that stand for conversations. */
export function conversationNumbers(db: DatabaseSync) {
  const select = db.prepare('SELECT number FROM conversations WHERE id = ?');
  const insert = db.prepare('INSERT INTO conversations (id) VALUES (?) RETURNING number');
  const remembered = new Map<string, number>();
  const find = (id: string): number | undefined => {
    const row = select.get(id);
    return row && Number(row.number);
  };
  const give = (id: string): number => {
    let number = remembered.get(id);
    if (number !== undefined) return number;
    number = find(id) ?? Number(insert.get(id)?.number);
    if (remembered.size >= rememberedNumbers) remembered.clear();
    remembered.set(id, number);
    return number;
  };
  /** What was given in a transaction that failed is not in the file. */
  const forget = (): void => remembered.clear();
  return { find, give, forget };
}
