import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedPostgres } from '../../../test/harness/postgres.ts';
import { append, gather, said } from '../contract/scene.contract.ts';
import { connectionSettings } from './address.ts';
import { PostgresStore } from './store.ts';

/** Enough that whoever walks through what they have left behind looks at hundreds of pages. */
const batches = 1_500;
/** Of 8 KiB each. */
const pagesLimit = 100;

let store: PostgresStore;
let reading: pg.Client;
let asking: pg.Client;

beforeAll(async () => {
  const url = await (await sharedPostgres()).createDatabase();
  store = await PostgresStore.open({ url, node: 'a', commitDistanceMs: 0 });
  const ids = await Promise.all(Array.from({ length: 100 }, () => gather(store, 'ann')));
  [reading, asking] = [new pg.Client(url), new pg.Client(connectionSettings(url))];
  await Promise.all([reading.connect(), asking.connect()]);
  // As pg_dump and an export do: no row that was there by then can be tidied up.
  await reading.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await reading.query('SELECT count(*) FROM log_head');
  for (let n = 0; n < batches; n++) await append(store, said(ids[n % ids.length] ?? '', 'ann', 'hi'));
}, 60_000);
afterAll(async () => {
  await Promise.all([store[Symbol.asyncDispose](), reading.end(), asking.end()]);
});

/** How many pages PostgreSQL looks at. */
async function pagesOf(text: string, values: readonly unknown[] = []): Promise<number> {
  // The first time everything is looked up that is used for it.
  await explained(text, values);
  const plan = await explained(text, values);
  return Number(plan['Shared Hit Blocks']) + Number(plan['Shared Read Blocks']);
}

async function explained(text: string, values: readonly unknown[]): Promise<Record<string, number>> {
  await asking.query('BEGIN');
  const { rows } = await asking.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, [...values]);
  await asking.query('ROLLBACK');
  return rows[0]['QUERY PLAN'][0].Plan;
}

test('a batch does not walk past those before it while somebody reads for long', async () => {
  const { rows } = await asking.query('SELECT id, batch FROM writers');
  const [{ id, batch }] = rows;
  const { epoch } = await store.head();
  const drafts = [{ type: 'UserRevoked', user_id: 'eve', body: '{}', revoked_at_seconds: 1 }];
  const calls = JSON.stringify([[{ at: 1, expects: [], drafts }]]);
  const values = [calls, 'a', id, Number(batch) + 1, batch, epoch];
  const pages = await pagesOf('SELECT append_batch($1, false, $2, $3, $4, $5, 0, $6)', values);
  expect(pages).toBeLessThan(pagesLimit);
  expect(await pagesOf('SELECT settle_batch($1, $2)', [id, batch])).toBeLessThan(pagesLimit);
});

test('nor does a reading', async () => {
  expect(await pagesOf('SELECT position, epoch, secret FROM newest_head')).toBeLessThan(20);
  const { position } = await store.head();
  expect(position).toBe(200 + batches);
});
