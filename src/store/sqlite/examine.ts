import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { TimeMs } from '../../core/model.ts';
import type { Versions } from '../migration-files.ts';
import { openForReading } from './connection.ts';
import { lockPathOf, takeLock } from './lock.ts';
import { versionsOf } from './migrate.ts';

/** What can be told about a database file without changing anything. */
export type FileExamination = {
  readonly isServing: boolean;
  readonly versions: Versions;
  /** It holds an import that was not finished. */
  readonly isUnfinished: boolean;
  /** What is wrong with its pages; empty for none. */
  readonly damages: readonly string[];
  /** The time of its newest entry; undefined for an empty log. */
  readonly newestAt: TimeMs | undefined;
};

const damagesShown = 3;

/** Undefined where there is no such file. Throws what keeps it from being opened. */
export function examineFile(path: string): FileExamination | undefined {
  if (!existsSync(path)) return undefined;
  const isServing = isLocked(path);
  const db = openForReading({ path });
  try {
    const versions = versionsOf(db);
    const found = db.prepare(`PRAGMA quick_check(${damagesShown})`).all();
    const damages = found.map((row) => String(row.quick_check)).filter((words) => words !== 'ok');
    if (versions.found === 0) return { isServing, versions, damages, isUnfinished: false, newestAt: undefined };
    return { isServing, versions, damages, isUnfinished: isUnfinished(db), newestAt: newestAt(db) };
  } finally {
    db.close();
  }
}

function isLocked(path: string): boolean {
  if (!existsSync(lockPathOf(path))) return false;
  try {
    takeLock(lockPathOf(path), path)[Symbol.dispose]();
    return false;
  } catch {
    return true;
  }
}

const isUnfinished = (db: DatabaseSync): boolean => db.prepare('SELECT 1 FROM log_head').get() === undefined;

function newestAt(db: DatabaseSync): TimeMs | undefined {
  const row = db.prepare('SELECT at FROM entries ORDER BY position DESC LIMIT 1').get();
  return row === undefined ? undefined : Number(row.at);
}
