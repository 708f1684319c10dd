import type { DatabaseSync } from 'node:sqlite';
import type { ErasureStore } from '../../app/ports.ts';
import type { Id, Position, User, UserId } from '../../core/model.ts';
import { withProfile } from '../profiles.ts';
import { inTransaction } from './connection.ts';

/** What the writer's thread is asked for, and how it answers; both travel as JSON text. */
type Writings = {
  replaceProfile: { asks: { readonly user: User; readonly after: Position }; answers: Position | null };
  forgetUser: { asks: UserId; answers: readonly Id[] };
};
type Writers = { readonly [K in keyof Writings]: (asked: Writings[K]['asks']) => string };

/** Entries that are looked at in one transaction: commits wait for it. */
const pageRows = 1_000;

/** The port's side of it. */
export function erasureStore(ask: (what: keyof Writings, text: string) => Promise<string>): ErasureStore {
  return {
    replaceProfile: async (user, after) => JSON.parse(await ask('replaceProfile', JSON.stringify({ user, after }))),
    forgetUser: async (userId) => JSON.parse(await ask('forgetUser', JSON.stringify(userId))),
  };
}

/** The writer's functions. */
export function erasureWriters(db: DatabaseSync): Writers {
  const selectPage = db.prepare('SELECT position, body FROM entries WHERE position > ? ORDER BY position LIMIT ? + 0');
  const updateBody = db.prepare('UPDATE entries SET body = ? WHERE position = ?');
  const selectFiles = db.prepare(`SELECT id FROM files WHERE json_extract(file_json, '$.uploadedBy') = ?`);
  const theirs = [
    'DELETE FROM sessions WHERE user_id = ?1',
    'DELETE FROM member_settings WHERE user_id = ?1',
    'DELETE FROM blocks WHERE user_id = ?1',
    'DELETE FROM last_seen WHERE user_id = ?1',
    'DELETE FROM notifications WHERE user_id = ?1',
    `DELETE FROM entries WHERE user_id = ?1 AND json_extract(body, '$.type') NOT IN ('UserChanged', 'UserRevoked', 'BanChanged')`,
  ].map((sql) => db.prepare(sql));

  return {
    replaceProfile({ user, after }) {
      const page = selectPage.all(after, pageRows);
      inTransaction(db, 'BEGIN IMMEDIATE', () => {
        for (const { position, body } of page) {
          const replaced = withProfile(String(body), user);
          if (replaced !== undefined) updateBody.run(replaced, position ?? 0);
        }
      });
      return JSON.stringify(page.at(-1)?.position ?? null);
    },
    forgetUser(userId) {
      inTransaction(db, 'BEGIN IMMEDIATE', () => {
        for (const statement of theirs) statement.run(userId);
      });
      return JSON.stringify(selectFiles.all(userId).map(({ id }) => id));
    },
  };
}
