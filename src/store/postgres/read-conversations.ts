import type { ConversationFilter, ConversationView, Snapshot, Store, UnreadTotals } from '../../app/ports.ts';
import type { Conversation, ConversationId, Member, Position, TimeMs, User, UserId } from '../../core/model.ts';
import { toConversation, toMember, toUser, toView } from '../conversation-rows.ts';
import type { Row, Statement } from './connection.ts';
import { isStorable } from './drafts.ts';
import type { Ask } from './read-log.ts';

type Membership = { readonly conversationId: ConversationId; readonly since: Position };
type Page = ConversationFilter & {
  readonly limit: number;
  readonly before?: { readonly updatedAt: TimeMs; readonly id: ConversationId };
};

const conversationColumns = `c.id, c.kind, c.title_json, c.status, c.client_id, c.admin_id, c.created_by,
  c.is_auto_created, c.created_at, c.updated_at, c.ordinal, c.last_message_id, c.member_count,
  CASE WHEN c.member_count <= 2 THEN
    (SELECT coalesce(json_agg(p.user_id ORDER BY p.since), '[]')::text FROM members p
     WHERE p.conversation_id = c.id AND p.is_member = 1)
  END AS pair_json`;
const memberColumns = `m.user_id, m.role, m.is_member, m.is_barred, m.is_joined, m.since, m.read_cursor,
  m.read_ordinal, m.read_own, m.own_count`;
/** Pages run on (updatedAt, id): times alone may be equal. */
const pageOrder = '(c.updated_at, c.id) < ($1, $2) ORDER BY c.updated_at DESC, c.id DESC LIMIT $3';
const lastBody = 'e.body AS last_body';
const joinLast = 'LEFT JOIN entries e ON e.position = c.last_message_id AND c.last_message_id > 0';
/** Messages of others behind the cursor that were deleted: they count as messages still, and nobody has to read them. */
const deletedUnread = `(SELECT count(*) FROM entries d WHERE d.conversation_id = m.conversation_id AND d.deleted_at IS NOT NULL
  AND d.position > m.read_cursor AND d.sender_id <> m.user_id)`;
/** What a member's own list shows beside the conversation. */
const ownColumns = `s.is_archived, s.is_muted, ${deletedUnread} AS deleted_unread, ${lastBody}, peer.user_id AS peer_id, peer.user_json AS peer_json`;
const joinOwn = `LEFT JOIN member_settings s ON s.user_id = m.user_id AND s.conversation_id = c.id ${joinLast}
  LEFT JOIN LATERAL (
    SELECT p.user_id, u.user_json FROM members p LEFT JOIN users u ON u.id = p.user_id
    WHERE c.kind = 'direct' AND p.conversation_id = c.id AND p.user_id <> m.user_id
    ORDER BY p.is_member DESC, p.since DESC LIMIT 1
  ) peer ON true`;

