import type { ErasureStore } from '../../app/ports.ts';
import type { Id, UserId } from '../../core/model.ts';
import { withProfile } from '../profiles.ts';
import type { Statement } from './connection.ts';
import type { Ask } from './read-log.ts';

/** Entries that are looked at at once. */
const pageRows = 1_000;
/** Sessions and files. */
const pageLooks = 5_000;

const selectPage: Statement = {
  name: 'bodies',
  text: 'SELECT position, body FROM entries WHERE position > $1 ORDER BY position LIMIT $2',
};
/** Locked first, as by whoever appends: the two never wait for each other in a circle. */
const head = 'head AS MATERIALIZED (SELECT lock_head())';
/** What was changed meanwhile stays as it is: it is looked at again. */
const updateBodies: Statement = {
  name: 'rewrite',
  text: `WITH ${head}, news AS MATERIALIZED (
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS n (position, before, after)
    ), written AS (
      UPDATE entries e SET body = news.after FROM head, news
      WHERE e.position = news.position::bigint AND e.body = news.before RETURNING 1
    ) SELECT count(*) AS count FROM written`,
};
/** Found by nothing but looking at each, a page at a time: each statement has to come to an end. */
const selectTheirs = (name: string, table: string, isTheirs: string): Statement => ({
  name,
  text: `SELECT max(id) AS through, array_agg(id) FILTER (WHERE ${isTheirs}) AS ids
    FROM (SELECT * FROM ${table} WHERE id > $2 ORDER BY id LIMIT ${pageLooks}) page`,
});
const selectSessions = selectTheirs('sessions-of-user', 'sessions', 'user_id = $1');
/** As JSON writes it, so that its text need not be read: quotes in a name are escaped there. */
const selectFiles = selectTheirs(
  'files-of-user',
  'files',
  `strpos(file_json, '"uploadedBy":' || to_json($1::text)::text) > 0`,
);
const theirs = 'WHERE user_id = $1 AND EXISTS (SELECT FROM head)';
const forgetUser: Statement = {
  name: 'forget-user',
  text: `WITH ${head},
    s AS (DELETE FROM sessions WHERE id = ANY ($2::text[]) AND EXISTS (SELECT FROM head)),
    m AS (DELETE FROM member_settings ${theirs}),
    b AS (DELETE FROM blocks ${theirs}),
    l AS (DELETE FROM last_seen ${theirs}),
    n AS (DELETE FROM notifications ${theirs})
    DELETE FROM entries
    ${theirs} AND masked(body)::json->>'type' NOT IN ('UserChanged', 'UserRevoked', 'BanChanged')`,
};

/** The driver's side of what is erased. Repeating any of it after a lost connection does no harm. */
export function erasureStore(ask: Ask): ErasureStore {
  return {
    async replaceProfile(user, after) {
      for (;;) {
        const page = await ask(selectPage, [after, pageRows]);
        const news = page.flatMap(({ position, body }) => {
          const replaced = withProfile(String(body), user);
          return replaced === undefined ? [] : [{ position: String(position), body: String(body), replaced }];
        });
        if (news.length > 0) {
          const columns = [
            news.map((one) => one.position),
            news.map((one) => one.body),
            news.map((one) => one.replaced),
          ];
          const [row] = await ask(updateBodies, columns);
          if (Number(row?.count) < news.length) continue;
        }
        const last = page.at(-1)?.position;
        return last === undefined ? null : Number(last);
      }
    },
    async forgetUser(userId) {
      await ask(forgetUser, [userId, await findTheirs(ask, selectSessions, userId)]);
      return findTheirs(ask, selectFiles, userId);
    },
  };
}

async function findTheirs(ask: Ask, statement: Statement, userId: UserId): Promise<readonly Id[]> {
  const found: Id[] = [];
  for (let after: Id | null = ''; after !== null; ) {
    const [page] = await ask(statement, [userId, after]);
    if (Array.isArray(page?.ids)) found.push(...page.ids.map(String));
    after = typeof page?.through === 'string' ? page.through : null;
  }
  return found;
}
