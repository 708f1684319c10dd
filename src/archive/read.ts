import { randomBytes } from 'node:crypto';
import type { Head } from '../app/ports.ts';
import type { ArchivedRow, ArchiveTable, ArchiveWriter } from '../store/archive.ts';
import {
  ArchiveDamaged,
  damagedAt,
  type Header,
  isRowLine,
  type Part,
  readClosing,
  readHeader,
  readRow,
} from './format.ts';
import { compareIds, hashParts } from './hashes.ts';

export type ReadingOptions = {
  /** Makes the log a new history: every client that comes back is a new connection. */
  readonly newEpoch?: boolean;
  /** Told after each commit how many rows are written. */
  readonly onProgress?: (rows: number) => void;
};

export type Verdict = {
  readonly rows: number;
  readonly conversations: number;
  /** Rows that an import before this one had written already. */
  readonly rowsBefore: number;
  /** What is not as the archive says, in words; the database is finished only when there is nothing. */
  readonly differences: readonly string[];
};

const commitRows = 2_000;
const commitCharacters = 4_000_000;
/** More would tell nobody more. */
const differencesShown = 20;

/**
 * Fills a database from an archive's lines, and then reads it once more and holds it against the archive's hashes. Only
 * what is the same becomes a log that a server opens. Interrupted, it goes on where its last commit was when it is given
 * the same lines again. Rejects with {@link ArchiveDamaged}, and with what the database cannot take.
 */
export async function readArchive(
  lines: AsyncIterable<string>,
  writer: ArchiveWriter,
  { newEpoch = false, onProgress }: ReadingOptions = {},
): Promise<Verdict> {
  const iterator = lines[Symbol.asyncIterator]();
  const first = await iterator.next();
  const header = readHeader(first.done ? '' : first.value);
  const tables = matchTables(header, writer.tables);
  const rowsBefore = await writer.begin(header.id);
  const filling = new Filling(writer, tables, rowsBefore, onProgress);
  let lineNumber = 1;
  let line = '';
  for (;;) {
    const { done, value } = await iterator.next();
    if (done) throw endsEarly();
    lineNumber++;
    line = value;
    if (!isRowLine(line)) break;
    await filling.take(line, lineNumber);
  }
  await filling.commit();

  async function* closing(): AsyncGenerator<string> {
    yield line;
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) return;
      yield value;
    }
  }
  const { differences, conversations } = await writer.check((reading) =>
    compare(closing(), lineNumber, hashParts(reading), filling.rows),
  );
  if (differences.length === 0) await writer.finish(headOf(header, newEpoch));
  return { rows: filling.rows, rowsBefore, conversations, differences };
}

const endsEarly = () =>
  new ArchiveDamaged('The archive ends before its end. Run it again with the whole one, and it goes on from here.');

function headOf({ position, history }: Header, newEpoch: boolean): Head {
  const fresh = { epoch: randomBytes(16).toString('hex'), secret: randomBytes(32).toString('hex') };
  if (history === undefined) return { position, ...fresh };
  return { position, secret: history.secret, epoch: newEpoch ? fresh.epoch : history.epoch };
}

/** The database's tables in the order of the archive's. Rows are taken over as they are, so the two must be the same. */
function matchTables(header: Header, tables: readonly ArchiveTable[]): readonly ArchiveTable[] {
  const shape = (of: readonly { readonly name: string; readonly columns: readonly string[] }[]) =>
    new Set(of.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column}`)));
  const [there, here] = [shape(header.tables), shape(tables)];
  const different = [
    ...[...there].filter((name) => !here.has(name)),
    ...[...here].filter((name) => !there.has(name)),
  ].sort();
  if (different.length > 0) {
    throw new Error(
      `The archive is of another version of Parlance: the two differ in ${different.slice(0, 5).join(', ')}` +
        `${different.length > 5 ? ', …' : ''}. Import it with the version that wrote it, and upgrade then; ` +
        'or upgrade first, and export then.',
    );
  }
  return header.tables.flatMap(({ name }) => tables.filter((table) => table.name === name));
}

/** Gathers rows, and commits many at once. */
class Filling {
  readonly #writer: ArchiveWriter;
  readonly #tables: readonly ArchiveTable[];
  readonly #rowsBefore: number;
  readonly #onProgress: ((rows: number) => void) | undefined;
  #waiting: ArchivedRow[] = [];
  #characters = 0;
  rows = 0;

  constructor(
    writer: ArchiveWriter,
    tables: readonly ArchiveTable[],
    rowsBefore: number,
    onProgress: ((rows: number) => void) | undefined,
  ) {
    this.#writer = writer;
    this.#tables = tables;
    this.#rowsBefore = rowsBefore;
    this.#onProgress = onProgress;
  }

  async take(line: string, lineNumber: number): Promise<void> {
    this.rows++;
    if (this.rows <= this.#rowsBefore) return;
    const { table: index, row } = readRow(line, lineNumber);
    const table = this.#tables[index];
    if (table === undefined || row.length !== table.columns.length) throw damagedAt(lineNumber);
    this.#waiting.push({ table, row });
    this.#characters += line.length;
    if (this.#waiting.length >= commitRows || this.#characters >= commitCharacters) await this.commit();
  }

  async commit(): Promise<void> {
    if (this.#waiting.length === 0) return;
    await this.#writer.write(this.#waiting, this.rows);
    this.#waiting = [];
    this.#characters = 0;
    this.#onProgress?.(this.rows);
  }
}

/** Walks both lists of hashes, which are in the same order, side by side. */
async function compare(
  closing: AsyncIterable<string>,
  firstLine: number,
  found: AsyncGenerator<Part>,
  rows: number,
): Promise<{ readonly differences: readonly string[]; readonly conversations: number }> {
  const differences: string[] = [];
  const differ = (words: string): void => {
    if (differences.length < differencesShown) differences.push(words);
  };
  let lineNumber = firstLine;
  let conversations = 0;
  let here = await next(found);
  for await (const line of closing) {
    const there = readClosing(line, lineNumber++);
    if ('end' in there) {
      for (; here !== undefined; here = await next(found)) differ(`${nameOf(here)}: is not in the archive`);
      if (there.end.rows !== rows) differ(`the archive had ${there.end.rows} rows, and ${rows} were read`);
      return { differences, conversations };
    }
    if (there.conversation !== undefined) conversations++;
    while (here !== undefined && orderOf(here, there) < 0) {
      differ(`${nameOf(here)}: is not in the archive`);
      here = await next(found);
    }
    if (here === undefined || orderOf(here, there) > 0) {
      differ(`${nameOf(there)}: is missing`);
    } else {
      if (here.rows !== there.rows) differ(`${nameOf(there)}: has ${here.rows} rows instead of ${there.rows}`);
      else if (here.sha256 !== there.sha256) differ(`${nameOf(there)}: is not what the archive says`);
      here = await next(found);
    }
  }
  throw endsEarly();
}

async function next(parts: AsyncGenerator<Part>): Promise<Part | undefined> {
  const { done, value } = await parts.next();
  return done ? undefined : value;
}

const nameOf = ({ conversation, table }: Part): string =>
  conversation === undefined ? `the table ${table}` : `the conversation ${JSON.stringify(conversation)}`;

/** Conversations by the bytes of their ids, then tables by name. */
function orderOf(one: Part, other: Part): number {
  if (one.conversation !== undefined && other.conversation !== undefined) {
    return compareIds(one.conversation, other.conversation);
  }
  if (one.conversation !== undefined) return -1;
  if (other.conversation !== undefined) return 1;
  return compareIds(one.table ?? '', other.table ?? '');
}
