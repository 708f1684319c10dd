import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { toConversation, toMember, toUser, toView } from '../conversation-rows.ts';
import type { Readers } from './readings.ts';

type Row = NonNullable<ReturnType<StatementSync['get']>>;

const conversationColumns = `c.id, c.kind, c.title_json, c.status, c.client_id, c.admin_id, c.created_by, c.is_auto_created, c.created_at,
  c.updated_at, c.ordinal, c.last_message_id, c.member_count,
  CASE WHEN c.member_count <= 2 THEN
    (SELECT json_group_array(p.user_id) FROM (
       SELECT user_id FROM members WHERE conversation_id = c.id AND is_member = 1 ORDER BY since) p)
  END AS pair_json`;
const memberColumns = `m.user_id, m.role, m.is_member, m.is_barred, m.is_joined, m.since, m.read_cursor, m.read_ordinal,
  m.read_own, m.own_count`;
/** Pages run on (updatedAt, id): times alone may be equal. */
const pageOrder = '(c.updated_at, c.id) < (?2, ?3) ORDER BY c.updated_at DESC, c.id DESC LIMIT ?4 + 0';
const lastBody = 'e.body AS last_body';
const joinLast = 'LEFT JOIN entries e ON e.position = c.last_message_id AND c.last_message_id > 0';
/** Messages of others behind the cursor that were deleted: they count as messages still, and nobody has to read them. */
const deletedUnread = `(SELECT count(*) FROM entries d WHERE d.conversation_id = m.conversation_id AND d.deleted_at IS NOT NULL
  AND d.position > m.read_cursor AND d.sender_id <> m.user_id)`;
/** What a member's own list shows beside the conversation. */
const ownColumns = `s.is_archived, s.is_muted, ${deletedUnread} AS deleted_unread, ${lastBody},
  CASE WHEN c.kind = 'direct' THEN
    (SELECT p.user_id FROM members p WHERE p.conversation_id = c.id AND p.user_id <> m.user_id
     ORDER BY p.is_member DESC, p.since DESC LIMIT 1)
  END AS peer_id`;
const joinOwn = `LEFT JOIN member_settings s ON s.user_id = m.user_id AND s.conversation_id = c.id ${joinLast}`;
const withPeer = (rows: string): string =>
  `SELECT v.*, u.user_json AS peer_json FROM (${rows}) v LEFT JOIN users u ON u.id = v.peer_id`;

/** The reader's questions about conversations and who is in them. */
export function conversationReaders(
  db: DatabaseSync,
): Readers<
  | 'loadConversation'
  | 'loadMember'
  | 'listMembers'
  | 'loadMemberships'
  | 'listConversations'
  | 'viewConversation'
  | 'countUnread'
  | 'listSupportChats'
  | 'findAcquaintances'
