import { expect, test } from 'vitest';
import { sharedPostgres } from '../../../test/harness/postgres.ts';
import { termsOf } from '../../core/words.ts';
import { append, gather, said } from '../contract/scene.contract.ts';
import { describeSearch } from '../search.contract.ts';
import { PostgresSearch } from './search.ts';
import { PostgresStore } from './store.ts';

describeSearch('PostgreSQL', async () => {
  const url = await (await sharedPostgres()).createDatabase();
  return {
    openStore: () => PostgresStore.open({ url, node: 'a' }),
    openSearch: async () => new PostgresSearch({ url, node: 'a' }),
    remove: async () => undefined,
  };
});

test('one of several nodes takes in what is new, and all find it', async () => {
  const url = await (await sharedPostgres()).createDatabase();
  const store = await PostgresStore.open({ url, node: 'a' });
  const [a, b] = [new PostgresSearch({ url, node: 'a' }), new PostgresSearch({ url, node: 'b' })];
  const id = await gather(store, 'ann');
  await append(store, said(id, 'ann', 'tea'));
  await a.advance();
  await append(store, said(id, 'ann', 'coffee'));
  expect(await b.advance()).toBe('elsewhere');
  const find = async (asked: string) => (await b.find({ terms: termsOf(asked), limit: 5 })).messages.length;
  expect([await find('tea'), await find('coffee')]).toEqual([1, 0]);
  await a.advance();
  expect(await find('coffee')).toBe(1);
  for (const one of [a, b, store]) await one[Symbol.asyncDispose]();
});
