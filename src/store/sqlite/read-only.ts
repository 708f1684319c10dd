import { existsSync } from 'node:fs';
import type { Entry } from '../../core/events.ts';
import type { Position } from '../../core/model.ts';
import { type EntryRow, entryColumns, writeEntry } from '../rows.ts';
import { openForReading } from './connection.ts';

/** The log of a database file, for looking at it beside the server that writes it. */
export interface LogReader extends Disposable {
  /** Up to `limit` entries after a position, in order. */
  readEntries(after: Position, limit: number): readonly Entry[];
}

/** Opens the log without the lock that a server takes, and writes nothing. Throws when there is no such file. */
export function openLogReader(path: string): LogReader {
  if (!existsSync(path)) throw new Error(`There is no database ${path}. Start the server once, or set DATA_DIR.`);
  const db = openForReading({ path });
  const newer = db.prepare(`SELECT ${entryColumns} FROM entries WHERE position > ? ORDER BY position LIMIT ?`);
  return {
    readEntries(after, limit) {
      // Rows of this file were written by the store itself, as entries.
      return newer.all(after, limit).map((row) => JSON.parse(writeEntry(row as EntryRow)) as Entry);
    },
    [Symbol.dispose]() {
      db.close();
    },
  };
}