const selectConversation: Statement = {
  name: 'conversation',
  text: `SELECT h.position AS head, ${conversationColumns} FROM newest_head h LEFT JOIN conversations c ON c.id = $1`,
};
const selectMember: Statement = {
  name: 'member',
  text: `SELECT h.position AS head, ${memberColumns} FROM newest_head h
    LEFT JOIN members m ON m.conversation_id = $1 AND m.user_id = $2`,
};
const selectMembers: Statement = {
  name: 'members',
  text: `SELECT ${memberColumns}, u.user_json FROM members m LEFT JOIN users u ON u.id = m.user_id
    WHERE m.conversation_id = $1 AND m.is_member = 1 AND m.since > $2::bigint ORDER BY m.since LIMIT $3`,
};
const selectMemberships: Statement = {
  name: 'memberships',
  text: `SELECT h.position AS head, m.user_id, m.conversation_id, m.since FROM newest_head h
    LEFT JOIN members m ON m.user_id = ANY ($1::text[]) AND m.is_member = 1 ORDER BY m.since`,
};
const listAll: Statement = {
  name: 'all-conversations',
  text: `SELECT ${conversationColumns}, ${lastBody} FROM conversations c ${joinLast}
    WHERE ($4::text IS NULL OR c.kind = $4) AND ${pageOrder}`,
};
const listOfUser: Statement = {
  name: 'conversations-of-user',
  // Found by their member first: by activity, PostgreSQL may walk past everybody else's conversations. And the page before
  // anything is looked up for its rows: a user may have thousands of conversations.
  text: `WITH own AS MATERIALIZED (SELECT * FROM members WHERE user_id = $5 AND is_member = 1),
    page AS MATERIALIZED (
      SELECT c.id AS page_id FROM own o JOIN conversations c ON c.id = o.conversation_id
      LEFT JOIN member_settings s ON s.user_id = o.user_id AND s.conversation_id = c.id
      WHERE ($4::text IS NULL OR c.kind = $4) AND ($6::int IS NULL OR coalesce(s.is_archived, 0) = $6) AND ${pageOrder}
    )
    SELECT ${conversationColumns}, ${memberColumns}, ${ownColumns}
    FROM page JOIN own m ON m.conversation_id = page_id JOIN conversations c ON c.id = page_id ${joinOwn}
    ORDER BY c.updated_at DESC, c.id DESC`,
};
const selectView: Statement = {
  name: 'conversation-view',
  text: `SELECT ${conversationColumns}, ${memberColumns}, ${ownColumns} FROM conversations c
    LEFT JOIN members m ON m.conversation_id = c.id AND m.user_id = $2 AND m.is_member = 1 ${joinOwn} WHERE c.id = $1`,
};
const selectUnread: Statement = {
  name: 'unread-totals',
  text: `SELECT coalesce(sum(unread), 0) AS messages, count(*) FILTER (WHERE unread > 0) AS conversations FROM (
      SELECT c.ordinal - m.read_ordinal - (m.own_count - m.read_own) - ${deletedUnread} AS unread
      FROM members m JOIN conversations c ON c.id = m.conversation_id
      LEFT JOIN member_settings s ON s.user_id = m.user_id AND s.conversation_id = m.conversation_id
      WHERE m.user_id = $1 AND m.is_member = 1 AND s.user_id IS NULL
    ) counted`,
};
const listSupport: Statement = {
  name: 'support-chats',
  text: `SELECT ${conversationColumns}, ${lastBody}, q.since AS queued_since
    FROM support_chats q JOIN conversations c ON c.id = q.conversation_id ${joinLast}
    WHERE q.status = $1 AND (q.since, q.conversation_id) > ($2::bigint, $3) AND NOT EXISTS (
      SELECT FROM members b WHERE b.conversation_id = q.conversation_id AND b.user_id = $4 AND b.is_barred = 1)
    ORDER BY q.since, q.conversation_id LIMIT $5`,
};
const selectAcquaintances: Statement = {
  name: 'acquaintances',
  text: `SELECT asked.id FROM unnest($1::text[]) AS asked (id) WHERE EXISTS (
      SELECT FROM members a JOIN members b ON b.conversation_id = a.conversation_id
      WHERE a.user_id = asked.id COLLATE "C" AND a.is_member = 1 AND b.user_id = $2 AND b.is_member = 1)`,
};

