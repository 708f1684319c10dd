import { readFileSync } from 'node:fs';
import pg from 'pg';
import { listMigrations, newerVersionWords } from '../migration-files.ts';
import { wordsOf } from './connection.ts';

const folder = new URL('./migrations/', import.meta.url);
/** Any number, the same in every build: who holds this lock migrates. */
const lockNumber = 7_265_891_022;
/** Nodes that start together wait for one of them to migrate. */
const migrationTimeoutMs = 600_000;

/** The newest version of the tables that this build knows. */
export const knownVersion = (): number => listMigrations(folder).at(-1)?.version ?? 0;

/**
 * Brings the database to the version that this build knows, in one transaction and one node at a time.
 * Rejects for a database that a newer build has written: its rows may mean what this one cannot read.
 */
export async function migrate(settings: pg.ClientConfig): Promise<void> {
  const timeouts = { statement_timeout: migrationTimeoutMs, query_timeout: migrationTimeoutMs };
  const client = new pg.Client({ ...settings, ...timeouts });
  // Whatever ends the connection is told by the statement that it hits.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new Error(
      `The database cannot be reached: ${wordsOf(error)}. Check DATABASE_URL, and that PostgreSQL is running.`,
      { cause: error },
    );
  }
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockNumber]);
    await bringUp(client);
    await client.query('COMMIT');
  } catch (error) {
    throw isAboutRights(error) ? new Error(rightsWords(error), { cause: error }) : error;
  } finally {
    await client.end();
  }
}

const isAboutRights = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && error.code === '42501';

const rightsWords = ({ message }: pg.DatabaseError): string =>
  `The user of the database lacks a right: ${message}. Make it the owner of the database and of what is in it, or let it ` +
  'make tables there (GRANT CREATE ON SCHEMA public).';

/** Where a character cannot be stored, whatever is written together with it is refused as well. */
async function refuseNarrowEncoding(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string }>(`SELECT current_setting('server_encoding') AS encoding`);
  const [{ encoding } = { encoding: 'unknown' }] = rows;
  if (encoding !== 'UTF8') throw new Error(`The database is in ${encoding}. Make one with ENCODING 'UTF8'.`);
}

async function bringUp(client: pg.Client): Promise<void> {
  await client.query('CREATE TABLE IF NOT EXISTS parlance_schema (version integer NOT NULL)');
  const { rows } = await client.query<{ version: number }>('SELECT version FROM parlance_schema');
  const found = rows[0]?.version ?? 0;
  const known = knownVersion();
  if (found > known) throw new Error(newerVersionWords('The database', { found, known }));
  if (found === known) return;
  if (found === 0) await refuseNarrowEncoding(client);
  for (const { version, file } of listMigrations(folder)) {
    if (version > found) await client.query(readFileSync(file, 'utf8'));
  }
  await client.query('DELETE FROM parlance_schema');
  await client.query('INSERT INTO parlance_schema (version) VALUES ($1)', [known]);
}
