import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './connection.ts';
import { createOwnerOnly } from './lock.ts';

/** Raised when the tables below change: an index of another format is built anew. */
const indexFormat = 1;

/**
 * Opens the words' own file, so that taking them in never waits for a commit of the log, nor the other way round. It holds
 * nothing that the log does not: one that is of another history, ahead of the log, damaged or of another build is begun anew.
 */
export function openSearchFile(path: string, log: DatabaseSync): DatabaseSync {
  try {
    const db = open(path);
    if (fits(db, log)) return db;
    db.close();
  } catch {
    // Whatever is wrong with it, building it anew mends it.
  }
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
  const db = open(path);
  if (!fits(db, log)) throw new Error(`The search index ${path} cannot be used. Delete it, and start again.`);
  return db;
}

function open(path: string): DatabaseSync {
  createOwnerOnly(path);
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec('PRAGMA journal_mode = WAL');
  // After a loss of power it may be a little behind, and catches up.
  db.exec('PRAGMA synchronous = NORMAL');
  db.exec('PRAGMA cache_size = -32768');
  db.exec('PRAGMA temp_store = MEMORY');
  return db;
}

function fits(db: DatabaseSync, log: DatabaseSync): boolean {
  const head = log.prepare('SELECT position, epoch FROM log_head').get();
  if (head === undefined) return false;
  if (Number(db.prepare('PRAGMA user_version').get()?.user_version) === 0) create(db, String(head.epoch));
  if (Number(db.prepare('PRAGMA user_version').get()?.user_version) !== indexFormat) return false;
  const place = db.prepare('SELECT position, at, epoch FROM place').get();
  if (place === undefined || place.epoch !== head.epoch || Number(place.position) > Number(head.position)) return false;
  // A restored log may have grown past the place: then another entry stands there, or none.
  const there = log.prepare('SELECT at FROM entries WHERE position = ?').get(Number(place.position));
  return place.at === null || there === undefined || there.at === place.at;
}

function create(db: DatabaseSync, epoch: string): void {
  inTransaction(db, 'BEGIN IMMEDIATE', () => {
    db.exec(`
      -- How far the log has been taken in, and the time of the entry there.
      CREATE TABLE place (
        id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, at INTEGER, epoch TEXT NOT NULL
      ) STRICT;
      -- Conversations as short words that no text can hold: _1, _2, …
      CREATE TABLE conversations (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
      -- A row for each message, by its id: which words it has, and nothing else. The text stays in the log alone.
      CREATE VIRTUAL TABLE words USING fts5 (
        message, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '_'"
      );
      PRAGMA user_version = ${indexFormat};
    `);
    db.prepare('INSERT INTO place (id, position, at, epoch) VALUES (1, 0, NULL, ?)').run(epoch);
  });
}
