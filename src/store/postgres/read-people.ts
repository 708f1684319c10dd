import type { Block } from '../../app/ports.ts';
import type { Ban, TimeMs, UserId } from '../../core/model.ts';
import type { Statement } from './connection.ts';
import { isStorable } from './drafts.ts';
import type { Ask } from './read-log.ts';

const selectBans: Statement = { name: 'bans', text: 'SELECT user_id, ban_json FROM bans' };
const selectBlocks: Statement = {
  name: 'blocks',
  text: `SELECT user_id, blocked_id, at FROM blocks WHERE user_id = ANY ($1::text[])
    ORDER BY user_id, at, blocked_id`,
};
const selectLastSeen: Statement = {
  name: 'last-seen',
  text: 'SELECT user_id, at FROM last_seen WHERE user_id = ANY ($1::text[])',
};
const saveLastSeen: Statement = {
  name: 'save-last-seen',
  // In one order, so that nodes which save the same users never wait for each other in a circle.
  text: `INSERT INTO last_seen AS l (user_id, at)
    SELECT seen.value->>0, (seen.value->>1)::bigint FROM json_array_elements($1::json) AS seen (value) ORDER BY 1
    ON CONFLICT (user_id) DO UPDATE SET at = greatest(l.at, excluded.at)`,
};
const countUnread: Statement = {
  name: 'unread-notifications',
  text: 'SELECT count(*) AS count FROM notifications WHERE user_id = $1 AND is_read = 0',
};

/** The driver's questions about what users and the host keep about each other. */
export function peopleReader(ask: Ask) {
  return {
    async loadBans(): Promise<ReadonlyMap<UserId, Ban>> {
      const rows = await ask(selectBans, []);
      return new Map(rows.map((row) => [String(row.user_id), JSON.parse(String(row.ban_json)) as Ban]));
    },

    async loadBlocks(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly Block[]>> {
      const byUser = new Map<UserId, Block[]>();
      for (const { user_id, blocked_id, at } of await ask(selectBlocks, [userIds.filter(isStorable)])) {
        const block = { userId: String(blocked_id), at: Number(at) };
        const blocks = byUser.get(String(user_id));
        if (blocks) blocks.push(block);
        else byUser.set(String(user_id), [block]);
      }
      return byUser;
    },

    async loadLastSeen(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, TimeMs>> {
      const rows = await ask(selectLastSeen, [userIds.filter(isStorable)]);
      return new Map(rows.map((row) => [String(row.user_id), Number(row.at)]));
    },

    async saveLastSeen(seen: ReadonlyMap<UserId, TimeMs>): Promise<void> {
      await ask(saveLastSeen, [JSON.stringify([...seen].filter(([userId]) => isStorable(userId)))]);
    },

    async countUnreadNotifications(userId: UserId): Promise<number> {
      const [row] = await ask(countUnread, [isStorable(userId) ? userId : '']);
      return Number(row?.count ?? 0);
    },
  };
}
