import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { ConversationId, Position, TimeMs, UserId } from '../../core/model.ts';

/** A message's row in the log. `senderOrdinal`: its number among those of its sender in the conversation. */
export type MessageRow = {
  readonly position: Position;
  readonly at: TimeMs;
  readonly conversationId: ConversationId;
  readonly ordinal: number;
  readonly senderId: UserId;
  readonly senderOrdinal: number;
  readonly clientMessageId: string | null;
  readonly actorId: UserId | null;
  readonly body: string;
};

/** How many rows one statement writes, the most first: running it and opening what it writes to costs as much as some rows do. */
const sizes = [16, 4, 1] as const;
const [most] = sizes;

/**
 * Writes the rows of messages, several by one statement. What was added is in the table after `write`, which has to come before
 * anything that looks there.
 */
export class MessageRows {
  readonly #inserts: readonly { readonly size: number; run(...values: SQLInputValue[]): unknown }[];
  #waiting: MessageRow[] = [];

  constructor(db: DatabaseSync) {
    this.#inserts = sizes.map((size) => {
      const statement = db.prepare(insertOf(size));
      return { size, run: (...values: SQLInputValue[]) => statement.run(...values) };
    });
  }

  add(row: MessageRow): void {
    this.#waiting.push(row);
    if (this.#waiting.length === most) this.write();
  }

  /** Is one of this client's id among those that are not in the table yet? */
  hasWaiting(clientMessageId: string): boolean {
    for (const row of this.#waiting) if (row.clientMessageId === clientMessageId) return true;
    return false;
  }

  write(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    let from = 0;
    for (const { size, run } of this.#inserts) {
      for (; waiting.length - from >= size; from += size) run(...valuesOf(waiting, from, from + size));
    }
  }

  /** Forgets what was added and not written. */
  drop(): void {
    this.#waiting = [];
  }
}

function insertOf(size: number): string {
  const row = '(?, ?, ?, 1, ?, ?, ?, ?, ?, ?)';
  return `INSERT INTO entries (position, at, conversation_id, is_message, ordinal, sender_id, sender_ordinal,
      client_message_id, actor_id, body)
    VALUES ${new Array(size).fill(row).join(', ')}`;
}

function valuesOf(rows: readonly MessageRow[], from: number, to: number): SQLInputValue[] {
  const values: SQLInputValue[] = [];
  for (let index = from; index < to; index++) {
    const row = rows[index] as MessageRow;
    values.push(row.position, row.at, row.conversationId, row.ordinal, row.senderId, row.senderOrdinal);
    values.push(row.clientMessageId, row.actorId, row.body);
  }
  return values;
}
