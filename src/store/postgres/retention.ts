import type { Horizons, RetentionStore } from '../../app/ports.ts';
import { typesOf } from '../../core/retention.ts';
import type { Statement } from './connection.ts';
import type { Ask } from './read-log.ts';

/** Entries, files or records that are looked at in one transaction: appends wait for it. */
const pageRows = 300;

const selectHorizons: Statement = { name: 'horizons', text: 'SELECT kind, announced FROM horizons' };
const announceHorizon: Statement = {
  name: 'announce',
  text: `INSERT INTO horizons AS h (kind, announced, reached) VALUES ($1, $2, 0)
    ON CONFLICT (kind) DO UPDATE SET announced = greatest(h.announced, excluded.announced)`,
};
const forgetSome: Statement = { name: 'forget', text: 'SELECT forget_some($1, $2, $3) AS "hasMore"' };
const selectFiles: Statement = {
  name: 'old-files',
  text: `SELECT id, (masked(file_json)::json->>'at')::bigint AS at FROM files WHERE id > $1 ORDER BY id LIMIT $2`,
};
const deleteFiles: Statement = { name: 'forget-files', text: 'DELETE FROM files WHERE id = ANY ($1::text[])' };
const deleteAudit: Statement = {
  name: 'forget-audit',
  text: `WITH gone AS (
      DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT $1)
        AND (masked(audit_json)::json->>'at')::bigint < $2 RETURNING id
    ) SELECT count(*) AS count FROM gone`,
};

/** The driver's side of what is forgotten. Repeating any of it after a lost connection does no harm. */
export function retentionStore(ask: Ask): RetentionStore {
  return {
    async loadHorizons(): Promise<Horizons> {
      const rows = await ask(selectHorizons, []);
      const found = new Map(rows.map(({ kind, announced }) => [String(kind), Number(announced)]));
      return { messages: found.get('messages') ?? 0, notifications: found.get('notifications') ?? 0 };
    },
    async announce(kind, upTo) {
      await ask(announceHorizon, [kind, upTo]);
    },
    async forgetSome(kind) {
      const [row] = await ask(forgetSome, [kind, typesOf(kind), pageRows]);
      return row?.hasMore === true;
    },
    async listOldFiles(savedBefore, after) {
      const page = await ask(selectFiles, [after, pageRows]);
      const ids = page.filter(({ at }) => Number(at) < savedBefore).map(({ id }) => String(id));
      const last = page.at(-1)?.id;
      return { ids, through: last === undefined ? null : String(last) };
    },
    async forgetFiles(ids) {
      await ask(deleteFiles, [ids]);
    },
    async forgetSomeAudit(madeBefore) {
      const [row] = await ask(deleteAudit, [pageRows, madeBefore]);
      return Number(row?.count) === pageRows;
    },
  };
}
