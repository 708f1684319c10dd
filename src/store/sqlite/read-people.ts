import type { DatabaseSync } from 'node:sqlite';
import type { Block } from '../../app/ports.ts';
import type { UserId } from '../../core/model.ts';
import type { Readers } from './readings.ts';

/** The reader's questions about what users and the host keep about each other. */
export function peopleReaders(
  db: DatabaseSync,
): Readers<'loadBans' | 'loadBlocks' | 'loadLastSeen' | 'countUnreadNotifications'> {
  const selectBans = db.prepare('SELECT user_id, ban_json FROM bans');
  const selectBlocks = db.prepare(
    `SELECT user_id, blocked_id, at FROM blocks WHERE user_id IN (SELECT value FROM json_each(?))
     ORDER BY user_id, at, blocked_id`,
  );
  const selectLastSeen = db.prepare(
    'SELECT user_id, at FROM last_seen WHERE user_id IN (SELECT value FROM json_each(?))',
  );
  const countUnread = db.prepare('SELECT count(*) AS count FROM notifications WHERE user_id = ? AND is_read = 0');

  return {
    loadBans: () => JSON.stringify(selectBans.all().map((row) => [row.user_id, JSON.parse(String(row.ban_json))])),
    loadBlocks(userIds) {
      const byUser = new Map<UserId, Block[]>();
      for (const { user_id, blocked_id, at } of selectBlocks.all(JSON.stringify(userIds))) {
        const block = { userId: String(blocked_id), at: Number(at) };
        const blocks = byUser.get(String(user_id));
        if (blocks) blocks.push(block);
        else byUser.set(String(user_id), [block]);
      }
      return JSON.stringify([...byUser]);
    },
    loadLastSeen: (userIds) =>
      JSON.stringify(selectLastSeen.all(JSON.stringify(userIds)).map((row) => [row.user_id, row.at])),
    countUnreadNotifications: (userId) => String(countUnread.get(userId)?.count ?? 0),
  };
}
