import type { DatabaseSync } from 'node:sqlite';
import { toConversation, toMember, toUser, toView } from '../conversation-rows.ts';
import type { Readers } from './readings.ts';

const conversationColumns = `c.id, c.kind, c.title_json, c.status, c.client_id, c.admin_id, c.created_by, c.is_auto_created, c.created_at,
  c.updated_at, c.ordinal, c.last_message_id, c.member_count,
  CASE WHEN c.member_count <= 2 THEN
    (SELECT json_group_array(p.user_id) FROM (
       SELECT user_id FROM members WHERE conversation_id = c.id AND is_member = 1 ORDER BY since) p)
  END AS pair_json`;
const memberColumns = `m.user_id, m.role, m.is_member, m.is_barred, m.is_joined, m.since, m.read_cursor, m.read_ordinal,
  m.read_own, m.own_count`;
/** Pages run on (updatedAt, id): times alone may be equal. */
const pageOrder = `(c.updated_at, c.id) < (?, ?) ORDER BY c.updated_at DESC, c.id DESC LIMIT ?`;

/** The reader's questions about conversations and who is in them. */
export function conversationReaders(
  db: DatabaseSync,
): Readers<
  'loadConversation' | 'loadMember' | 'loadMembers' | 'loadMemberships' | 'listConversations' | 'viewConversation'
> {
  const selectHead = db.prepare('SELECT position FROM log_head');
  const selectConversation = db.prepare(`SELECT ${conversationColumns} FROM conversations c WHERE c.id = ?`);
  const selectMember = db.prepare(
    `SELECT ${memberColumns} FROM members m WHERE m.conversation_id = ? AND m.user_id = ?`,
  );
  const selectMembers = db.prepare(
    `SELECT ${memberColumns}, u.user_json FROM members m LEFT JOIN users u ON u.id = m.user_id
     WHERE m.conversation_id = ? AND m.is_member = 1 ORDER BY m.since`,
  );
  const selectMemberships = db.prepare(
    `SELECT m.user_id, m.conversation_id, m.since FROM json_each(?) asked JOIN members m ON m.user_id = asked.value
     WHERE m.is_member = 1 ORDER BY m.since`,
  );
  const listAll = db.prepare(`SELECT ${conversationColumns} FROM conversations c WHERE ${pageOrder}`);
  const listOfUser = db.prepare(
    `SELECT ${conversationColumns}, ${memberColumns} FROM members m JOIN conversations c ON c.id = m.conversation_id
     WHERE m.user_id = ? AND m.is_member = 1 AND ${pageOrder}`,
  );
  const snapshot = (value: unknown): string =>
    JSON.stringify({ position: selectHead.get()?.position ?? 0, value: value ?? null });

  return {
    loadConversation(id) {
      const row = selectConversation.get(id);
      return snapshot(row && toConversation(row));
    },
    loadMember({ conversationId, userId }) {
      const row = selectMember.get(conversationId, userId);
      if (row?.is_member === 1) return snapshot(toMember(row));
      return snapshot(row?.is_barred === 1 ? 'barred' : null);
    },
    loadMembers: (id) =>
      JSON.stringify(selectMembers.all(id).map((row) => ({ member: toMember(row), user: toUser(row) }))),
    loadMemberships: (userIds) =>
      snapshot(
        selectMemberships
          .all(JSON.stringify(userIds))
          .map((row) => ({ userId: row.user_id, conversationId: row.conversation_id, since: row.since })),
      ),
    listConversations({ userId, limit, before }) {
      const page = [before?.updatedAt ?? Number.MAX_SAFE_INTEGER, before?.id ?? '', Math.max(0, limit) + 1] as const;
      const rows = userId === undefined ? listAll.all(...page) : listOfUser.all(userId, ...page);
      const views = rows.slice(0, Math.max(0, limit)).map((row) => toView(row, userId === undefined ? undefined : row));
      return JSON.stringify({ views, hasMore: rows.length > limit });
    },
    viewConversation({ id, userId }) {
      const row = selectConversation.get(id);
      if (row === undefined) return 'null';
      const member = userId === undefined ? undefined : selectMember.get(id, userId);
      return JSON.stringify(toView(row, member?.is_member === 1 ? member : undefined));
    },
  };
}