> {
  const selectHead = db.prepare('SELECT position FROM log_head');
  const selectConversation = db.prepare(`SELECT ${conversationColumns} FROM conversations c WHERE c.id = ?`);
  // The newest entries, which the row may be behind: few enough to look at each (`+`: not by an index of that column).
  const selectNewest = db.prepare(
    `SELECT max(ordinal) AS ordinal, max(position) AS position, max(at) AS at FROM entries
     WHERE position > (SELECT followed FROM log_head) AND +conversation_id = ? AND is_message = 1`,
  );
  const newest = (id: string, updatedAt: number) => {
    const { ordinal = null, position = null, at = null } = selectNewest.get(id) ?? {};
    return position === null ? {} : { ordinal, last_message_id: position, updated_at: Math.max(updatedAt, Number(at)) };
  };
  const selectBody = db.prepare('SELECT body AS last_body FROM entries WHERE position = ?');
  const selectOwn = db.prepare(
    `SELECT max(sender_ordinal) AS own_count FROM entries
     WHERE position > (SELECT followed FROM log_head) AND +conversation_id = ? AND sender_id = ? AND is_message = 1`,
  );
  /** A view's row with what it lacks of the newest entries, where it could not be saved before. */
  const upToDate = (row: Row, id: string, userId: string | undefined): Row => {
    const said = newest(id, Number(row.updated_at));
    if (said.last_message_id === undefined) return row;
    const own = userId === undefined ? undefined : selectOwn.get(id, userId);
    return {
      ...{ ...row, ...said, ...selectBody.get(said.last_message_id) },
      ...(own?.own_count === null || own === undefined ? {} : own),
    };
  };
  const selectMember = db.prepare(
    `SELECT ${memberColumns} FROM members m WHERE m.conversation_id = ? AND m.user_id = ?`,
  );
  const selectMembers = db.prepare(
    `SELECT ${memberColumns}, u.user_json FROM members m LEFT JOIN users u ON u.id = m.user_id
     WHERE m.conversation_id = ? AND m.is_member = 1 AND m.since > ? ORDER BY m.since LIMIT ? + 0`,
  );
  const selectMemberships = db.prepare(
    `SELECT m.user_id, m.conversation_id, m.since FROM json_each(?) asked JOIN members m ON m.user_id = asked.value
     WHERE m.is_member = 1 ORDER BY m.since`,
  );
  const listAll = db.prepare(
    `SELECT ${conversationColumns}, ${lastBody} FROM conversations c ${joinLast}
     WHERE (?1 IS NULL OR c.kind = ?1) AND ${pageOrder}`,
  );
  // The page is found before anything is looked up for its rows: a user may have thousands of conversations.
  const listOfUser = db.prepare(
    `WITH page AS MATERIALIZED (
       SELECT c.id FROM members m JOIN conversations c ON c.id = m.conversation_id
       LEFT JOIN member_settings s ON s.user_id = m.user_id AND s.conversation_id = c.id
       WHERE m.user_id = ?5 AND m.is_member = 1 AND (?1 IS NULL OR c.kind = ?1)
         AND (?6 IS NULL OR coalesce(s.is_archived, 0) = ?6) AND ${pageOrder})
     ${withPeer(
       `SELECT ${conversationColumns}, ${memberColumns}, ${ownColumns}
        FROM page JOIN conversations c ON c.id = page.id
        JOIN members m ON m.conversation_id = c.id AND m.user_id = ?5 ${joinOwn}`,
     )} ORDER BY v.updated_at DESC, v.id DESC`,
  );
  const viewAsAnybody = db.prepare(
    `SELECT ${conversationColumns}, ${lastBody} FROM conversations c ${joinLast} WHERE c.id = ?`,
  );
  const viewAsMember = db.prepare(
    withPeer(
      `SELECT ${conversationColumns}, ${memberColumns}, ${ownColumns}
       FROM members m JOIN conversations c ON c.id = m.conversation_id ${joinOwn}
       WHERE m.conversation_id = ? AND m.user_id = ? AND m.is_member = 1`,
    ),
  );
  const countUnread = db.prepare(
    `SELECT coalesce(sum(unread), 0) AS messages, coalesce(sum(unread > 0), 0) AS conversations FROM (
       SELECT c.ordinal - m.read_ordinal - (m.own_count - m.read_own) - ${deletedUnread} AS unread
       FROM members m JOIN conversations c ON c.id = m.conversation_id
       LEFT JOIN member_settings s ON s.user_id = m.user_id AND s.conversation_id = m.conversation_id
       WHERE m.user_id = ? AND m.is_member = 1 AND s.user_id IS NULL)`,
  );
  const listSupport = db.prepare(
    `SELECT ${conversationColumns}, ${lastBody}, q.since AS queued_since
     FROM support_chats q JOIN conversations c ON c.id = q.conversation_id ${joinLast}
     WHERE q.status = ?1 AND (q.since, q.conversation_id) > (?2, ?3) AND NOT EXISTS (
       SELECT 1 FROM members b WHERE b.conversation_id = q.conversation_id AND b.user_id = ?4 AND b.is_barred = 1)
     ORDER BY q.since, q.conversation_id LIMIT ?5 + 0`,
  );
  const selectAcquaintances = db.prepare(
    `SELECT asked.value AS id FROM json_each(?1) asked WHERE EXISTS (
       SELECT 1 FROM members a JOIN members b ON b.conversation_id = a.conversation_id
       WHERE a.user_id = asked.value AND a.is_member = 1 AND b.user_id = ?2 AND b.is_member = 1)`,
  );
  const snapshot = (value: unknown): string =>
    JSON.stringify({ position: selectHead.get()?.position ?? 0, value: value ?? null });

  return {
    loadConversation(id) {
      const row = selectConversation.get(id);
      return snapshot(row && toConversation({ ...row, ...newest(id, Number(row.updated_at)) }));
    },
    loadMember({ conversationId, userId }) {
      const row = selectMember.get(conversationId, userId);
      if (row?.is_member === 1) return snapshot(toMember(row));
      return snapshot(row?.is_barred === 1 ? 'barred' : null);
    },
    listMembers({ conversationId, limit, after = 0 }) {
      const wanted = Math.max(0, limit);
      const rows = selectMembers.all(conversationId, after, wanted + 1);
      const members = rows.slice(0, wanted).map((row) => ({ member: toMember(row), user: toUser(row) }));
      return JSON.stringify({ members, hasMore: rows.length > wanted });
    },
    loadMemberships: (userIds) =>
      snapshot(
        selectMemberships
          .all(JSON.stringify(userIds))
          .map((row) => ({ userId: row.user_id, conversationId: row.conversation_id, since: row.since })),
      ),
    listConversations({ userId, limit, before, kind, isArchived }) {
      const page = [
        kind ?? null,
        before?.updatedAt ?? Number.MAX_SAFE_INTEGER,
        before?.id ?? '',
        Math.max(0, limit) + 1,
      ] as const;
      const rows =
        userId === undefined
          ? listAll.all(...page)
          : listOfUser.all(...page, userId, isArchived === undefined ? null : Number(isArchived));
      const views = rows.slice(0, Math.max(0, limit)).map((row) => toView(row, userId === undefined ? undefined : row));
      return JSON.stringify({ views, hasMore: rows.length > limit });
    },
    viewConversation({ id, userId }) {
      const own = userId === undefined ? undefined : viewAsMember.get(id, userId);
      const row = own ?? viewAsAnybody.get(id);
      if (row === undefined) return 'null';
      const current = upToDate(row, id, userId);
      return JSON.stringify(toView(current, own && current));
    },
    countUnread: (userId) => JSON.stringify(countUnread.get(userId)),
    listSupportChats({ status, viewerId, limit, after }) {
      const wanted = Math.max(0, limit);
      const rows = listSupport.all(status, after?.since ?? -1, after?.id ?? '', viewerId ?? null, wanted + 1);
      const chats = rows.slice(0, wanted).map((row) => ({ view: toView(row, undefined), since: row.queued_since }));
      return JSON.stringify({ chats, hasMore: rows.length > wanted });
    },
    findAcquaintances: ({ userId, others }) =>
      JSON.stringify(selectAcquaintances.all(JSON.stringify(others), userId).map((row) => row.id)),
  };
}
