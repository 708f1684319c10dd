import { createHash, type Hash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Head } from '../app/ports.ts';
import type { ArchiveRow, ArchiveTable } from '../store/archive.ts';

/**
 * An archive is text, a line of JSON each: a header; every row, as its table's place in the header and its values; a
 * hash of each conversation and of what belongs to none; an end. What lacks its end is not whole.
 */

const formatVersion = 1;

const header = Type.Object({
  archive: Type.Literal('parlance'),
  version: Type.Integer(),
  /** Names this very archive, so that an import that was interrupted goes on with no other. */
  id: Type.String(),
  position: Type.Integer({ minimum: 0 }),
  /** Absent where the archive was made without the secret: then its log begins a new history elsewhere. */
  history: Type.Optional(Type.Object({ epoch: Type.String(), secret: Type.String() })),
  tables: Type.Array(Type.Object({ name: Type.String(), columns: Type.Array(Type.String()) })),
});
export type Header = Static<typeof header>;

const part = Type.Object({
  conversation: Type.Optional(Type.String()),
  table: Type.Optional(Type.String()),
  rows: Type.Integer(),
  sha256: Type.String(),
});
/** What was hashed together: one conversation with all that belongs to it, or the rows of a table that belong to none. */
export type Part = Static<typeof part>;

const end = Type.Object({ end: Type.Object({ rows: Type.Integer(), parts: Type.Integer() }) });
export type End = Static<typeof end>;

const rowLine = Type.Tuple([
  Type.Integer({ minimum: 0 }),
  Type.Array(Type.Union([Type.String(), Type.Number(), Type.Null()])),
]);

const checks = { header: Compile(header), part: Compile(part), end: Compile(end), row: Compile(rowLine) };

/** The archive is not one, or is damaged; the message says where. */
export class ArchiveDamaged extends Error {
  override readonly name = 'ArchiveDamaged';
}

export function writeHeader(
  id: string,
  { position, epoch, secret }: Head,
  tables: readonly ArchiveTable[],
  withoutSecret: boolean,
) {
  const line: Header = {
    archive: 'parlance',
    version: formatVersion,
    id,
    position,
    ...(withoutSecret ? {} : { history: { epoch, secret } }),
    tables: tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
  };
  return JSON.stringify(line);
}

export const writeRow = (table: number, row: ArchiveRow): string => `[${table},${JSON.stringify(row)}]`;

/** Rows are lines that begin so; the others are objects. */
export const isRowLine = (line: string): boolean => line.startsWith('[');

export function readHeader(line: string): Header {
  const read = parsed(line);
  if (!checks.header.Check(read)) {
    throw new ArchiveDamaged(
      'This is no archive of Parlance: its first line should be a header. Give what "parlance export" wrote, as it is or in gzip.',
    );
  }
  if (read.version === formatVersion) return read;
  throw new ArchiveDamaged(
    `The archive has format ${read.version}, and this build reads format ${formatVersion}. Use the build that wrote it.`,
  );
}

export function readRow(line: string, lineNumber: number): { readonly table: number; readonly row: ArchiveRow } {
  const read = parsed(line);
  if (!checks.row.Check(read)) throw damagedAt(lineNumber);
  const [table, row] = read;
  return { table, row };
}

export function readClosing(line: string, lineNumber: number): Part | End {
  const read = parsed(line);
  if (checks.end.Check(read) || checks.part.Check(read)) return read;
  throw damagedAt(lineNumber);
}

/** Undefined for what is no JSON. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export const damagedAt = (lineNumber: number): ArchiveDamaged =>
  new ArchiveDamaged(`The archive is damaged in line ${lineNumber}. Get the file once more, or export again.`);

/** A hash that is fed with rows; the table's name is part of each. */
export function startHash(): { add(table: string, row: ArchiveRow): void; end(): { rows: number; sha256: string } } {
  const hash: Hash = createHash('sha256');
  let rows = 0;
  return {
    add(table, row) {
      rows++;
      hash.update(`${table} ${JSON.stringify(row)}\n`);
    },
    end: () => ({ rows, sha256: hash.digest('hex') }),
  };
}
