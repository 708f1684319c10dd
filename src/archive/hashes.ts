import { type ArchiveReading, type ArchiveRow, type ArchiveTable, conversationColumn } from '../store/archive.ts';
import { type Part, startHash } from './format.ts';

/**
 * A hash of each conversation, with all rows of all tables that belong to it, in the order of their ids' bytes; then one
 * of each table's other rows. Never holds more than a page of each table.
 */
export async function* hashParts(reading: ArchiveReading): AsyncGenerator<Part> {
  yield* hashConversations(reading);
  for (const table of reading.tables) {
    const hash = startHash();
    if (table.name === 'conversations') continue;
    for await (const page of reading.rows(table, 'ofNone')) {
      for (const row of page) hash.add(table.name, row);
    }
    yield { table: table.name, ...hash.end() };
  }
}

async function* hashConversations(reading: ArchiveReading): AsyncGenerator<Part> {
  const owned = reading.tables.filter((table) => conversationColumn(table) !== undefined);
  const heads: TableHead[] = [];
  for (const table of owned) heads.push(await TableHead.open(reading, table));
  for (;;) {
    const ids = heads.flatMap(({ conversationId }) => (conversationId === undefined ? [] : [conversationId]));
    if (ids.length === 0) return;
    const next = ids.reduce((least, id) => (compareIds(id, least) < 0 ? id : least));
    const hash = startHash();
    for (const head of heads) {
      while (head.conversationId === next) hash.add(head.table.name, await head.take());
    }
    yield { conversation: next, ...hash.end() };
  }
}

/** As both databases order them: by their bytes in UTF-8. */
export const compareIds = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** Where the reading of one table stands. */
class TableHead {
  readonly table: ArchiveTable;
  readonly #pages: AsyncIterator<readonly ArchiveRow[]>;
  readonly #column: number;
  #page: readonly ArchiveRow[] = [];
  #at = 0;

  private constructor(reading: ArchiveReading, table: ArchiveTable) {
    this.table = table;
    this.#pages = reading.rows(table, 'ofConversations')[Symbol.asyncIterator]();
    this.#column = table.columns.indexOf(conversationColumn(table) ?? '');
  }

  static async open(reading: ArchiveReading, table: ArchiveTable): Promise<TableHead> {
    const head = new TableHead(reading, table);
    await head.#turn();
    return head;
  }

  /** Whose the next row is; undefined behind the last one. */
  get conversationId(): string | undefined {
    const id = this.#page[this.#at]?.[this.#column];
    return id === undefined ? undefined : String(id);
  }

  async take(): Promise<ArchiveRow> {
    const row = this.#page[this.#at];
    if (row === undefined) throw new Error('There is no row left to take.');
    this.#at++;
    if (this.#at === this.#page.length) await this.#turn();
    return row;
  }

  async #turn(): Promise<void> {
    const { value } = await this.#pages.next();
    this.#page = value ?? [];
    this.#at = 0;
  }
}
