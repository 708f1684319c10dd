import type { Head } from '../app/ports.ts';

/** A database as rows, so that it can be taken elsewhere whole: to a file, or to another driver. */

export type ArchiveValue = string | number | null;
/** The values of a row, in the order of its table's columns. */
export type ArchiveRow = readonly ArchiveValue[];

/** A table as it is found in the database, so that a new column or table is carried without anybody's doing. */
export type ArchiveTable = {
  readonly name: string;
  /** In alphabetical order: the same whatever the driver. */
  readonly columns: readonly string[];
  /** The columns of the primary key, in its order. */
  readonly key: readonly string[];
};

/** `ofConversations`: rows that belong to one, conversation by conversation. `ofNone`: the others. */
export type Selection = 'all' | 'ofConversations' | 'ofNone';

/** Rows of one moment, all of a table or some, in pages; two drivers that hold the same rows tell them in the same order. */
export interface ArchiveReading {
  readonly tables: readonly ArchiveTable[];
  rows(table: ArchiveTable, selection: Selection): AsyncIterable<readonly ArchiveRow[]>;
}

/** A database of which nothing is changed; a server may be writing it. */
export interface ArchiveReader extends ArchiveReading, AsyncDisposable {
  readonly head: Head;
}

export type ArchivedRow = { readonly table: ArchiveTable; readonly row: ArchiveRow };

/** An empty database that is filled. Until it is finished no server opens it. */
export interface ArchiveWriter extends AsyncDisposable {
  readonly tables: readonly ArchiveTable[];
  /**
   * Begins with this archive, or goes on with it; answers how many of its rows are written already. Rejects when the
   * database holds anything else, and when a server uses it.
   */
  begin(archiveId: string): Promise<number>;
  /** Commits rows together with how many they are by now. */
  write(rows: readonly ArchivedRow[], rowsWritten: number): Promise<void>;
  /** Lets `work` look at what was written. */
  check<T>(work: (reading: ArchiveReading) => Promise<T>): Promise<T>;
  /** Gives the log its head: from now on servers may open the database. */
  finish(head: Head): Promise<void>;
}

/** Where an import stands is remembered in a table of this name, which is there no longer than it lasts. */
export const unfinishedTable = 'unfinished_import';

/**
 * Tables that stay where they are. The head travels at the top of the archive; a schema's version is its database's own,
 * and so is what its writers remember;
 * what is searched in is filled anew from the log.
 */
const staying: ReadonlySet<string> = new Set([
  'log_head',
  'parlance_schema',
  'writers',
  // Held by nodes of that database, for seconds.
  'leases',
  // An index of the entries.
  'conversation_entries',
  'search_words',
  'search_place',
  unfinishedTable,
]);

export const isArchived = (table: string): boolean => !staying.has(table);

/** The column that says whose conversation a row is; undefined for rows that belong to none. */
export function conversationColumn({ name, columns }: ArchiveTable): string | undefined {
  if (name === 'conversations') return 'id';
  return columns.find((column) => column === 'conversation_id');
}

/** The SQL behind a table's name: which rows, and in which order. Entries of a conversation as their index has them. */
export function selectionOf(table: ArchiveTable, selection: Selection): string {
  const column = conversationColumn(table);
  if (selection === 'ofConversations') {
    if (column === undefined) throw new Error(`No row of ${table.name} belongs to a conversation.`);
    const kind = table.columns.filter((name) => name === 'is_message');
    const order = [column, ...kind, ...table.key.filter((name) => name !== column)];
    return `WHERE ${column} IS NOT NULL ORDER BY ${order.join(', ')}`;
  }
  const order = `ORDER BY ${table.key.join(', ')}`;
  return selection === 'ofNone' && column !== undefined ? `WHERE ${column} IS NULL ${order}` : order;
}

/** Tables from their columns as a catalogue lists them. Throws for a table whose rows have no order. */
export function toTables(
  columns: readonly { readonly table: string; readonly column: string; readonly keyPlace: number | undefined }[],
): readonly ArchiveTable[] {
  const names = [...new Set(columns.map(({ table }) => table))].filter(isArchived).sort();
  return names.map((name) => {
    const own = columns.filter(({ table }) => table === name);
    const keyed = own.flatMap(({ column, keyPlace }) => (keyPlace === undefined ? [] : [{ column, keyPlace }]));
    if (keyed.length === 0) throw new Error(`The table ${name} has no primary key.`);
    return {
      name,
      columns: own.map(({ column }) => column).sort(),
      key: keyed.sort((one, other) => one.keyPlace - other.keyPlace).map(({ column }) => column),
    };
  });
}

export const unfinishedWords =
  'The database holds an unfinished import, and is of no use before it is whole. ' +
  'Run the same "parlance import" or "parlance migrate" again, which goes on where it was; or begin with an empty database.';

export const otherArchiveWords =
  'The database holds the unfinished import of another archive. Go on with that one, or begin with an empty database.';

export const notEmptyWords =
  'The database is not empty: an archive fills one that nobody has written to. Name another one in DATABASE_URL (or --to).';
