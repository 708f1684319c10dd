import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, test } from 'vitest';
import { sharedPostgres } from '../../../test/harness/postgres.ts';
import { PostgresStore } from './store.ts';

test('a user who may not make tables is told what is missing, and may start when it is granted', async () => {
  const url = await (await sharedPostgres()).createDatabase();
  const name = `parlance_${randomUUID().replaceAll('-', '')}`;
  const weak = Object.assign(new URL(url), { username: name, password: 'weak' }).href;
  const owner = new pg.Client(url);
  await owner.connect();
  try {
    await owner.query(`CREATE ROLE ${name} LOGIN PASSWORD 'weak'`);
    await expect(PostgresStore.open({ url: weak, node: 'a' })).rejects.toThrow(
      /lacks a right: permission denied for schema public\. .*GRANT CREATE/,
    );
    await owner.query(`GRANT CREATE ON SCHEMA public TO ${name}`);
    await using store = await PostgresStore.open({ url: weak, node: 'a' });
    expect((await store.head()).position).toBe(0);
  } finally {
    await owner.query(`DROP OWNED BY ${name}`);
    await owner.query(`DROP ROLE ${name}`);
    await owner.end();
  }
});

test.each(['LATIN1', 'SQL_ASCII'])(
  'no tables are made in a database in %s, which cannot hold everything',
  async (encoding) => {
    const url = await (await sharedPostgres()).createDatabase();
    const name = `parlance_${randomUUID().replaceAll('-', '')}`;
    const client = new pg.Client(url);
    await client.connect();
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`);
    await client.end();
    const narrow = Object.assign(new URL(url), { pathname: `/${name}` }).href;
    await expect(PostgresStore.open({ url: narrow, node: 'a' })).rejects.toThrow(
      `is in ${encoding}. Make one with ENCODING`,
    );
    const looking = new pg.Client(narrow);
    await looking.connect();
    const { rows } = await looking.query("SELECT FROM pg_tables WHERE schemaname = 'public'");
    await looking.end();
    expect(rows).toEqual([]);
  },
);
