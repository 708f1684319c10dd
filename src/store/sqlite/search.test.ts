import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { termsOf } from '../../core/words.ts';
import { append, gather, item, said } from '../contract/scene.contract.ts';
import { describeSearch } from '../search.contract.ts';
import { SqliteSearch } from './search.ts';
import { SqliteStore } from './store.ts';

const folder = () => mkdtemp(join(tmpdir(), 'parlance-search-'));

describeSearch('SQLite', async () => {
  const dataDir = await folder();
  const path = join(dataDir, 'log.sqlite');
  return {
    openStore: () => SqliteStore.open({ path }),
    openSearch: () => SqliteSearch.open(path),
    remove: () => rm(dataDir, { recursive: true, force: true }),
  };
});

describe('the file of words', () => {
  const takeIn = async (search: SqliteSearch): Promise<void> => {
    while (await search.advance());
  };
  const find = async (search: SqliteSearch, asked: string): Promise<number> =>
    (await search.find({ terms: termsOf(asked), limit: 10 })).messages.length;

  test('is begun anew where it is damaged, or lost', async () => {
    const dataDir = await folder();
    const path = join(dataDir, 'log.sqlite');
    const store = await SqliteStore.open({ path });
    await append(store, said(await gather(store, 'ann'), 'ann', 'tea'));
    for (const spoil of [
      () => writeFile(join(dataDir, 'log.search.sqlite'), 'no database at all '.repeat(500)),
      () => rm(join(dataDir, 'log.search.sqlite')),
    ]) {
      const search = await SqliteSearch.open(path);
      await takeIn(search);
      expect(await find(search, 'tea')).toBe(1);
      await search[Symbol.asyncDispose]();
      await spoil();
    }
    await store[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true });
  });

  test('holds nothing of what the log has let go for its age', async () => {
    const dataDir = await folder();
    const path = join(dataDir, 'log.sqlite');
    const store = await SqliteStore.open({ path });
    const id = await gather(store, 'ann');
    await store.append(Array.from({ length: 700 }, (_, n) => item([said(id, 'ann', `tea ${n}`)])));
    const search = await SqliteSearch.open(path);
    await takeIn(search);
    await store.retention.announce('messages', (await store.head()).position - 1);
    while (await store.retention.forgetSome('messages'));
    await takeIn(search);
    await search[Symbol.asyncDispose]();
    const words = new DatabaseSync(join(dataDir, 'log.search.sqlite'));
    expect(words.prepare('SELECT count(*) AS count FROM words').get()?.count).toBe(1);
    words.close();
    await store[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true });
  });

  test('of a future that a restored log has lost is begun anew, also when the log has grown past it', async () => {
    const dataDir = await folder();
    const path = join(dataDir, 'log.sqlite');
    let store = await SqliteStore.open({ path });
    const id = await gather(store, 'ann');
    await store[Symbol.asyncDispose]();
    await copyFile(path, join(dataDir, 'backup'));

    store = await SqliteStore.open({ path });
    await append(store, said(id, 'ann', 'lost'));
    let search = await SqliteSearch.open(path);
    await takeIn(search);
    await search[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();

    for (const file of await readdir(dataDir)) if (/^log\.sqlite/.test(file)) await rm(join(dataDir, file));
    await copyFile(join(dataDir, 'backup'), path);
    store = await SqliteStore.open({ path });
    await append(store, said(id, 'ann', 'found'), said(id, 'ann', 'found'));
    search = await SqliteSearch.open(path);
    await takeIn(search);
    expect([await find(search, 'lost'), await find(search, 'found')]).toEqual([0, 2]);
    await search[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true });
  });
});
