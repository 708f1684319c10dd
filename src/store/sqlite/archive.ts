import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Head } from '../../app/ports.ts';
import { makeFolder } from '../../make-folder.ts';
import {
  type ArchivedRow,
  type ArchiveReader,
  type ArchiveReading,
  type ArchiveRow,
  type ArchiveTable,
  type ArchiveValue,
  type ArchiveWriter,
  notEmptyWords,
  otherArchiveWords,
  type Selection,
  selectionOf,
  toTables,
  unfinishedTable,
  unfinishedWords,
} from '../archive.ts';
import { searchable } from '../batch.ts';
import { catchUpBeside } from './catch-up.ts';
import { type ArrayStatement, inTransaction, openForReading, openForWriting, prepareArrays } from './connection.ts';
import { createOwnerOnly, lockPathOf, takeLock } from './lock.ts';
import { migrate } from './migrate.ts';
import { explainOpenError, explainReadError } from './open-errors.ts';

const pageRows = 500;

/** Opens a file for reading it whole, as it is at this moment; a server may go on writing it. */
export function openSqliteArchive(path: string): ArchiveReader {
  if (!existsSync(path)) throw new Error(missingWords(path));
  let db: DatabaseSync | undefined;
  try {
    db = openForReading({ path });
    sortInFiles(db);
    db.exec('BEGIN');
    const head = db.prepare('SELECT * FROM log_head').get();
    if (head === undefined) throw new Error(unfinishedWords);
    // In a file of an older build the rows are never behind.
    const { position, followed = position, epoch, secret } = head;
    const reading = readingOf(db);
    if (followed !== position) catchUpBeside(db);
    const opened = db;
    return {
      ...reading,
      head: { position: Number(position), epoch: String(epoch), secret: String(secret) },
      async [Symbol.asyncDispose]() {
        opened.close();
      },
    };
  } catch (error) {
    db?.close();
    throw explainReadError(error, path);
  }
}

/** A log may be too large to be sorted in memory. */
function sortInFiles(db: DatabaseSync): void {
  db.exec('PRAGMA temp_store = FILE');
}

/** Keeps servers off a file that is there. Throws when one has it. */
export function lockFile(path: string): Disposable {
  if (!existsSync(path)) throw new Error(missingWords(path));
  return takeLock(lockPathOf(path), path);
}

const missingWords = (path: string): string => `There is no database ${path}. Check its address, and DATA_DIR.`;

/** Opens an empty file, or one that an import has begun to fill; made when there is none. Throws when a server has it. */
export function fillSqliteArchive(path: string): ArchiveWriter {
  let lock: Disposable | undefined;
  try {
    makeFolder(dirname(path));
    lock = takeLock(lockPathOf(path), path);
    createOwnerOnly(path);
    const db = openForWriting({ path });
    sortInFiles(db);
    migrate(db, path);
    return new SqliteArchiveWriter(db, lock);
  } catch (error) {
    lock?.[Symbol.dispose]();
    throw explainOpenError(error, path);
  }
}

class SqliteArchiveWriter implements ArchiveWriter {
  readonly tables: readonly ArchiveTable[];
  readonly #db: DatabaseSync;
  readonly #lock: Disposable;
  readonly #inserts = new Map<ArchiveTable, StatementSync>();

  constructor(db: DatabaseSync, lock: Disposable) {
    this.#db = db;
    this.#lock = lock;
    this.tables = readTables(db);
  }

  async begin(archiveId: string): Promise<number> {
    const isBegun = this.#db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(unfinishedTable) !== undefined;
    if (isBegun) {
      const begun = this.#db.prepare(`SELECT archive_id, rows_written FROM ${unfinishedTable}`).get();
      if (begun?.archive_id !== archiveId) throw new Error(otherArchiveWords);
      return Number(begun.rows_written);
    }
    inTransaction(this.#db, 'BEGIN IMMEDIATE', () => {
      const filled = this.tables.find(({ name }) => this.#db.prepare(`SELECT 1 FROM ${name} LIMIT 1`).get());
      const position = this.#db.prepare('SELECT position FROM log_head').get()?.position;
      if (filled !== undefined || position !== 0) throw new Error(notEmptyWords);
      this.#db.exec(`CREATE TABLE ${unfinishedTable} (archive_id TEXT NOT NULL, rows_written INTEGER NOT NULL) STRICT`);
      this.#db.prepare(`INSERT INTO ${unfinishedTable} VALUES (?, 0)`).run(archiveId);
      // Nobody can append to a log without a head.
      this.#db.exec('DELETE FROM log_head');
    });
    return 0;
  }

