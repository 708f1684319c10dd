import type { ArchiveReader } from '../store/archive.ts';
import { type End, writeHeader, writeRow } from './format.ts';
import { hashParts } from './hashes.ts';

export type WritingOptions = {
  /** Names the archive; the same only for what is the same row by row. */
  readonly id: string;
  /** Leaves out the log's name and the secret that signs sessions. */
  readonly withoutSecret?: boolean;
};

/** The lines of an archive, without line ends. */
export async function* writeArchive(
  reader: ArchiveReader,
  { id, withoutSecret = false }: WritingOptions,
): AsyncGenerator<string> {
  yield writeHeader(id, reader.head, reader.tables, withoutSecret);
  let rows = 0;
  for (const [index, table] of reader.tables.entries()) {
    for await (const page of reader.rows(table, 'all')) {
      for (const row of page) {
        rows++;
        yield writeRow(index, row);
      }
    }
  }
  let parts = 0;
  for await (const part of hashParts(reader)) {
    parts++;
    yield JSON.stringify(part);
  }
  yield JSON.stringify({ end: { rows, parts } } satisfies End);
}
