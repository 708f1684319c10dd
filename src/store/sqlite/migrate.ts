import { readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { listMigrations, newerVersionWords, type Versions } from '../migration-files.ts';
import { inTransaction } from './connection.ts';

const folder = new URL('./migrations/', import.meta.url);

/**
 * Brings the file to the version that this build knows, in one transaction.
 * Throws for a file that a newer build has written: its rows may mean what this one cannot read.
 */
export function migrate(db: DatabaseSync, path: string): void {
  const { found, known } = expectKnownVersion(db, path);
  if (found === known) return;
  const migrations = listMigrations(folder);
  inTransaction(db, 'BEGIN IMMEDIATE', () => {
    for (const { version, file } of migrations) {
      if (version > found) db.exec(readFileSync(file, 'utf8'));
    }
    db.exec(`PRAGMA user_version = ${known}`);
  });
}

export function versionsOf(db: DatabaseSync): Versions {
  const known = listMigrations(folder).at(-1)?.version ?? 0;
  return { found: Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0), known };
}

/** As {@link versionsOf}. Throws for a file that a newer build has written. */
export function expectKnownVersion(db: DatabaseSync, path: string): Versions {
  const versions = versionsOf(db);
  if (versions.found <= versions.known) return versions;
  throw new Error(newerVersionWords(`The database ${path}`, versions));
}
