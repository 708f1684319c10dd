import pg from 'pg';
import type { TimeMs } from '../../core/model.ts';
import type { Versions } from '../migration-files.ts';
import { connectionSettings } from './address.ts';
import { wordsOf } from './connection.ts';
import { knownVersion } from './migrate.ts';

/** What can be told about a database without changing anything. */
export type DatabaseExamination = {
  /** Such as 150018 for 15.18. */
  readonly serverVersion: number;
  readonly encoding: string;
  /** Whether what is committed survives a crash of the machine. */
  readonly isSyncing: boolean;
  readonly mayCreate: boolean;
  readonly freeConnections: number;
  readonly versions: Versions;
  readonly isUnfinished: boolean;
  readonly newestAt: TimeMs | undefined;
  /** How far its clock is ahead of this machine's, in milliseconds. */
  readonly clockAheadMs: number;
};

/** Rejects with what keeps it from being reached. */
export async function examineDatabase(url: string): Promise<DatabaseExamination> {
  const client = new pg.Client({ ...connectionSettings(url), application_name: 'parlance-doctor' });
  // Whatever ends the connection is told by the statement that it hits.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new Error(`The database cannot be reached: ${wordsOf(error)}`, { cause: error });
  }
  try {
    const { rows } = await client.query<
      Omit<DatabaseExamination, 'versions' | 'isUnfinished' | 'newestAt' | 'clockAheadMs'>
    >(
      `SELECT current_setting('server_version_num')::int AS "serverVersion",
        current_setting('server_encoding') AS encoding,
        current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS "isSyncing",
        has_schema_privilege(current_schema(), 'CREATE') AS "mayCreate",
        current_setting('max_connections')::int - (SELECT count(*) FROM pg_stat_activity)::int AS "freeConnections"`,
    );
    const [state] = rows;
    if (state === undefined) throw new Error('The database answered nothing.');
    return { ...state, ...(await examineLog(client)), clockAheadMs: await clockAhead(client) };
  } finally {
    await client.end();
  }
}

async function examineLog(
  client: pg.Client,
): Promise<Pick<DatabaseExamination, 'versions' | 'isUnfinished' | 'newestAt'>> {
  const known = knownVersion();
  const { rows: tables } = await client.query<{ name: string | null }>(`SELECT to_regclass('parlance_schema') AS name`);
  if (!tables[0]?.name) return { versions: { found: 0, known }, isUnfinished: false, newestAt: undefined };
  const { rows } = await client.query<{ found: number; head: number | null; at: number | null }>(
    `SELECT (SELECT version FROM parlance_schema) AS found, (SELECT position FROM log_head) AS head,
      (SELECT at FROM entries ORDER BY position DESC LIMIT 1) AS at`,
  );
  const { found = 0, head = null, at = null } = rows[0] ?? {};
  return { versions: { found, known }, isUnfinished: head === null, newestAt: at ?? undefined };
}

/** The answer took a while: its middle is what is compared. */
async function clockAhead(client: pg.Client): Promise<number> {
  const before = Date.now();
  const { rows } = await client.query<{ now: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now',
  );
  return Math.round((rows[0]?.now ?? before) - (before + Date.now()) / 2);
}
