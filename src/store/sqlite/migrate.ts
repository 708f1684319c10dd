import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './connection.ts';

const folder = new URL('./migrations/', import.meta.url);

/** The numbered SQL files, each `NNN-what.sql`: file N brings a database from version N - 1 to N. */
function listMigrations(): readonly { readonly version: number; readonly file: string }[] {
  return readdirSync(folder)
    .filter((file) => /^\d+-.*\.sql$/.test(file))
    .map((file) => ({ version: Number.parseInt(file, 10), file }))
    .sort((a, b) => a.version - b.version);
}

/**
 * Brings the file to the version that this build knows, in one transaction.
 * Throws for a file that a newer build has written: its rows may mean what this one cannot read.
 */
export function migrate(db: DatabaseSync, path: string): void {
  const { found, known } = expectKnownVersion(db, path);
  if (found === known) return;
  const migrations = listMigrations();
  inTransaction(db, 'BEGIN IMMEDIATE', () => {
    for (const { version, file } of migrations) {
      if (version > found) db.exec(readFileSync(new URL(file, folder), 'utf8'));
    }
    db.exec(`PRAGMA user_version = ${known}`);
  });
}

/** The file's version, and the newest that this build knows. */
export function versionsOf(db: DatabaseSync): { readonly found: number; readonly known: number } {
  const known = listMigrations().at(-1)?.version ?? 0;
  return { found: Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0), known };
}

/** As {@link versionsOf}. Throws for a file that a newer build has written. */
export function expectKnownVersion(db: DatabaseSync, path: string): ReturnType<typeof versionsOf> {
  const { found, known } = versionsOf(db);
  if (found <= known) return { found, known };
  throw new Error(
    `The database ${path} has version ${found}, and this build of Parlance knows versions up to ${known}. ` +
      'Start the newer build that wrote it, or restore the backup from before the upgrade.',
  );
}
