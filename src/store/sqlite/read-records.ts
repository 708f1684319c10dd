import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Readers } from './readings.ts';

/** The reader's questions about users, notifications, sessions and files: rows that are JSON text already. */
export function recordReaders(
  db: DatabaseSync,
): Readers<
  'loadUsers' | 'findUsers' | 'loadRevocations' | 'listNotifications' | 'loadNotification' | 'loadSessions' | 'loadFile'
> {
  const selectUsers = db.prepare('SELECT user_json AS json FROM users WHERE id IN (SELECT value FROM json_each(?))');
  // `|| ''`: a pattern for the indexed id that is a bare parameter would have SQLite plan the statement anew each time.
  const searchUsers = db.prepare(
    `SELECT user_json AS json FROM users
     WHERE id LIKE ?1 || '' ESCAPE '!' OR user_json ->> 'name' LIKE ?1 ESCAPE '!' OR user_json ->> 'email' LIKE ?1 ESCAPE '!'
     ORDER BY id LIMIT ?2 + 0`,
  );
  const selectRevocations = db.prepare('SELECT user_id, revoked_at_seconds FROM revocations');
  const selectNotifications = db.prepare(
    `SELECT n.is_read, e.body FROM notifications n JOIN entries e ON e.position = n.id
     WHERE n.user_id = ? AND n.id < ? ORDER BY n.id DESC LIMIT ? + 0`,
  );
  const selectNotification = db.prepare(
    'SELECT e.body FROM notifications n JOIN entries e ON e.position = n.id WHERE n.id = ?',
  );
  const selectSessions = db.prepare(
    'SELECT session_json AS json, saved_at FROM sessions WHERE id IN (SELECT value FROM json_each(?))',
  );
  const selectFile = db.prepare('SELECT file_json AS json FROM files WHERE id = ?');

  return {
    loadUsers: (ids) => `[${selectUsers.all(JSON.stringify(ids)).map(written).join(',')}]`,
    findUsers: ({ words, limit }) =>
      `[${searchUsers
        .all(`%${words.replaceAll(/[%_!]/g, '!$&')}%`, Math.max(0, limit))
        .map(written)
        .join(',')}]`,
    loadRevocations: () => JSON.stringify(selectRevocations.all().map((row) => [row.user_id, row.revoked_at_seconds])),
    listNotifications({ userId, limit, before = Number.MAX_SAFE_INTEGER }) {
      const wanted = Math.max(0, limit);
      const rows = selectNotifications.all(userId, before, wanted + 1);
      const notifications = rows.slice(0, wanted).map((row) => ({ ...toNotification(row), isRead: row.is_read === 1 }));
      return JSON.stringify({ notifications, hasMore: rows.length > wanted });
    },
    loadNotification(id) {
      const row = selectNotification.get(id);
      return row === undefined ? 'null' : JSON.stringify(toNotification(row));
    },
    loadSessions(ids) {
      const rows = selectSessions.all(JSON.stringify(ids));
      return `[${rows.map((row) => `{"row":${written(row)},"savedAt":${row.saved_at}}`).join(',')}]`;
    },
    loadFile: (id) => written(selectFile.get(id)),
  };
}

type Row = Record<string, SQLOutputValue>;

const written = (row: Row | undefined): string => (row === undefined ? 'null' : String(row.json));

/** Its entry's body is the event around it. */
function toNotification(row: Row): object {
  const { notification } = JSON.parse(String(row.body)) as { notification: object };
  return notification;
}
