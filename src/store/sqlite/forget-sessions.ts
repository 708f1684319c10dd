import type { DatabaseSync } from 'node:sqlite';
import type { Id, TimeMs } from '../../core/model.ts';
import { inTransaction } from './connection.ts';

/** Asks for one page of sessions to be looked through: those whose ids come after this one. */
export type ForgetPage = { readonly savedBefore: TimeMs; readonly after: Id };
/** How many of the page were deleted, and its last id; `null` behind the last page. */
export type ForgottenPage = { readonly count: number; readonly through: Id | null };

/** The port's side of it; answers how many were deleted. */
export async function forgetSessions(
  savedBefore: TimeMs,
  askFor: (page: ForgetPage) => Promise<ForgottenPage>,
): Promise<number> {
  let count = 0;
  for (let after: Id | null = ''; after !== null; ) {
    const page = await askFor({ savedBefore, after });
    count += page.count;
    after = page.through;
  }
  return count;
}

/** Sessions looked through in one transaction: commits wait for it. */
const pageRows = 2_000;

/** The writer's function that deletes old sessions, page after page through all of them. */
export function sessionForgetter(db: DatabaseSync): (asked: ForgetPage) => ForgottenPage {
  const selectLast = db.prepare(
    'SELECT max(id) AS id FROM (SELECT id FROM sessions WHERE id > ? ORDER BY id LIMIT ? + 0)',
  );
  const deleteOld = db.prepare('DELETE FROM sessions WHERE id > ? AND id <= ? AND saved_at < ?');
  return ({ savedBefore, after }) =>
    inTransaction(db, 'BEGIN IMMEDIATE', () => {
      const last = selectLast.get(after, pageRows)?.id;
      if (typeof last !== 'string') return { count: 0, through: null };
      return { count: Number(deleteOld.run(after, last, savedBefore).changes), through: last };
    });
}
