import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import type { Position } from '../../core/model.ts';
import { unfinishedWords } from '../archive.ts';
import { openForReading } from './connection.ts';
import { expectKnownVersion } from './migrate.ts';
import { explainOpenError, isDiskFull } from './open-errors.ts';

/** More pages than a file has: one step, which shows one moment. Between steps the source may change, and it begins anew. */
const allPages = 2 ** 31 - 1;

/** What a copy may leave beside it. */
const endings = ['', '-journal', '-wal', '-shm'] as const;

/** Makes the empty file that a database will be copied into: of two who want the same one, one gets it, and the other throws. */
export function claimCopy(path: string, copy: string): void {
  if (!existsSync(path)) throw new Error(`There is no database ${path}. Check DATABASE_URL and DATA_DIR.`);
  makeFile(copy);
}

export function removeCopy(copy: string): void {
  for (const ending of endings) rmSync(`${copy}${ending}`, { force: true });
}

/**
 * Copies a database as it is at one moment into the file that was claimed for it, whole and on disk; a server may go on writing
 * it. Rejects with what to do.
 */
export async function copyDatabase(path: string, copy: string): Promise<Position> {
  try {
    const db = openForReading({ path });
    try {
      await backup(db, copy, { rate: allPages });
    } finally {
      db.close();
    }
    return inspect(copy, () => undefined);
  } catch (error) {
    // The database is only read: what is full is the disk of its copy.
    throw isDiskFull(error) ? noSpaceFor(copy, error) : explainOpenError(error, path);
  }
}

/** Makes the file, for its owner only; one that is there is not the copy's to write or remove. */
function makeFile(copy: string): void {
  try {
    closeSync(openSync(copy, 'wx', 0o600));
  } catch (error) {
    if (isDiskFull(error)) throw noSpaceFor(copy, error);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The copy ${copy} cannot be made (${reason}). Choose a place where this user may write.`, {
      cause: error,
    });
  }
}

/** What to say where a disk is too full for a copy. */
export function noSpaceFor(copy: string, cause: unknown): Error {
  return new Error(`There is no space for the copy ${copy}. Free some, or choose a place on another disk.`, { cause });
}

/** Checks a copy and names its history anew; answers where its log ends. Throws for what is damaged or of a newer build. */
export function renewCopy(copy: string): Position {
  return inspect(copy, (db) => {
    expectKnownVersion(db, copy);
    db.exec('UPDATE log_head SET epoch = lower(hex(randomblob(16)))');
  });
}

/** Looks at every page and index, and leaves one file that can be copied as it is. */
function inspect(copy: string, change: (db: DatabaseSync) => void): Position {
  const db = new DatabaseSync(copy);
  try {
    // A copy bears the mode of its source, whose write-ahead log would be files beside it.
    db.exec('PRAGMA journal_mode = DELETE');
    db.exec('PRAGMA synchronous = FULL');
    const found = db
      .prepare('PRAGMA integrity_check')
      .all()
      .map(({ integrity_check: words }) => String(words));
    if (found.join() !== 'ok') throw new Error(`The copy ${copy} is damaged: ${found.slice(0, 3).join('; ')}.`);
    const position = db.prepare('SELECT position FROM log_head').get()?.position;
    if (position === undefined) throw new Error(unfinishedWords);
    change(db);
    return Number(position);
  } finally {
    db.close();
  }
}
