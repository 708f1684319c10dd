import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedPostgres } from '../../../test/harness/postgres.ts';
import { until } from '../../../test/harness/until.ts';
import { append, gather, say } from '../contract/scene.contract.ts';
import { PostgresStore } from './store.ts';

/** An append that has written one row, and is about to write another. */
type Appending = { readonly wrote: string; readonly writes: string };

let url = '';
let store: PostgresStore;
beforeAll(async () => {
  url = await (await sharedPostgres()).createDatabase();
  store = await PostgresStore.open({ url, node: 'a', commitDistanceMs: 1 });
  const id = await gather(store, 'ann', 'bob');
  await say(store, id, 'ann', 'one', 'two');
  await append(
    store,
    { type: 'BlockChanged', userId: 'ann', blockedId: 'bob', isBlocked: true, actorId: 'ann' },
    { type: 'NotificationCreated', notification: { userId: 'ann', title: 't', message: 'm', type: 'x', at: 1 } },
  );
});
afterAll(() => store[Symbol.asyncDispose]());

async function expectBothToGoOn({ wrote, writes }: Appending, erase: () => Promise<unknown>): Promise<void> {
  const [appending, watching] = [new pg.Client(url), new pg.Client(url)];
  await Promise.all([appending.connect(), watching.connect()]);
  try {
    await appending.query('BEGIN');
    // As every append begins.
    await appending.query('SELECT FROM log_head FOR UPDATE');
    await appending.query(wrote);
    const erasing = erase();
    erasing.catch(() => undefined);
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    let isWaiting = false;
    const looking = setInterval(async () => {
      isWaiting ||= (await watching.query(waiting)).rows.length > 0;
    }, 10);
    await until(
      () => isWaiting,
      () => 'the erasure does not wait for the append',
    ).finally(() => clearInterval(looking));
    await appending.query(writes);
    await appending.query('COMMIT');
    await erasing;
  } finally {
    await Promise.all([appending.end(), watching.end()]);
  }
}

const touch = (where: string): string => `UPDATE entries SET body = body WHERE ${where}`;

test('whoever appends and replaces a profile in old entries never wait for each other in a circle', () =>
  expectBothToGoOn({ wrote: touch(`body LIKE '%"two"%'`), writes: touch(`body LIKE '%"one"%'`) }, () =>
    store.erasure.replaceProfile({ id: 'ann', email: '', role: 'USER', name: 'Nobody' }, 0),
  ));

test('whoever appends and forgets a user never wait for each other in a circle', () =>
  expectBothToGoOn(
    { wrote: `UPDATE notifications SET is_read = 1`, writes: touch(`user_id = 'ann' AND key IS NOT NULL`) },
    () => store.erasure.forgetUser('ann'),
  ));

test('what is theirs is found among any number of sessions and files', async () => {
  const count = 12_000;
  const client = new pg.Client(url);
  await client.connect();
  const isTheirs = `i % 4000 = 1`;
  const owner = `CASE WHEN ${isTheirs} THEN 'eve' ELSE 'ann' END`;
  const id = `lpad(i::text, 5, '0')`;
  await client.query(
    `INSERT INTO sessions (id, user_id, saved_at, session_json)
      SELECT ${id}, ${owner}, 1, json_build_object('id', ${id}) FROM generate_series(1, ${count}) i`,
  );
  await client.query(
    `INSERT INTO files (id, file_json)
      SELECT ${id}, '{"uploadedBy":"' || ${owner} || '"}' FROM generate_series(1, ${count}) i`,
  );
  expect(await store.erasure.forgetUser('eve')).toEqual(['00001', '04001', '08001']);
  const { rows } = await client.query(`SELECT user_id, count(*)::int AS count FROM sessions GROUP BY user_id`);
  expect(rows).toEqual([{ user_id: 'ann', count: count - 3 }]);
  await client.end();
});
