import pg from 'pg';
import type { Head } from '../../app/ports.ts';
import {
  type ArchivedRow,
  type ArchiveReader,
  type ArchiveReading,
  type ArchiveRow,
  type ArchiveTable,
  type ArchiveValue,
  type ArchiveWriter,
  isArchived,
  notEmptyWords,
  otherArchiveWords,
  type Selection,
  selectionOf,
  toTables,
  unfinishedTable,
  unfinishedWords,
} from '../archive.ts';
import { connectionSettings } from './address.ts';
import { wordsOf } from './connection.ts';
import { storable } from './drafts.ts';
import { migrate } from './migrate.ts';

const pageRows = 500;
/** By this name in `pg_stat_activity` nobody takes this connection for a node's. */
const applicationName = 'parlance-archive';
const readOnly = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** Connects for reading a database whole, as it is at this moment; nodes may go on writing it. */
export async function openPostgresArchive(url: string): Promise<ArchiveReader> {
  const client = await connect(url);
  try {
    await client.query(readOnly);
    const reading = await readingOf(client);
    const { rows } = await client.query<Head>('SELECT position, epoch, secret FROM log_head');
    const [head] = rows;
    if (head === undefined) throw new Error(unfinishedWords);
    return { ...reading, head, [Symbol.asyncDispose]: () => client.end() };
  } catch (error) {
    await client.end();
    // The code of an unknown table.
    if (!(error instanceof pg.DatabaseError) || error.code !== '42P01') throw error;
    throw new Error('The database holds no log of Parlance. Check DATABASE_URL (or --from).', { cause: error });
  }
}

/** Connects to an empty database, or to one that an import has begun to fill. */
export async function fillPostgresArchive(url: string): Promise<ArchiveWriter> {
  await migrate(connectionSettings(url));
  const client = await connect(url);
  try {
    return new PostgresArchiveWriter(client, await readColumns(client));
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** The nodes that are connected to a database at this moment, as far as this user may see them. */
export async function countNodes(url: string): Promise<number> {
  const client = await connect(url);
  try {
    return await nodesOf(client);
  } finally {
    await client.end();
  }
}

/** What a node's connections are called; the name may be another one where the URL says so. */
async function nodesOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*) AS count FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = $1`,
    [connectionSettings('').fallback_application_name],
  );
  return rows[0]?.count ?? 0;
}

class PostgresArchiveWriter implements ArchiveWriter {
  readonly tables: readonly ArchiveTable[];
  readonly #client: pg.Client;
  readonly #types: ReadonlyMap<string, string>;

  constructor(client: pg.Client, columns: readonly Column[]) {
    this.#client = client;
    this.tables = toTables(columns);
    this.#types = new Map(columns.map(({ table, column, type }) => [`${table}.${column}`, type]));
  }

  async begin(archiveId: string): Promise<number> {
    if ((await nodesOf(this.#client)) > 0) {
      throw new Error('Nodes of Parlance are connected to the database. Stop them first.');
    }
    return this.#inTransaction(async () => {
      // Two imports at once: the second one waits here, and finds the first one's beginning.
      await this.#client.query('LOCK TABLE log_head IN ACCESS EXCLUSIVE MODE');
      const { rows: found } = await this.#client.query<{ name: string | null }>('SELECT to_regclass($1) AS name', [
        unfinishedTable,
      ]);
      if (found[0]?.name) {
        const { rows } = await this.#client.query<{ archive_id: string; rows_written: number }>(
          `SELECT archive_id, rows_written FROM ${unfinishedTable}`,
        );
        if (rows[0]?.archive_id !== archiveId) throw new Error(otherArchiveWords);
        return rows[0].rows_written;
      }
      const filled = this.tables.map(({ name }) => `EXISTS (SELECT FROM ${name})`).join(' OR ');
      const { rows } = await this.#client.query<{ filled: boolean }>(
        `SELECT ${filled} OR NOT EXISTS (SELECT FROM log_head WHERE position = 0) AS filled`,
      );
      if (rows[0]?.filled !== false) throw new Error(notEmptyWords);
      await this.#client.query(
        `CREATE TABLE ${unfinishedTable} (archive_id text NOT NULL, rows_written bigint NOT NULL)`,
      );
      await this.#client.query(`INSERT INTO ${unfinishedTable} VALUES ($1, 0)`, [archiveId]);
      // Nobody can append to a log without a head.
      await this.#client.query('DELETE FROM log_head');
      return 0;
    });
  }

  async write(rows: readonly ArchivedRow[], rowsWritten: number): Promise<void> {
    const byTable = Map.groupBy(rows, ({ table }) => table);
    await this.#inTransaction(async () => {
      for (const [table, ofTable] of byTable) await this.#insert(table, ofTable);
      await this.#client.query(`UPDATE ${unfinishedTable} SET rows_written = $1`, [rowsWritten]);
    });
  }

  /** One statement: an array per column. */
  async #insert(table: ArchiveTable, rows: readonly ArchivedRow[]): Promise<void> {
    const { name, columns } = table;
    const values = columns.map((column, at) => rows.map(({ row }) => toStored(column, row[at] ?? null)));
    const arrays = columns.map((column, at) => `$${at + 1}::${this.#types.get(`${name}.${column}`)}[]`);
    const text = `INSERT INTO ${name} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE SELECT * FROM unnest(${arrays.join(', ')})`;
    await this.#client.query(text, values);
  }

  async check<T>(work: (reading: ArchiveReading) => Promise<T>): Promise<T> {
    // What is read row by row is planned by what is known of the tables.
    await this.#client.query('ANALYZE');
    await this.#client.query(readOnly);
    try {
      return await work(await readingOf(this.#client));
    } finally {
      await this.#client.query('ROLLBACK');
    }
  }

  async finish({ position, epoch, secret }: Head): Promise<void> {
    await this.#inTransaction(async () => {
      await this.#client.query('INSERT INTO log_head (id, position, epoch, secret) VALUES (1, $1, $2, $3)', [
        position,
        epoch,
        secret,
      ]);
      await this.#client.query(`DROP TABLE ${unfinishedTable}`);
      for (const counted of await findCounted(this.#client)) await goOnCounting(this.#client, counted);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.end();
  }

  async #inTransaction<T>(work: () => Promise<T>): Promise<T> {
    await this.#client.query('BEGIN');
    try {
      const result = await work();
      await this.#client.query('COMMIT');
      return result;
    } catch (error) {
      await this.#client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    // Long scans in order are what this connection is for: the nodes' limits and pinned plans are not.
    ...connectionSettings(url, ['jit=off']),
    application_name: applicationName,
    idle_in_transaction_session_timeout: 0,
    statement_timeout: 0,
    query_timeout: 0,
  });
  // Whatever ends the connection is told by the statement that it hits.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const words = `The database cannot be reached: ${wordsOf(error)}. Check its address, and that PostgreSQL is running.`;
    throw new Error(words, { cause: error });
  }
  return client;
}

