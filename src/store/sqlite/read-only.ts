import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Entry } from '../../core/events.ts';
import type { Position } from '../../core/model.ts';
import type { LogReader } from '../log-reader.ts';
import type { Versions } from '../migration-files.ts';
import { inTransaction, openForReading } from './connection.ts';
import { versionsOf } from './migrate.ts';
import { explainReadError } from './open-errors.ts';
import { logReaders } from './read-log.ts';

/** Opens the log without the lock that a server takes, and writes nothing. Throws when there is no such file. */
export function openLogReader(path: string): LogReader {
  if (!existsSync(path)) throw new Error(`There is no database ${path}. Start the server once, or set DATA_DIR.`);
  const { db, found, known } = open(path);
  if (found < known) {
    db.close();
    throw new Error(`The database ${path} is of an older build. Start the server once, which brings it up to date.`);
  }
  const { readEntries } = logReaders(db);
  return {
    async readEntries(after, limit) {
      const text = inTransaction(db, 'BEGIN', () => readEntries({ after, limit }));
      return JSON.parse(text) as { entries: readonly Entry[]; through: Position };
    },
    async [Symbol.asyncDispose]() {
      db.close();
    },
  };
}

function open(path: string): { readonly db: DatabaseSync } & Versions {
  let db: DatabaseSync | undefined;
  try {
    db = openForReading({ path });
    return { db, ...versionsOf(db) };
  } catch (error) {
    db?.close();
    throw explainReadError(error, path);
  }
}
