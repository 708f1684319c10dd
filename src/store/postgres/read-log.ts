import type { EntryRange, Head } from '../../app/ports.ts';
import type { Entry } from '../../core/events.ts';
import type { Position } from '../../core/model.ts';
import { unfinishedWords } from '../archive.ts';
import { type EntryRow, entryColumns, writeEntry } from '../rows.ts';
import type { Row, Statement, Values } from './connection.ts';
import { isStorable } from './drafts.ts';

export type Ask = (statement: Statement, values: Values) => Promise<readonly Row[]>;
type Topics = NonNullable<EntryRange['topics']>;

/** An answer ends early rather than growing beyond this; the reader of the log goes on from its `through`. */
const answerLimitBytes = 8_000_000;

const selectHead: Statement = { name: 'head', text: 'SELECT position, epoch, secret FROM newest_head' };

const sized = `SELECT ${entryColumns}, octet_length(body)::bigint AS size,
    sum(octet_length(body)) OVER (ORDER BY position) - octet_length(body) AS size_before
  FROM entries`;
const answered = `ON e.size_before < ${answerLimitBytes} ORDER BY e.position`;

const selectRange: Statement = {
  name: 'entries',
  text: `SELECT h.position AS head, e.* FROM newest_head h
    LEFT JOIN LATERAL (
      ${sized} WHERE position > $1 AND position <= least($2::bigint, h.position) ORDER BY position LIMIT $3
    ) e ${answered}`,
};

/** Cheaper where there are more topics than entries: a look at each entry. */
const selectRangeOfTopics: Statement = {
  name: 'entries-of-range',
  text: `SELECT h.position AS head, e.* FROM newest_head h
    LEFT JOIN LATERAL (
      ${sized} WHERE position > $1 AND position <= least($2::bigint, h.position)
        AND (conversation_id = ANY ($4::text[]) OR user_id = ANY ($5::text[]))
      ORDER BY position LIMIT $3
    ) e ${answered}`,
};

/**
 * The indexes are searched topic by topic, each for its share ($6) of the limit only; where a share was used up, the
 * answer is complete no further than there.
 */
export const selectOfTopics: Statement = {
  name: 'entries-of-topics',
  text: `WITH range AS MATERIALIZED (SELECT least($2::bigint, position) AS last FROM newest_head),
    hits AS MATERIALIZED (
      SELECT hit.position, hit.nth
      FROM range, (SELECT DISTINCT unnest($4::text[]) AS id) topic, (VALUES (0), (1)) kind (is_message),
        LATERAL (
          SELECT e.position, row_number() OVER (ORDER BY e.position + 0) AS nth
          FROM entries e
          WHERE e.conversation_id = topic.id AND e.is_message = kind.is_message
            AND e.position + 0 > $1::bigint AND e.position + 0 <= range.last
          ORDER BY e.position + 0 LIMIT $6
        ) hit
      UNION ALL
      SELECT hit.position, hit.nth
      FROM range, (SELECT DISTINCT unnest($5::text[]) AS id) topic,
        LATERAL (
          SELECT e.position, row_number() OVER (ORDER BY e.user_id, e.position) AS nth
          FROM entries e
          WHERE (e.user_id, e.position) > (topic.id, $1::bigint) AND (e.user_id, e.position) <= (topic.id, range.last)
            AND e.user_id IS NOT NULL
          ORDER BY e.user_id, e.position LIMIT $6
        ) hit
    ),
    complete AS (
      SELECT coalesce((SELECT min(position) FROM hits WHERE nth = $6), range.last) AS through FROM range
    )
    SELECT complete.through AS head, e.* FROM complete
    LEFT JOIN LATERAL (
      ${sized} WHERE position IN (
        SELECT hits.position FROM hits WHERE hits.position <= complete.through ORDER BY hits.position LIMIT $3
      ) ORDER BY position
    ) e ${answered}`,
};

/** The driver's questions about the log itself. */
export function logReader(ask: Ask) {
  return {
    async head(): Promise<Head> {
      const [row] = await ask(selectHead, []);
      if (row === undefined) throw new Error(unfinishedWords);
      return { position: Number(row.position), epoch: String(row.epoch), secret: String(row.secret) };
    },

    async readEntries({ after, upTo = Number.MAX_SAFE_INTEGER, limit, topics }: EntryRange) {
      const range = [after, upTo, Math.max(0, limit)] as const;
      if (topics === undefined) return readAnswer(await ask(selectRange, range), after, upTo, limit);
      const conversationIds = topics.conversationIds.filter(isStorable);
      const userIds = topics.userIds.filter(isStorable);
      const wanted = [...range, conversationIds, userIds] as const;
      const searches = countSearches(topics);
      if (upTo - after <= 4 * searches) {
        return readAnswer(await ask(selectRangeOfTopics, wanted), after, upTo, limit);
      }
      const share = Math.max(16, Math.ceil((2 * limit) / Math.max(1, searches)));
      return readAnswer(await ask(selectOfTopics, [...wanted, share]), after, upTo, limit);
    },
  };
}

const countSearches = ({ conversationIds, userIds }: Topics): number => 2 * conversationIds.length + userIds.length;

/** Without an entry there is still one row, for the head. */
function readAnswer(
  rows: readonly Row[],
  after: Position,
  upTo: Position,
  limit: number,
): { readonly entries: readonly Entry[]; readonly through: Position } {
  const last = Math.min(Number(rows[0]?.head ?? 0), upTo);
  const entries: Entry[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (row.position === null) continue;
    bytes += Number(row.size);
    // Rows of this table were written by the store itself, as entries.
    entries.push(JSON.parse(writeEntry(row as EntryRow)) as Entry);
  }
  const wasCut = entries.length >= limit || bytes >= answerLimitBytes;
  const newest = entries.at(-1)?.position ?? Math.min(after, last);
  return { entries, through: wasCut ? newest : Math.max(last, newest) };
}
