import type { DatabaseSync } from 'node:sqlite';

/**
 * Lets the tables follow the log to its head: what they lack is in the rows of the messages themselves. Doing it twice changes
 * nothing. Runs inside the transaction of whoever calls.
 */
export function catchUp(db: DatabaseSync): void {
  const head = db.prepare('SELECT position, followed FROM log_head').get();
  const [position, followed] = [Number(head?.position ?? 0), Number(head?.followed ?? 0)];
  if (followed === position) return;
  for (const sql of followingMessages) db.prepare(sql).run(followed);
  db.prepare('UPDATE log_head SET followed = position').run();
}

/**
 * The same for whoever may only read: what follows is copied beside the file and catches up there, under the same names, as
 * long as the connection lasts. Runs inside the transaction of whoever calls.
 */
export function catchUpBeside(db: DatabaseSync): void {
  for (const table of ['log_head', 'conversations', 'members']) {
    db.exec(`CREATE TEMP TABLE ${table} AS SELECT * FROM main.${table}`);
  }
  // Whoever reads a file whole asks the entries themselves whose they are.
  db.exec('CREATE TEMP TABLE conversation_entries AS SELECT * FROM main.conversation_entries WHERE false');
  catchUp(db);
}

const unfollowed = 'FROM entries WHERE position > ?1 AND is_message = 1';

/** Counts are taken from the messages, not added up: a row that has them already stays as it is. */
const followingMessages: readonly string[] = [
  `UPDATE conversations SET ordinal = said.ordinal, last_message_id = said.position, updated_at = max(updated_at, said.at)
   FROM (SELECT conversation_id, max(ordinal) AS ordinal, max(position) AS position, max(at) AS at ${unfollowed}
         GROUP BY conversation_id) AS said
   WHERE id = said.conversation_id`,
  `UPDATE members SET own_count = said.own_count
   FROM (SELECT conversation_id, sender_id, max(sender_ordinal) AS own_count ${unfollowed}
         GROUP BY conversation_id, sender_id) AS said
   WHERE members.conversation_id = said.conversation_id AND user_id = said.sender_id`,
  `INSERT OR IGNORE INTO conversation_entries (conversation_id, is_message, position)
   SELECT conversation_id, is_message, position ${unfollowed}`,
];
