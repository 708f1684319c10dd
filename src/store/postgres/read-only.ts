import pg from 'pg';
import type { LogReader } from '../log-reader.ts';
import { connectionSettings } from './address.ts';
import { isLost, Line, wordsOf } from './line.ts';
import { logReader } from './read-log.ts';

/** Reads the log of a database that nodes may be writing. Its connection comes back by itself, while the patience lasts. */
export function openLogReader(url: string): LogReader {
  const line = new Line({ ...connectionSettings(url), application_name: 'parlance-tail' });
  const { readEntries } = logReader((statement, values) => line.ask(statement, values));
  return {
    async readEntries(after, limit) {
      try {
        return await readEntries({ after, limit });
      } catch (error) {
        throw inPlainWords(error);
      }
    },
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
  };
}

function inPlainWords(error: unknown): unknown {
  if (isLost(error)) return new Error(`${wordsOf(error)}. Check DATABASE_URL, and that PostgreSQL is running.`);
  // The code of an unknown table.
  const isEmpty = error instanceof pg.DatabaseError && error.code === '42P01';
  return isEmpty ? new Error('There is no log in the database. Start the server once, or check DATABASE_URL.') : error;
}
