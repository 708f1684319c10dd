import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** The file beside a database whose lock keeps others off it. */
export const lockPathOf = (databasePath: string): string => `${databasePath.replace(/\.sqlite$/, '')}.lock`;

/**
 * Keeps every other process off a database, by an open exclusive transaction on a file beside it. The operating system
 * lets go of it when this process ends, however it ends: nothing is left that somebody would have to delete.
 * Throws when another process, or another store of this one, holds it.
 */
export function takeLock(lockPath: string, databasePath: string): Disposable {
  createOwnerOnly(lockPath);
  const db = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (!(error instanceof Error) || !/locked|busy/i.test(error.message)) throw error;
    throw new Error(
      `Another process is using the database ${databasePath}. Stop it first, or set DATA_DIR to another folder: ` +
        'one database file serves one process.',
    );
  }
  return {
    [Symbol.dispose]() {
      db.close();
    },
  };
}

/**
 * Makes the file, if there is none, readable by its owner alone. Never opens an existing one: closing any handle of a
 * file gives up all locks that this process holds on it.
 */
export function createOwnerOnly(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
