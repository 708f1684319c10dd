import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';

/** How the two workers open the file. */
export type ConnectionOptions = {
  readonly path: string;
  /** The most pages that the file may grow to; absent: as the disk allows. */
  readonly maxPages?: number;
};

/** Opens the file for the one writer: what it has committed survives the loss of power. */
export function openForWriting({ path, maxPages }: ConnectionOptions): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: false });
  db.exec('PRAGMA journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL');
  // A checkpoint costs its own two fsyncs: every 16 MB instead of every 4 MB.
  db.exec('PRAGMA wal_autocheckpoint = 4000');
  db.exec('PRAGMA journal_size_limit = 67108864');
  db.exec('PRAGMA cache_size = -65536');
  db.exec('PRAGMA temp_store = MEMORY');
  if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${Math.trunc(maxPages)}`);
  return db;
}

/** What SQLite maps at the most; the rest of a longer file is read. */
const mappedBytes = 0x7fff0000;

/**
 * Opens the file for reading beside the writer. Statements are prepared once, and should stay so: where a value may matter to
 * how it is found (`LIMIT ?`, `LIKE ?`), SQLite plans anew for each, unless it stands in an expression (`LIMIT ? + 0`).
 */
export function openForReading({ path }: ConnectionOptions): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5_000, readOnly: true });
  // The messages of a quiet conversation each lie on a page of their own, in the system's cache: mapped, none has to be copied.
  db.exec(`PRAGMA mmap_size = ${mappedBytes}`);
  db.exec('PRAGMA cache_size = -65536');
  db.exec('PRAGMA temp_store = MEMORY');
  return db;
}

/** Runs `work` in one transaction: a reading of one moment, or a writing of all or nothing. */
export function inTransaction<T>(db: DatabaseSync, begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
  db.exec(begin);
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // Some failures (a full disk) have ended the transaction already.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** A statement whose rows are arrays of their columns' values, in the order in which it names them. */
export type ArrayStatement<Row extends readonly SQLOutputValue[]> = {
  all(...values: SQLInputValue[]): readonly Row[];
  iterate(...values: SQLInputValue[]): Iterable<Row>;
  get(...values: SQLInputValue[]): Row | undefined;
};

/** For what reads many rows: each as an object, a table of names of its own, costs as much as finding it. */
export function prepareArrays<Row extends readonly SQLOutputValue[]>(
  db: DatabaseSync,
  sql: string,
): ArrayStatement<Row> {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  // The library's types know of objects only.
  return statement as unknown as ArrayStatement<Row>;
}
