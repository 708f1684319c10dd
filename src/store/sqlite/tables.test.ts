import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AppendItem } from '../../app/ports.ts';
import { joinCalls, readItems, writeItems } from '../batch.ts';
import { added, created, item, said } from '../contract/scene.contract.ts';
import { Applier } from './applier.ts';
import { openForWriting } from './connection.ts';
import { migrate } from './migrate.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-rows-'));
});
afterEach(() => rm(folder, { recursive: true }));

function openApplier(name: string) {
  const path = join(folder, name);
  const db = openForWriting({ path });
  migrate(db, path);
  const applier = new Applier(db);
  return {
    apply: (items: readonly AppendItem[]) => applier.apply(readItems(joinCalls([writeItems(items)]))),
    saveRows: () => applier.saveRows(),
    rows: () => rowsOf(path),
    close: () => db.close(),
  };
}

/** What follows from the log, and how far. */
function rowsOf(path: string) {
  const db = new DatabaseSync(path, { readOnly: true });
  const all = (sql: string) => db.prepare(sql).all();
  const rows = {
    head: all('SELECT position, followed FROM log_head'),
    conversations: all('SELECT * FROM conversations ORDER BY id'),
    members: all('SELECT * FROM members ORDER BY conversation_id, user_id'),
    listed: all('SELECT * FROM conversation_entries ORDER BY position'),
  };
  db.close();
  return rows;
}

describe('rows', () => {
  test('of many conversations are saved from the log as they are one by one', () => {
    const [atOnce, oneByOne] = [openApplier('at-once.sqlite'), openApplier('one-by-one.sqlite')];
    const ids = Array.from({ length: 600 }, (_, index) => `c${index}`);
    const beginnings = ids.map((id) => item([created(id), added(id, 'ann')]));
    const rounds = [ids, ids.slice(0, 550).reverse(), ids].map((round, number) =>
      round.map((id) => item([said(id, 'ann', `number ${number}`)])),
    );
    for (const applier of [atOnce, oneByOne]) applier.apply(beginnings);
    for (const round of rounds) {
      atOnce.apply(round);
      atOnce.saveRows();
      // As few at a time as are written one by one.
      for (let from = 0; from < round.length; from += 100) {
        oneByOne.apply(round.slice(from, from + 100));
        oneByOne.saveRows();
      }
      expect(atOnce.rows()).toEqual(oneByOne.rows());
      expect(atOnce.rows().listed).toHaveLength(atOnce.rows().head[0]?.position as number);
    }
    expect(atOnce.rows().conversations[0]).toMatchObject({ ordinal: 3 });
    for (const applier of [atOnce, oneByOne]) applier.close();
  });
});
