import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedPostgres } from '../../../test/harness/postgres.ts';
import type { Statement } from './connection.ts';
import { selectOfTopics } from './read-log.ts';
import { selectNewest, selectOldest } from './read-messages.ts';
import { PostgresStore } from './store.ts';

/** So many messages that whoever walks through them looks at hundreds of pages. */
const length = 120_000;
/** Of 8 KiB each. Twenty messages and the way to them are in far fewer. */
const pagesLimit = 100;
/** What was said before was said in `quiet`, the rest in `busy`. */
const turn = length / 2;
const limit = 20;

let client: pg.Client;

beforeAll(async () => {
  const url = await (await sharedPostgres()).createDatabase();
  const store = await PostgresStore.open({ url, node: 'a' });
  await store[Symbol.asyncDispose]();
  client = new pg.Client(url);
  await client.connect();
  await client.query(
    `INSERT INTO entries (position, at, conversation_id, is_message, ordinal, sender_id, sender_ordinal, body)
      SELECT i, i, CASE WHEN i < ${turn} THEN 'quiet' ELSE 'busy' END, 1, i, '1001', i, '{}'
      FROM generate_series(1, ${length}) i`,
  );
  await client.query('UPDATE log_head SET position = $1', [length]);
  await client.query(`INSERT INTO conversations SELECT * FROM json_populate_record(NULL::conversations, $1)`, [
    JSON.stringify(await conversationRow('busy')),
  ]);
});
afterAll(() => client.end());

/** Whatever a conversation has to have, and what a read cursor looks at. */
async function conversationRow(id: string): Promise<object> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
      WHERE table_name = 'conversations' AND is_nullable = 'NO'`,
  );
  const filled = rows.map(({ name, type }) => [name, type === 'text' ? '{}' : 0]);
  return { ...Object.fromEntries(filled), id, last_message_id: length, ordinal: length };
}

/** How many pages PostgreSQL looked at. */
async function pagesOf(text: string, values: readonly unknown[]): Promise<number> {
  await client.query('BEGIN');
  const { rows } = await client.query<{ 'QUERY PLAN': readonly { Plan: Record<string, number> }[] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
    [...values],
  );
  await client.query('ROLLBACK');
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan ?? {};
  return Number(plan['Shared Hit Blocks']) + Number(plan['Shared Read Blocks']);
}

const questions: readonly (readonly [name: string, Statement, values: readonly unknown[]])[] = [
  ['the newest messages', selectNewest, ['busy', 0, length + 1, limit, true]],
  ['messages after a place near the end', selectOldest, ['busy', length - 5, length + 1, limit, true]],
  ['the newest messages after a place near the end', selectNewest, ['busy', length - 5, length + 1, limit, true]],
  ['messages before a place near the beginning', selectNewest, ['busy', 0, turn + 5, limit, true]],
  ['messages of a conversation that ended long ago', selectOldest, ['quiet', turn, length + 1, limit, true]],
  ['messages of no conversation', selectNewest, ['none', 0, length + 1, limit, true]],
  ['what was missed a moment ago', selectOfTopics, [length - 5, length, limit, ['busy', 'quiet'], ['1001'], limit]],
  ['what was missed long ago', selectOfTopics, [10, length, limit, ['busy', 'quiet'], ['1001'], limit]],
];

for (const isAnalyzed of [false, true]) {
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    const how = `${isAnalyzed ? 'with' : 'without'} statistics, ${mode}`;
    test(`a search looks only at what it finds, ${how}`, async () => {
      await client.query(`SET plan_cache_mode = ${mode}`);
      if (isAnalyzed) await client.query('ANALYZE entries');
      for (const [name, { text }, values] of questions) {
        expect(await pagesOf(text, values), name).toBeLessThan(pagesLimit);
      }
    });

    test(`marking the newest messages as read looks only at those, ${how}`, async () => {
      await client.query(`SET plan_cache_mode = ${mode}`);
      await client.query(
        `INSERT INTO members (conversation_id, user_id, read_cursor, read_ordinal, read_own)
          VALUES ('busy', '1002', ${length - 5}, 0, 0) ON CONFLICT DO NOTHING`,
      );
      const draft = {
        what: 'everything',
        conversation_id: 'busy',
        user_id: '1002',
        actor_id: '1002',
        key: 'cursor',
        ids_limit: 500,
      };
      const pages = await pagesOf('SELECT move_read_cursor($1::json, 1, $2::bigint)', [
        JSON.stringify(draft),
        length + 1,
      ]);
      // What is written, and what planning in a function looks up, comes on top.
      expect(pages).toBeLessThan(3 * pagesLimit);
    });
  }
}
