import type { SearchIndex, SearchPage, SearchQuery } from '../../app/ports.ts';
import type { Message, Position } from '../../core/model.ts';
import { holdsAll, indexedWords } from '../../core/words.ts';
import { writeMessage } from '../rows.ts';
import { candidatesLimit, clockSlackMs, namedConversationsLimit, pageEntries } from '../search-limits.ts';
import { connectionSettings } from './address.ts';
import { askWithRetries, DatabaseConnection, type Row, type Statement, type Values } from './connection.ts';
import { isStorable } from './drafts.ts';

/** One node takes in what is new; when it is gone for that long, another one does. */
const claim: Statement = {
  name: 'search-claim',
  text: `UPDATE search_place SET node = $1, until = now() + interval '10 s' WHERE node = $1 OR until < now()
    RETURNING position, (SELECT position FROM newest_head) AS head`,
};
const selectEntries: Statement = {
  name: 'search-entries',
  text: `SELECT e.position, e.about, m.position IS NOT NULL AS is_there, m.conversation_id, m.body FROM (
      SELECT position, CASE WHEN is_message = 1 THEN position ELSE substr(key, 9)::bigint END AS about
      FROM (
        SELECT position, is_message, key FROM entries WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
      ) page
      WHERE is_message = 1 OR key LIKE E'message\\n%'
    ) e LEFT JOIN entries m ON m.position = e.about AND m.is_message = 1 AND m.deleted_at IS NULL
    ORDER BY e.position`,
};
const selectThrough: Statement = {
  name: 'search-through',
  text: `SELECT max(position) AS through, count(*) AS count FROM (
      SELECT position FROM entries WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
    ) page`,
};
/** All of it or, where another node was faster, nothing. */
const takeIn: Statement = {
  name: 'search-take-in',
  text: `WITH place AS (
      UPDATE search_place SET position = $3::bigint WHERE position = $2::bigint AND node = $1 RETURNING 1
    ), gone AS (
      DELETE FROM search_words WHERE position = ANY ($4::bigint[]) AND EXISTS (SELECT FROM place)
    ), taken AS (
      INSERT INTO search_words (position, words)
      SELECT (r.value->>'id')::bigint, array_to_tsvector(ARRAY(SELECT json_array_elements_text(r.value->'words')))
      FROM json_array_elements($5::json) r WHERE EXISTS (SELECT FROM place)
      ON CONFLICT (position) DO UPDATE SET words = excluded.words
    )
    SELECT count(*) AS count FROM place`,
};
/** What the log has let go for its age. */
const forgetSome: Statement = {
  name: 'search-forget',
  text: `WITH gone AS (
      DELETE FROM search_words WHERE position IN (
        SELECT w.position FROM search_words w JOIN horizons h ON h.kind = 'messages' AND w.position <= h.reached
        ORDER BY w.position LIMIT ${pageEntries}
      ) RETURNING 1
    ) SELECT count(*) AS count FROM gone`,
};
const selectMemberships: Statement = {
  name: 'search-memberships',
  text: `SELECT conversation_id FROM members WHERE user_id = $1 AND is_member = 1 LIMIT ${namedConversationsLimit + 1}`,
};
const selectPlace: Statement = { name: 'search-place', text: 'SELECT position AS through FROM search_place' };
const find: Statement = {
  name: 'search-find',
  text: `WITH bounds AS MATERIALIZED (
      SELECT CASE WHEN $6::bigint IS NULL THEN 0 ELSE first_position_from($6::bigint - ${clockSlackMs}) - 1 END AS low,
        least($2::bigint, CASE WHEN $7::bigint IS NOT NULL THEN first_position_from($7::bigint + ${clockSlackMs}) END) AS high
    ), found AS MATERIALIZED (
      -- By the words alone: with anything else to go by, PostgreSQL may walk past everybody's messages.
      SELECT position FROM search_words WHERE words @@ $1::tsquery
    ), candidates AS MATERIALIZED (
      SELECT position FROM found
      WHERE position > (SELECT low FROM bounds) AND position < (SELECT high FROM bounds)
      ORDER BY position DESC LIMIT ${candidatesLimit}
    )
    SELECT place.position AS through, counted.*, e.position, e.ordinal, e.body
    FROM search_place place
    CROSS JOIN (SELECT count(*) AS candidates, min(position) AS oldest FROM candidates) counted
    LEFT JOIN LATERAL (
      SELECT e.position, e.ordinal, e.body
      FROM candidates c JOIN entries e ON e.position = c.position AND e.is_message = 1 AND e.deleted_at IS NULL
      WHERE ($3::text IS NULL OR EXISTS (
          SELECT FROM members m WHERE m.conversation_id = e.conversation_id AND m.user_id = $3 AND m.is_member = 1))
        AND ($4::text IS NULL OR e.conversation_id = $4) AND ($5::text IS NULL OR e.sender_id = $5)
        AND ($6::bigint IS NULL OR e.at >= $6::bigint) AND ($7::bigint IS NULL OR e.at < $7::bigint)
      ORDER BY e.position DESC LIMIT $8
    ) e ON true
    ORDER BY e.position DESC`,
};

