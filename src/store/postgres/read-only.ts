import pg from 'pg';
import type { LogReader } from '../log-reader.ts';
import { connectionSettings } from './address.ts';
import { DatabaseConnection, isLost, wordsOf } from './connection.ts';
import { logReader } from './read-log.ts';

/** Reads the log of a database that nodes may be writing. A connection that was lost is opened again by the next reading. */
export function openLogReader(url: string): LogReader {
  const connection = new DatabaseConnection({ ...connectionSettings(url), application_name: 'parlance-tail' });
  const { readEntries } = logReader((statement, values) => connection.ask(statement, values));
  return {
    async readEntries(after, limit) {
      try {
        return await readEntries({ after, limit });
      } catch (error) {
        throw inPlainWords(error);
      }
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

function inPlainWords(error: unknown): unknown {
  if (isLost(error)) return new Error(`${wordsOf(error)}. Check DATABASE_URL, and that PostgreSQL is running.`);
  // The code of an unknown table.
  const isEmpty = error instanceof pg.DatabaseError && error.code === '42P01';
  return isEmpty ? new Error('There is no log in the database. Start the server once, or check DATABASE_URL.') : error;
}
