import type { DatabaseSync } from 'node:sqlite';
import type { EntryRange } from '../../app/ports.ts';
import type { ConversationId, Position, TimeMs, UserId } from '../../core/model.ts';
import { unfinishedWords } from '../archive.ts';
import { type EntryRow, entryColumns, writeEntry } from '../rows.ts';
import { prepareArrays } from './connection.ts';
import type { Readers } from './readings.ts';

/** In the order of {@link entryColumns}. */
type Columns = [
  position: Position,
  at: TimeMs,
  conversationId: ConversationId | null,
  isMessage: number,
  ordinal: number | null,
  senderId: UserId | null,
  actorId: UserId | null,
  body: string,
];
type Topics = NonNullable<EntryRange['topics']>;
/** Positions in order, and how far they are complete. */
type Found = { readonly positions: readonly Position[]; readonly through: Position };
/** After which position, through which one; and how far the table of conversations' entries follows the log. */
type Range = { readonly after: Position; readonly last: Position; readonly listed: Position };

/** An answer ends early rather than growing beyond this; the reader of the log goes on from its `through`. */
const answerLimitCharacters = 8_000_000;

/** The reader's questions about the log itself. */
export function logReaders(db: DatabaseSync): Readers<'head' | 'readEntries'> {
  const selectHead = db.prepare('SELECT position, epoch, secret FROM log_head');
  const selectPosition = db.prepare('SELECT position, followed FROM log_head');
  const selectRange = prepareArrays<Columns>(
    db,
    `SELECT ${entryColumns} FROM entries WHERE position > ? AND position <= ? ORDER BY position LIMIT ? + 0`,
  );
  const selectNamed = prepareArrays<Columns>(
    db,
    `SELECT ${entryColumns} FROM entries WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position`,
  );
  const topics = topicSearch(db);

  return {
    head() {
      const head = selectHead.get();
      if (head === undefined) throw new Error(unfinishedWords);
      return JSON.stringify(head);
    },
    readEntries({ after, upTo, limit, topics: wanted }) {
      const state = selectPosition.get();
      const head = Number(state?.position ?? 0);
      const last = Math.min(upTo ?? head, head);
      if (after >= last || limit < 1) return writeEntries([], Math.min(after, last));
      if (wanted === undefined) {
        // One more than wanted tells whether the range was exhausted.
        return writeEntries(selectRange.iterate(after, last, limit + 1), last, limit);
      }
      const found = topics(wanted, { after, last, listed: Number(state?.followed ?? 0) }, limit);
      return writeEntries(selectNamed.iterate(JSON.stringify(found.positions)), found.through);
    },
  };
}

/** Writes rows until one of the limits; `through` holds when all are written. */
function writeEntries(rows: Iterable<Columns>, through: Position, limit = Number.POSITIVE_INFINITY): string {
  const texts: string[] = [];
  let characters = 0;
  let lastPosition: Position = 0;
  for (const row of rows) {
    if (texts.length === limit || characters > answerLimitCharacters) return wrap(texts, lastPosition);
    const text = writeEntry(toEntryRow(row));
    texts.push(text);
    characters += text.length;
    lastPosition = row[0];
  }
  return wrap(texts, through);
}

function toEntryRow([
  position,
  at,
  conversation_id,
  is_message,
  ordinal,
  sender_id,
  actor_id,
  body,
]: Columns): EntryRow {
  return { position, at, conversation_id, is_message, ordinal, sender_id, actor_id, body };
}

const wrap = (texts: readonly string[], through: Position): string =>
  `{"entries":[${texts.join(',')}],"through":${through}}`;

/**
 * Finds the positions of some topics' entries. The indexes are searched topic by topic, each for its share of the limit
 * only; where a share was used up, the answer is complete no further than there.
 */
function topicSearch(db: DatabaseSync) {
  const selectTopics = db.prepare(
    'SELECT position, conversation_id, user_id FROM entries WHERE position > ? AND position <= ? ORDER BY position',
  );
  const selectOfConversation = db.prepare(
    `SELECT position FROM conversation_entries
     WHERE conversation_id = ? AND is_message = ? AND position > ? AND position <= ? ORDER BY position LIMIT ? + 0`,
  );
  const selectOfUser = db.prepare(
    `SELECT position FROM entries INDEXED BY entries_of_user
     WHERE user_id = ? AND position > ? AND position <= ? ORDER BY position LIMIT ? + 0`,
  );

  /** Cheaper where there are more topics than entries: a look at each entry. */
  function scan({ conversationIds, userIds }: Topics, after: Position, last: Position): readonly Position[] {
    const conversations = new Set<unknown>(conversationIds);
    const users = new Set<unknown>(userIds);
    const rows = selectTopics.all(after, last);
    return rows
      .filter((row) => conversations.has(row.conversation_id) || users.has(row.user_id))
      .map((row) => Number(row.position));
  }

  return (wanted: Topics, { after, last, listed }: Range, limit: number): Found => {
    const searches = 2 * wanted.conversationIds.length + wanted.userIds.length;
    if (last - after <= 4 * searches) return cut(scan(wanted, after, last), last, limit);

    const share = Math.max(16, Math.ceil((2 * limit) / Math.max(1, searches)));
    const positions: Position[] = [];
    let through = last;
    const collect = (rows: readonly Record<string, unknown>[]): void => {
      for (const row of rows) positions.push(Number(row.position));
      if (rows.length === share) through = Math.min(through, positions.at(-1) ?? through);
    };
    for (const id of new Set(wanted.conversationIds)) {
      collect(selectOfConversation.all(id, 0, after, last, share));
      collect(selectOfConversation.all(id, 1, after, last, share));
    }
    for (const id of new Set(wanted.userIds)) collect(selectOfUser.all(id, after, last, share));
    if (last > listed) {
      // The messages that are not listed yet are a part of these, which are few.
      const known = new Set(positions);
      for (const position of scan(wanted, Math.max(after, listed), last)) {
        if (!known.has(position)) positions.push(position);
      }
    }
    const complete = positions.filter((position) => position <= through).sort((a, b) => a - b);
    return cut(complete, through, limit);
  };
}

function cut(positions: readonly Position[], through: Position, limit: number): Found {
  if (positions.length <= limit) return { positions, through };
  const kept = positions.slice(0, limit);
  return { positions: kept, through: kept.at(-1) ?? through };
}
