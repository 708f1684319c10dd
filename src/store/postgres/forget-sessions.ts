import type { Id, TimeMs } from '../../core/model.ts';
import type { Statement } from './connection.ts';
import type { Ask } from './read-log.ts';

/** Sessions looked through in one statement, which may not take longer than any other. */
const pageRows = 2_000;

/** Passes over what is being saved just now: an append never waits for it in a circle. */
const forgetPage: Statement = {
  name: 'forget-sessions',
  text: `WITH page AS MATERIALIZED (
      SELECT max(id) AS through FROM (SELECT id FROM sessions WHERE id > $2 ORDER BY id LIMIT ${pageRows}) next
    ), forgotten AS (
      DELETE FROM sessions WHERE id IN (
        SELECT s.id FROM page JOIN sessions s ON s.id > $2 AND s.id <= page.through
        WHERE s.saved_at < $1::bigint FOR UPDATE OF s SKIP LOCKED
      ) RETURNING 1
    ) SELECT through, (SELECT count(*) FROM forgotten) AS count FROM page`,
};

/** Page after page through all of them; answers how many were deleted. */
export async function forgetSessions(ask: Ask, savedBefore: TimeMs): Promise<number> {
  let count = 0;
  for (let after: Id | null = ''; after !== null; ) {
    const [page] = await ask(forgetPage, [savedBefore, after]);
    count += Number(page?.count ?? 0);
    after = typeof page?.through === 'string' ? page.through : null;
  }
  return count;
}