/** The driver's questions about conversations and who is in them. An id that cannot be stored is nobody's. */
export function conversationReader(ask: Ask) {
  const askOne = async (statement: Statement, ...ids: string[]): Promise<Row | undefined> =>
    (await ask(statement, ids.map(nobodyUnlessStorable)))[0];

  return {
    async loadConversation(id: ConversationId): Promise<Snapshot<Conversation | undefined>> {
      const row = await askOne(selectConversation, id);
      return { position: Number(row?.head), value: row && row.id !== null ? toConversation(row) : undefined };
    },

    async loadMember(conversationId: ConversationId, userId: UserId): Promise<Snapshot<Member | 'barred' | undefined>> {
      const row = await askOne(selectMember, conversationId, userId);
      const position = Number(row?.head);
      if (row?.is_member === 1) return { position, value: toMember(row) };
      return { position, value: row?.is_barred === 1 ? 'barred' : undefined };
    },

    async listMembers(
      conversationId: ConversationId,
      { limit, after = 0 }: { readonly limit: number; readonly after?: Position },
    ): Promise<{
      readonly members: readonly { readonly member: Member; readonly user: User }[];
      readonly hasMore: boolean;
    }> {
      const wanted = Math.max(0, limit);
      const rows = await ask(selectMembers, [nobodyUnlessStorable(conversationId), after, wanted + 1]);
      const members = rows.slice(0, wanted).map((row) => ({ member: toMember(row), user: toUser(row) }));
      return { members, hasMore: rows.length > wanted };
    },

    async loadMemberships(userIds: readonly UserId[]): Promise<Snapshot<ReadonlyMap<UserId, readonly Membership[]>>> {
      const rows = await ask(selectMemberships, [userIds.filter(isStorable)]);
      const byUser = new Map<UserId, Membership[]>();
      for (const userId of userIds) byUser.set(userId, []);
      for (const { user_id, conversation_id, since } of rows) {
        byUser.get(String(user_id))?.push({ conversationId: String(conversation_id), since: Number(since) });
      }
      return { position: Number(rows[0]?.head), value: byUser };
    },

    async listConversations(
      userId: UserId | undefined,
      { limit, before, kind, isArchived }: Page,
    ): Promise<{ readonly views: readonly ConversationView[]; readonly hasMore: boolean }> {
      const wanted = Math.max(0, limit);
      const from = [before?.updatedAt ?? Number.MAX_SAFE_INTEGER, nobodyUnlessStorable(before?.id ?? '')] as const;
      const page = [...from, wanted + 1, kind ?? null] as const;
      const archived = isArchived === undefined ? null : Number(isArchived);
      const rows =
        userId === undefined
          ? await ask(listAll, page)
          : await ask(listOfUser, [...page, nobodyUnlessStorable(userId), archived]);
      const views = rows.slice(0, wanted).map((row) => toView(row, userId === undefined ? undefined : row));
      return { views, hasMore: rows.length > wanted };
    },

    async viewConversation(id: ConversationId, userId: UserId | undefined): Promise<ConversationView | undefined> {
      const row = await askOne(selectView, id, userId ?? '');
      return row && toView(row, row.user_id === null ? undefined : row);
    },

    async countUnread(userId: UserId): Promise<UnreadTotals> {
      const [row] = await ask(selectUnread, [nobodyUnlessStorable(userId)]);
      return { messages: Number(row?.messages ?? 0), conversations: Number(row?.conversations ?? 0) };
    },

    async listSupportChats({ status, viewerId, limit, after }: Parameters<Store['listSupportChats']>[0]) {
      const wanted = Math.max(0, limit);
      const from = [after?.since ?? -1, after === undefined ? '' : nobodyUnlessStorable(after.id)] as const;
      const viewer = viewerId === undefined ? null : nobodyUnlessStorable(viewerId);
      const rows = await ask(listSupport, [status, ...from, viewer, wanted + 1]);
      const chats = rows
        .slice(0, wanted)
        .map((row) => ({ view: toView(row, undefined), since: Number(row.queued_since) }));
      return { chats, hasMore: rows.length > wanted };
    },

    async findAcquaintances(userId: UserId, others: readonly UserId[]): Promise<ReadonlySet<UserId>> {
      const rows = await ask(selectAcquaintances, [others.filter(isStorable), nobodyUnlessStorable(userId)]);
      return new Set(rows.map((row) => String(row.id)));
    },
  };
}

const nobodyUnlessStorable = (id: string): string => (isStorable(id) ? id : '');
