import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailable } from '../../app/ports.ts';
import { gather, item, said, say } from '../contract/scene.contract.ts';
import { openStore } from '../open.ts';
import { describeStore } from '../store.contract.ts';
import { SqliteStore } from './store.ts';

describeStore('SQLite', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-store-'));
  return {
    open: () => openStore({ dataDir }),
    remove: () => rm(dataDir, { recursive: true }),
  };
});

describe('a SQLite file', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parlance-sqlite-'));
    path = join(folder, 'parlance.sqlite');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** What plain SQL says about the closed file. */
  function inspect(sql: string): unknown {
    const db = new DatabaseSync(path);
    try {
      return Object.values(db.prepare(sql).get() ?? {})[0];
    } finally {
      db.close();
    }
  }

  test('of a newer build is refused with both versions, and left as it is', async () => {
    await (await SqliteStore.open({ path }))[Symbol.asyncDispose]();
    const known = inspect('PRAGMA user_version');
    inspect('PRAGMA user_version = 999');
    const opening = SqliteStore.open({ path });
    await expect(opening).rejects.toThrow(new RegExp(`version 999.*up to ${known}`));
    expect(inspect('PRAGMA user_version')).toBe(999);
    inspect(`PRAGMA user_version = ${known}`);
    await (await SqliteStore.open({ path }))[Symbol.asyncDispose]();
  });

  test('that is none is refused', async () => {
    await writeFile(path, 'This is a letter, and no database at all. '.repeat(100));
    await expect(SqliteStore.open({ path })).rejects.toThrow(/not a database/);
  });

  test('serves one store at a time, also within one process', async () => {
    const store = await SqliteStore.open({ path });
    await expect(SqliteStore.open({ path })).rejects.toThrow(/Another process is using the database/);
    await expect(SqliteStore.open({ path })).rejects.toThrow(/Another process is using the database/);
    await gather(store, 'ann');
    await store[Symbol.asyncDispose]();
    await (await SqliteStore.open({ path }))[Symbol.asyncDispose]();
  });

  test('is whole when it is closed: nothing waits in a write-ahead log', async () => {
    const store = await SqliteStore.open({ path });
    await gather(store, 'ann');
    await store[Symbol.asyncDispose]();
    expect((await readdir(folder)).sort()).toEqual(['parlance.lock', 'parlance.sqlite']);
    expect(inspect('PRAGMA integrity_check')).toBe('ok');
  });

  test('that is full refuses the whole batch, and takes again what fits', async () => {
    const store = await SqliteStore.open({ path, maxPages: 100 });
    const id = await gather(store, 'ann');
    const { position } = await store.head();
    const big = item([said(id, 'ann', 'x'.repeat(1_000_000))]);
    const calls = [
      store.append([item([said(id, 'ann', 'before')])]),
      store.append([big]),
      store.append([item([said(id, 'ann', 'after')])]),
    ];
    for (const call of calls) {
      await expect(call).rejects.toThrow(StoreUnavailable);
      await expect(call).rejects.toThrow(/disk is full/);
    }
    expect((await store.head()).position).toBe(position);
    expect(await say(store, id, 'ann', 'small')).toEqual([position + 1]);
    expect((await store.loadConversation(id)).value).toMatchObject({ ordinal: 1, lastMessageId: position + 1 });
    await store[Symbol.asyncDispose]();
    expect(inspect('PRAGMA integrity_check')).toBe('ok');

    const larger = await SqliteStore.open({ path });
    expect(await larger.append([big])).toMatchObject([{ ok: true, entries: [{ position: position + 2 }] }]);
    await larger[Symbol.asyncDispose]();
  });
});
