import type { DatabaseSync } from 'node:sqlite';
import type { SearchPage, SearchQuery } from '../../app/ports.ts';
import type { ConversationId, Message, Position, TimeMs, UserId } from '../../core/model.ts';
import { holdsAll } from '../../core/words.ts';
import { candidatesLimit, clockSlackMs, namedConversationsLimit } from '../search-limits.ts';
import { inTransaction } from './connection.ts';
import { toMessage } from './revisions.ts';
import { conversationNumbers } from './search-follow.ts';

/** The function that answers a search with the page's JSON text: a reading of one moment, held against the log of that moment. */
export function finder(db: DatabaseSync, log: DatabaseSync): (query: SearchQuery) => string {
  const selectPlace = db.prepare('SELECT position FROM place');
  const search = db.prepare(
    'SELECT rowid AS id FROM words WHERE words MATCH ? AND rowid > ? AND rowid < ? ORDER BY rowid DESC LIMIT ? + 0',
  );
  const selectMessage = log.prepare(
    `SELECT position, ordinal, conversation_id, sender_id, at, body FROM entries
     WHERE position = ? AND is_message = 1 AND deleted_at IS NULL`,
  );
  const selectMemberships = log.prepare('SELECT conversation_id FROM members WHERE user_id = ? AND is_member = 1');
  const numbers = conversationNumbers(db);
  const places = placesByTime(log);

  const conversationsOf = (userId: UserId): ReadonlySet<unknown> =>
    new Set(selectMemberships.all(userId).map((row) => row.conversation_id));

  const find = (query: SearchQuery): SearchPage => {
    const through = Number(selectPlace.get()?.position ?? 0);
    const mine = query.memberId === undefined ? undefined : conversationsOf(query.memberId);
    const words = expression(query, mine, numbers.find);
    if (words === undefined) return { messages: [], through };
    const messages: Message[] = [];
    let candidates = 0;
    let next: Position | undefined;
    for (const { id } of search.iterate(words, places.after(query), places.before(query), candidatesLimit)) {
      const row = selectMessage.get(Number(id));
      const message = row && allows(query, mine, row) ? toMessage(row) : undefined;
      // What was edited since it was taken in may not hold the words any more.
      if (message && holdsAll([message.text, message.attachment?.name ?? ''], query.terms)) {
        if (messages.length === query.limit) {
          next = messages.at(-1)?.id;
          break;
        }
        messages.push(message);
      }
      if (++candidates === candidatesLimit) next = Number(id);
    }
    return { messages, through, ...(next === undefined ? {} : { next }) };
  };
  return (query) => inTransaction(db, 'BEGIN', () => inTransaction(log, 'BEGIN', () => JSON.stringify(find(query))));
}

type Row = Record<string, unknown>;

function allows(query: SearchQuery, mine: ReadonlySet<unknown> | undefined, row: Row): boolean {
  const { conversationId, senderId, since, until } = query;
  return (
    (mine === undefined || mine.has(row.conversation_id)) &&
    (conversationId === undefined || row.conversation_id === conversationId) &&
    (senderId === undefined || row.sender_id === senderId) &&
    (since === undefined || Number(row.at) >= since) &&
    (until === undefined || Number(row.at) < until)
  );
}

/** What is looked for in the words of FTS5; undefined when nothing can be found. */
function expression(
  { terms, conversationId }: SearchQuery,
  mine: ReadonlySet<unknown> | undefined,
  numberOf: (id: ConversationId) => number | undefined,
): string | undefined {
  const words = terms.map(({ word, isPrefix }) => `"${word}"${isPrefix ? ' *' : ''}`);
  const named = conversationId !== undefined ? [conversationId] : mine && [...mine].map(String);
  if (words.length === 0 || named?.length === 0) return undefined;
  if (named === undefined || named.length > namedConversationsLimit) return words.join(' AND ');
  const numbers = named.map(numberOf).filter((number) => number !== undefined);
  if (numbers.length === 0) return undefined;
  return `(${numbers.map((number) => `"_${number}"`).join(' OR ')}) AND ${words.join(' AND ')}`;
}

/** Between which places of the log messages of a time stand: not exactly, but none stands outside. */
function placesByTime(log: DatabaseSync) {
  const selectHead = log.prepare('SELECT position FROM log_head');
  const selectNext = log.prepare('SELECT at FROM entries WHERE position >= ? ORDER BY position LIMIT 1');

  /** The first position from which on entries are as late as that. */
  const firstFrom = (time: TimeMs): Position => {
    let [low, high] = [1, Number(selectHead.get()?.position ?? 0) + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const at = selectNext.get(middle)?.at;
      if (at === undefined || Number(at) >= time) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return {
    after: ({ since }: SearchQuery): Position => (since === undefined ? 0 : firstFrom(since - clockSlackMs) - 1),
    before: ({ until, before = Number.MAX_SAFE_INTEGER }: SearchQuery): Position =>
      until === undefined ? before : Math.min(before, firstFrom(until + clockSlackMs)),
  };
}