  async write(rows: readonly ArchivedRow[], rowsWritten: number): Promise<void> {
    inTransaction(this.#db, 'BEGIN IMMEDIATE', () => {
      for (const { table, row } of rows) this.#insertInto(table).run(...toStored(table, row));
      this.#db.prepare(`UPDATE ${unfinishedTable} SET rows_written = ?`).run(rowsWritten);
    });
  }

  #insertInto(table: ArchiveTable): StatementSync {
    const known = this.#inserts.get(table);
    if (known !== undefined) return known;
    const { name, columns } = table;
    const places = columns.map(() => '?').join(', ');
    const insert = this.#db.prepare(`INSERT INTO ${name} (${columns.join(', ')}) VALUES (${places})`);
    this.#inserts.set(table, insert);
    return insert;
  }

  check<T>(work: (reading: ArchiveReading) => Promise<T>): Promise<T> {
    return work(readingOf(this.#db));
  }

  async finish({ position, epoch, secret }: Head): Promise<void> {
    inTransaction(this.#db, 'BEGIN IMMEDIATE', () => {
      this.#db
        .prepare('INSERT INTO log_head (id, position, epoch, secret, followed) VALUES (1, ?1, ?2, ?3, ?1)')
        .run(position, epoch, secret);
      this.#db.exec(
        // Where an older version began it, the migration has listed a part of them already.
        `INSERT OR IGNORE INTO conversation_entries (conversation_id, is_message, position)
         SELECT conversation_id, is_message, position FROM entries WHERE conversation_id IS NOT NULL ORDER BY 1, 2, 3`,
      );
      this.#db.exec(`DROP TABLE ${unfinishedTable}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#db.close();
    this.#lock[Symbol.dispose]();
  }
}

function readingOf(db: DatabaseSync): ArchiveReading {
  return {
    tables: readTables(db),
    async *rows(table: ArchiveTable, selection: Selection) {
      let page: ArchiveRow[] = [];
      for (const row of rowsOf(db, table, selection)) {
        page.push(fromStored(table, row));
        if (page.length < pageRows) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    },
  };
}

function rowsOf(db: DatabaseSync, table: ArchiveTable, selection: Selection): Iterable<ArchiveRow> {
  const all = `SELECT ${table.columns.join(', ')} FROM ${table.name}`;
  const [key] = table.key;
  if (table.name === 'entries' && selection === 'ofConversations') {
    // Only their keys are sorted: with their bodies, the disk would have to hold them all once more.
    const order = prepareArrays<Key>(db, `SELECT ${key} FROM ${table.name} ${selectionOf(table, selection)}`);
    return rowsInOrder(order, prepareArrays<ArchiveRow>(db, `${all} WHERE ${key} = ?`));
  }
  return prepareArrays<ArchiveRow>(db, `${all} ${selectionOf(table, selection)}`).iterate();
}

type Key = readonly [ArchiveValue];

function* rowsInOrder(order: ArrayStatement<Key>, one: ArrayStatement<ArchiveRow>): Iterable<ArchiveRow> {
  for (const [key] of order.iterate()) {
    const row = one.get(key);
    if (row !== undefined) yield row;
  }
}

/** Virtual tables and those behind them can be made again from the others. */
function readTables(db: DatabaseSync): readonly ArchiveTable[] {
  const rows = db
    .prepare(
      `SELECT t.name AS "table", c.name AS "column", c.pk AS place
       FROM pragma_table_list t, pragma_table_info(t.name) c
       WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all();
  return toTables(
    rows.map(({ table, column, place }) => ({
      table: String(table),
      column: String(column),
      keyPlace: Number(place) === 0 ? undefined : Number(place),
    })),
  );
}

/** Clients' own ids are stored in each driver's own way (see `searchable`), and travel as they were said. */
const escaped = 'client_message_id';

function fromStored({ columns }: ArchiveTable, row: ArchiveRow): ArchiveRow {
  const at = columns.indexOf(escaped);
  return at < 0 ? row : row.with(at, original(row[at] ?? null));
}

function original(stored: ArchiveValue): ArchiveValue {
  if (typeof stored !== 'string' || !stored.startsWith('"')) return stored;
  try {
    const text: unknown = JSON.parse(stored);
    // Only halves of characters were escaped: anything else is a text that looks like it.
    return typeof text === 'string' && !text.isWellFormed() ? text : stored;
  } catch {
    return stored;
  }
}

function toStored({ columns }: ArchiveTable, row: ArchiveRow): SQLInputValue[] {
  const stored = [...row];
  const at = columns.indexOf(escaped);
  const said = stored[at];
  if (typeof said === 'string') stored[at] = searchable(said);
  return stored;
}
