import { readdirSync } from 'node:fs';

/** A numbered SQL file, `NNN-what.sql`: file N brings a database from version N - 1 to N. */
export type MigrationFile = { readonly version: number; readonly file: URL };

/** Those of a driver, in the order of their numbers. `folder` ends with a slash. */
export function listMigrations(folder: URL): readonly MigrationFile[] {
  return readdirSync(folder)
    .filter((name) => /^\d+-.*\.sql$/.test(name))
    .map((name) => ({ version: Number.parseInt(name, 10), file: new URL(name, folder) }))
    .sort((a, b) => a.version - b.version);
}

/** The version of a database's tables, 0 where it has none, and the newest that this build knows. */
export type Versions = { readonly found: number; readonly known: number };

/** What to say of a database that a newer build has written: its rows may mean what this one cannot read. */
export function newerVersionWords(database: string, { found, known }: Versions): string {
  return (
    `${database} has version ${found}, and this build of Parlance knows versions up to ${known}. ` +
    'Start the newer build that wrote it, or restore the backup from before the upgrade.'
  );
}