/**
 * Planned once, whatever is looked for, and through the index of words, which only bitmaps can be made of: statements of
 * the store know none.
 */
const planning = [
  'jit=off',
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
];
/** A reading that takes longer than that is given up. */
const retryForMs = 5_000;

/** Search by PostgreSQL's own index of words, on connections of its own. */
export class PostgresSearch implements SearchIndex {
  readonly #node: string;
  readonly #finding: DatabaseConnection;
  readonly #following: DatabaseConnection;
  #isClosed = false;

  /** Of an open store's database. `node` names this one among those that share it. */
  constructor({ url, node }: { readonly url: string; readonly node: string }) {
    const settings = connectionSettings(url, planning);
    this.#node = node;
    this.#finding = new DatabaseConnection(settings);
    this.#following = new DatabaseConnection(settings);
  }

  async find(query: SearchQuery): Promise<SearchPage> {
    const { terms, memberId, conversationId, senderId, since, until, before, limit } = query;
    const ids = [memberId, conversationId, senderId].filter((id) => id !== undefined);
    const words = ids.every(isStorable) ? await this.#expression(query) : undefined;
    if (words === undefined || terms.length === 0) {
      const [row] = await this.#ask(this.#finding, selectPlace, []);
      return { messages: [], through: Number(row?.through ?? 0) };
    }
    const rows = await this.#ask(this.#finding, find, [
      words,
      before ?? Number.MAX_SAFE_INTEGER,
      memberId ?? null,
      conversationId ?? null,
      senderId ?? null,
      since ?? null,
      until ?? null,
      limit + 1,
    ]);
    const found = rows.filter((row) => row.position !== null);
    const shown = found.slice(0, limit).map(toMessage);
    const [first] = rows;
    const isFull = Number(first?.candidates) === candidatesLimit;
    const next = found.length > limit ? shown.at(-1)?.id : isFull ? Number(first?.oldest) : undefined;
    return {
      // What was edited since it was taken in may not hold the words any more.
      messages: shown.filter(({ text, attachment }) => holdsAll([text, attachment?.name ?? ''], terms)),
      through: Number(first?.through ?? 0),
      ...(next === undefined ? {} : { next }),
    };
  }

  async advance(): Promise<boolean | 'elsewhere'> {
    const ask = (statement: Statement, values: Values) => this.#ask(this.#following, statement, values);
    const [place] = await ask(claim, [this.#node]);
    const [from, head] = [Number(place?.position), Number(place?.head)];
    if (place === undefined) return 'elsewhere';
    if (head <= from) return this.#forgetSome();
    const page = [from, head, pageEntries] as const;
    const [[counted], rows] = await Promise.all([ask(selectThrough, page), ask(selectEntries, page)]);
    const through = Number(counted?.count) < pageEntries ? head : Number(counted?.through);
    const gone = rows.filter((row) => row.is_there !== true).map((row) => String(row.about));
    const taken = new Map(rows.filter((row) => row.is_there === true).map((row) => [Number(row.about), row]));
    const written = [...taken].map(([id, { conversation_id, body }]) => {
      const words = indexedWords(JSON.parse(String(body)) as Message);
      return { id, words: [`_c${conversation_id}`, ...words] };
    });
    const [done] = await ask(takeIn, [this.#node, from, through, gone, JSON.stringify(written)]);
    if (Number(done?.count) !== 1) return 'elsewhere';
    return through < head || (await this.#forgetSome());
  }

  /** Whether there may be more. */
  async #forgetSome(): Promise<boolean> {
    const [row] = await this.#ask(this.#following, forgetSome, []);
    return Number(row?.count) === pageEntries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#finding, this.#following].map((connection) => connection[Symbol.asyncDispose]()));
  }

  /** What is looked for; undefined when nothing can be found. Words are letters and digits, and need no care. */
  async #expression({ terms, memberId, conversationId }: SearchQuery): Promise<string | undefined> {
    const words = terms.map(({ word, isPrefix }) => `'${word}'${isPrefix ? ':*' : ''}`);
    const named =
      conversationId !== undefined
        ? [conversationId]
        : memberId === undefined
          ? undefined
          : (await this.#ask(this.#finding, selectMemberships, [memberId])).map((row) => String(row.conversation_id));
    if (named?.length === 0) return undefined;
    if (named === undefined || named.length > namedConversationsLimit) return words.join(' & ');
    const quoted = named.map((id) => `'_c${id.replaceAll(/['\\]/g, '$&$&')}'`);
    return `(${quoted.join(' | ')}) & ${words.join(' & ')}`;
  }

  #ask(connection: DatabaseConnection, statement: Statement, values: Values): Promise<readonly Row[]> {
    return askWithRetries({ pick: () => connection, retryForMs, isClosed: () => this.#isClosed }, statement, values);
  }
}

const toMessage = (row: Row): Message & { readonly id: Position } =>
  JSON.parse(writeMessage(Number(row.position), Number(row.ordinal), String(row.body))) as Message;
