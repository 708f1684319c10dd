import type { SessionRow, StoredFile, StoredSession } from '../../app/ports.ts';
import type { Id, Notification, Position, User, UserId } from '../../core/model.ts';
import type { Row, Statement } from './connection.ts';
import { isStorable } from './drafts.ts';
import type { Ask } from './read-log.ts';

const selectUsers: Statement = {
  name: 'users',
  text: 'SELECT user_json AS json FROM users WHERE id = ANY ($1::text[])',
};
// As text, since there may be what PostgreSQL cannot read as JSON.
const searchUsers: Statement = {
  name: 'search_users',
  text: 'SELECT user_json AS json FROM users WHERE user_json ~* $1 ORDER BY id LIMIT $2',
};
const selectRevocations: Statement = {
  name: 'revocations',
  text: 'SELECT user_id, revoked_at_seconds FROM revocations',
};
const selectNotifications: Statement = {
  name: 'notifications',
  // Bounds and order name both columns of the index of a user's notifications: by the id alone, PostgreSQL may walk past those of
  // everybody else.
  text: `SELECT n.is_read, e.body FROM (
      SELECT id, is_read FROM notifications
      WHERE (user_id, id) < ($1, $2::bigint) AND (user_id, id) > ($1, 0)
      ORDER BY user_id DESC, id DESC LIMIT $3
    ) n JOIN entries e ON e.position = n.id ORDER BY n.id DESC`,
};
const selectNotification: Statement = {
  name: 'notification',
  text: 'SELECT e.body FROM notifications n JOIN entries e ON e.position = n.id WHERE n.id = $1::bigint',
};
const selectSessions: Statement = {
  name: 'sessions',
  text: 'SELECT session_json AS json, saved_at FROM sessions WHERE id = ANY ($1::text[])',
};
const selectFile: Statement = { name: 'file', text: 'SELECT file_json AS json FROM files WHERE id = ANY ($1::text[])' };

/** The driver's questions about users, notifications, sessions and files: rows that are JSON text already. */
export function recordReader(ask: Ask) {
  const readAll = async <T>(statement: Statement, ids: readonly Id[]): Promise<readonly T[]> =>
    (await ask(statement, [ids.filter(isStorable)])).map((row) => JSON.parse(String(row.json)) as T);

  return {
    async loadUsers(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, User>> {
      return new Map((await readAll<User>(selectUsers, ids)).map((user) => [user.id, user]));
    },

    async findUsers(words: string, limit: number): Promise<readonly User[]> {
      const written = JSON.stringify(words)
        .slice(1, -1)
        .replaceAll(/[^\p{L}\p{N}]/gu, '\\$&');
      const pattern = `"(id|name|email)":"([^"\\\\]|\\\\.)*${written}`;
      return (await ask(searchUsers, [pattern, Math.max(0, limit)])).map((row) => JSON.parse(String(row.json)) as User);
    },

    async loadRevocations(): Promise<ReadonlyMap<UserId, number>> {
      const rows = await ask(selectRevocations, []);
      return new Map(rows.map((row) => [String(row.user_id), Number(row.revoked_at_seconds)]));
    },

    async listNotifications(
      userId: UserId,
      { limit, before = Number.MAX_SAFE_INTEGER }: { readonly limit: number; readonly before?: Position },
    ) {
      const wanted = Math.max(0, limit);
      const rows = await ask(selectNotifications, [isStorable(userId) ? userId : '', before, wanted + 1]);
      const notifications = rows.slice(0, wanted).map((row) => ({ ...toNotification(row), isRead: row.is_read === 1 }));
      return { notifications, hasMore: rows.length > wanted };
    },

    async loadNotification(id: Position): Promise<Notification | undefined> {
      const [row] = await ask(selectNotification, [id]);
      return row && toNotification(row);
    },

    async loadSessions(ids: readonly Id[]): Promise<ReadonlyMap<Id, StoredSession>> {
      const rows = await ask(selectSessions, [ids.filter(isStorable)]);
      return new Map(
        rows.map((row) => {
          const session = JSON.parse(String(row.json)) as SessionRow;
          return [session.id, { ...session, savedAt: Number(row.saved_at) }];
        }),
      );
    },

    async loadFile(id: Id): Promise<StoredFile | undefined> {
      const [file] = await readAll<StoredFile>(selectFile, [id]);
      return file;
    },
  };
}

/** Its entry's body is the event around it. */
function toNotification(row: Row): Notification {
  const { notification } = JSON.parse(String(row.body)) as { notification: Notification };
  return notification;
}
