import pg from 'pg';
import { expect, test } from 'vitest';
import { sharedPostgres } from '../../../test/harness/postgres.ts';
import { PostgresStore } from './store.ts';

test('old sessions are deleted some at a time, since no statement may take as long as all of them may', async () => {
  const url = await (await sharedPostgres()).createDatabase();
  await using store = await PostgresStore.open({ url, node: 'a' });
  const client = new pg.Client(url);
  await client.connect();
  const count = 10_000;
  await client.query(
    `INSERT INTO sessions (id, user_id, saved_at, session_json)
      SELECT md5(i::text), 'ann', i, '{}' FROM generate_series(1, ${count}) i`,
  );
  await client.query(
    `CREATE FUNCTION note_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO deleted SELECT count(*) FROM gone; RETURN NULL; END $$;
    CREATE TABLE deleted (count bigint);
    CREATE TRIGGER noted AFTER DELETE ON sessions REFERENCING OLD TABLE AS gone
      FOR EACH STATEMENT EXECUTE FUNCTION note_deleted()`,
  );
  expect(await store.forgetSessions(count)).toBe(count - 1);
  const { rows } = await client.query('SELECT max(count)::int AS most, sum(count)::int AS sum FROM deleted');
  expect(rows).toMatchObject([{ sum: count - 1 }]);
  expect(rows[0]?.most).toBeLessThanOrEqual(2_000);
  expect((await client.query('SELECT saved_at FROM sessions')).rows).toEqual([{ saved_at: `${count}` }]);
  await client.end();
});