/** To be used inside a transaction: its cursors live no longer. */
async function readingOf(client: pg.Client): Promise<ArchiveReading> {
  let cursors = 0;
  return {
    tables: toTables(await readColumns(client)),
    async *rows(table: ArchiveTable, selection: Selection) {
      const cursor = `archive_${++cursors}`;
      const select = `SELECT ${table.columns.join(', ')} FROM ${table.name} ${selectionOf(table, selection)}`;
      await client.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${select}`);
      for (;;) {
        const fetch = { text: `FETCH ${pageRows} FROM ${cursor}`, rowMode: 'array' as const };
        const { rows } = await client.query<ArchiveValue[]>(fetch);
        if (rows.length > 0) yield rows.map((row) => fromStored(table, row));
        if (rows.length < pageRows) break;
      }
      await client.query(`CLOSE ${cursor}`);
    },
  };
}

type Counted = { readonly table: string; readonly column: string };

/** Columns whose values the database counts up by itself. */
async function findCounted(client: pg.Client): Promise<readonly Counted[]> {
  const { rows } = await client.query<Counted>(
    `SELECT t.relname AS "table", a.attname AS "column" FROM pg_class t
     JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attidentity <> ''
     WHERE t.relkind = 'r'`,
  );
  return rows.filter(({ table }) => isArchived(table));
}

/** The next value comes after all that were written. */
async function goOnCounting(client: pg.Client, { table, column }: Counted): Promise<void> {
  await client.query(
    `SELECT setval(pg_get_serial_sequence($1, $2), max(${column})) FROM ${table} HAVING max(${column}) IS NOT NULL`,
    [table, column],
  );
}

type Column = {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly keyPlace: number | undefined;
};

/** Columns that are computed can be computed again from the others. */
async function readColumns(client: pg.Client): Promise<readonly Column[]> {
  const { rows } = await client.query<Omit<Column, 'keyPlace'> & { place: number | null }>(
    `SELECT t.relname AS "table", a.attname AS "column", format_type(a.atttypid, NULL) AS type, (
        SELECT array_position(i.indkey::smallint[], a.attnum) FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary
      ) AS place
     FROM pg_class t
     JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE t.relkind = 'r'`,
  );
  return rows.map(({ place, ...column }) => ({ ...column, keyPlace: place ?? undefined }));
}

/** Clients' own ids are stored in each driver's own way (see `storable`), and travel as they were said. */
const escaped = 'client_message_id';

function fromStored({ columns }: ArchiveTable, row: ArchiveRow): ArchiveRow {
  const at = columns.indexOf(escaped);
  const stored = row[at];
  return typeof stored === 'string' && stored.startsWith('"') ? row.with(at, JSON.parse(stored)) : row;
}

function toStored(column: string, value: ArchiveValue): ArchiveValue {
  return column === escaped && typeof value === 'string' ? storable(value) : value;
}
