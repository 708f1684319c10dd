import type { DatabaseSync } from 'node:sqlite';
import type { FilePage, Horizons, RetentionStore } from '../../app/ports.ts';
import type { Id, Position, TimeMs } from '../../core/model.ts';
import { type ForgettableKind, typesOf } from '../../core/retention.ts';
import { inTransaction } from './connection.ts';

/** What the writer's thread is asked for, and how it answers; both travel as JSON text. */
type Writings = {
  loadHorizons: { asks: null; answers: Horizons };
  announce: { asks: { readonly kind: ForgettableKind; readonly upTo: Position }; answers: null };
  forgetSome: { asks: ForgettableKind; answers: boolean };
  listOldFiles: { asks: { readonly savedBefore: TimeMs; readonly after: Id }; answers: FilePage };
  forgetFiles: { asks: readonly Id[]; answers: null };
  forgetSomeAudit: { asks: TimeMs; answers: boolean };
};
type Writers = { readonly [K in keyof Writings]: (asked: Writings[K]['asks']) => string };

/** Entries, files or records that are looked at in one transaction: commits wait for it. */
const pageRows = 300;

/** The port's side of it. */
export function retentionStore(ask: (what: keyof Writings, text: string) => Promise<string>): RetentionStore {
  const put = async <K extends keyof Writings>(what: K, asked: Writings[K]['asks']): Promise<Writings[K]['answers']> =>
    JSON.parse(await ask(what, JSON.stringify(asked)));
  return {
    loadHorizons: () => put('loadHorizons', null),
    async announce(kind, upTo) {
      await put('announce', { kind, upTo });
    },
    forgetSome: (kind) => put('forgetSome', kind),
    listOldFiles: (savedBefore, after) => put('listOldFiles', { savedBefore, after }),
    async forgetFiles(ids) {
      await put('forgetFiles', ids);
    },
    forgetSomeAudit: (madeBefore) => put('forgetSomeAudit', madeBefore),
  };
}

/** The writer's functions. `onMembersChanged`: rows of members were changed past whoever remembers them. */
export function retentionWriters(db: DatabaseSync, onMembersChanged: () => void): Writers {
  const selectHorizons = db.prepare('SELECT kind, announced FROM horizons');
  const announce = db.prepare(
    `INSERT INTO horizons (kind, announced, reached) VALUES (?, ?, 0)
     ON CONFLICT (kind) DO UPDATE SET announced = max(announced, excluded.announced)`,
  );
  const selectHorizon = db.prepare('SELECT announced, reached FROM horizons WHERE kind = ?');
  const selectPage = db.prepare(
    `SELECT position, is_message, conversation_id, ordinal, sender_id, sender_ordinal,
       CASE is_message WHEN 0 THEN json_extract(body, '$.type') ELSE 'MessageSent' END AS type
     FROM entries WHERE position > ? AND position <= ? ORDER BY position LIMIT ? + 0`,
  );
  const deleteEntry = db.prepare('DELETE FROM entries WHERE position = ?');
  const deleteNotification = db.prepare('DELETE FROM notifications WHERE id = ?');
  const reach = db.prepare('UPDATE horizons SET reached = ? WHERE kind = ?');
  const skipOwn = db.prepare(
    'UPDATE members SET read_own = max(read_own, ?1) WHERE conversation_id = ?2 AND user_id = ?3 AND read_cursor < ?4',
  );
  const skipAll = db.prepare(
    'UPDATE members SET read_cursor = ?1, read_ordinal = ?2 WHERE conversation_id = ?3 AND read_cursor < ?1',
  );
  const selectFiles = db.prepare(
    `SELECT id, json_extract(file_json, '$.at') AS at FROM files WHERE id > ? ORDER BY id LIMIT ? + 0`,
  );
  const deleteFile = db.prepare('DELETE FROM files WHERE id = ?');
  const deleteAudit = db.prepare(
    `DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT ? + 0) AND json_extract(audit_json, '$.at') < ?`,
  );

  function deleteNext(kind: ForgettableKind): boolean {
    const horizon = selectHorizon.get(kind);
    const [announced, reached] = [Number(horizon?.announced ?? 0), Number(horizon?.reached ?? 0)];
    if (reached >= announced) return false;
    const page = selectPage.all(reached, announced, pageRows);
    const types: ReadonlySet<unknown> = new Set(typesOf(kind));
    const gone = page.filter(({ type }) => types.has(type));
    const messages = gone.filter((row) => row.is_message === 1);
    skipForReaders(messages);
    for (const { position, type } of gone) {
      deleteEntry.run(position ?? 0);
      if (type === 'NotificationCreated') deleteNotification.run(position ?? 0);
    }
    const through = page.length < pageRows ? announced : Number(page.at(-1)?.position);
    reach.run(through, kind);
    if (messages.length > 0) onMembersChanged();
    return through < announced;
  }

  /** What nobody can read any more is unread for nobody. */
  function skipForReaders(messages: ReturnType<typeof selectPage.all>): void {
    const newest = new Map(messages.map((row) => [String(row.conversation_id), row]));
    const ownNewest = new Map(messages.map((row) => [`${row.conversation_id}\n${row.sender_id}`, row]));
    for (const own of ownNewest.values()) {
      const last = newest.get(String(own.conversation_id));
      skipOwn.run(own.sender_ordinal ?? 0, own.conversation_id ?? '', own.sender_id ?? '', last?.position ?? 0);
    }
    for (const { position, ordinal, conversation_id } of newest.values()) {
      skipAll.run(position ?? 0, ordinal ?? 0, conversation_id ?? '');
    }
  }

  return {
    loadHorizons() {
      const found = new Map(selectHorizons.all().map(({ kind, announced }) => [String(kind), Number(announced)]));
      const horizons: Horizons = {
        messages: found.get('messages') ?? 0,
        notifications: found.get('notifications') ?? 0,
      };
      return JSON.stringify(horizons);
    },
    announce({ kind, upTo }) {
      announce.run(kind, upTo);
      return 'null';
    },
    forgetSome: (kind) => JSON.stringify(inTransaction(db, 'BEGIN IMMEDIATE', () => deleteNext(kind))),
    listOldFiles({ savedBefore, after }) {
      const page = selectFiles.all(after, pageRows);
      const ids = page.filter(({ at }) => Number(at) < savedBefore).map(({ id }) => String(id));
      const last = page.at(-1)?.id;
      return JSON.stringify({ ids, through: last === undefined ? null : String(last) } satisfies FilePage);
    },
    forgetFiles(ids) {
      inTransaction(db, 'BEGIN IMMEDIATE', () => {
        for (const id of ids) deleteFile.run(id);
      });
      return 'null';
    },
    forgetSomeAudit: (madeBefore) => JSON.stringify(Number(deleteAudit.run(pageRows, madeBefore).changes) === pageRows),
  };
}
