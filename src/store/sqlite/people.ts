import type { DatabaseSync } from 'node:sqlite';
import type { LoggedEvent } from '../../core/events.ts';
import type { TimeMs, UserId } from '../../core/model.ts';

/** Writes what events change in the tables about people: settings, blocks, bans, the support queue, what was read. */
export function peopleWriter(db: DatabaseSync): (event: LoggedEvent, at: TimeMs) => void {
  const saveSettings = db.prepare(
    'INSERT OR REPLACE INTO member_settings (conversation_id, user_id, is_archived, is_muted) VALUES (?, ?, ?, ?)',
  );
  const dropSettings = db.prepare('DELETE FROM member_settings WHERE conversation_id = ? AND user_id = ?');
  const block = db.prepare('INSERT OR IGNORE INTO blocks (user_id, blocked_id, at) VALUES (?, ?, ?)');
  const unblock = db.prepare('DELETE FROM blocks WHERE user_id = ? AND blocked_id = ?');
  const ban = db.prepare('INSERT OR REPLACE INTO bans (user_id, ban_json) VALUES (?, ?)');
  const unban = db.prepare('DELETE FROM bans WHERE user_id = ?');
  const queue = db.prepare(
    `INSERT INTO support_chats (conversation_id, status, since) VALUES (?, ?, ?)
     ON CONFLICT (conversation_id) DO UPDATE
     SET since = CASE WHEN status = excluded.status THEN since ELSE excluded.since END, status = excluded.status`,
  );
  const readAll = db.prepare('UPDATE notifications SET is_read = 1 WHERE user_id = ? AND id <= ? AND is_read = 0');

  return (event, at) => {
    switch (event.type) {
      case 'ConversationCreated':
        if (event.conversation.status) queue.run(event.conversation.id, event.conversation.status, at);
        break;
      case 'StatusChanged':
        queue.run(event.conversationId, event.status, at);
        break;
      case 'MemberSettingsChanged': {
        const { conversationId, userId, isArchived, isMuted } = event;
        if (!isArchived && !isMuted) dropSettings.run(conversationId, userId);
        else saveSettings.run(conversationId, userId, isArchived ? 1 : 0, isMuted ? 1 : 0);
        break;
      }
      case 'NotificationsRead':
        readAll.run(event.userId, event.upTo);
        break;
      case 'BlockChanged':
        if (event.isBlocked) block.run(event.userId, event.blockedId, at);
        else unblock.run(event.userId, event.blockedId);
        break;
      case 'BanChanged': {
        const { userId, isBanned, reason, untilMs } = event;
        if (isBanned) ban.run(userId, JSON.stringify({ reason, untilMs }));
        else unban.run(userId);
        break;
      }
    }
  };
}

/** Users and when they were seen last; an earlier time never replaces a later one. */
export type SeenUsers = readonly (readonly [userId: UserId, at: TimeMs])[];

export function lastSeenWriter(db: DatabaseSync): (seen: SeenUsers) => void {
  // `WHERE true`: without it SQLite would read ON as the beginning of a join's condition.
  const save = db.prepare(
    `INSERT INTO last_seen (user_id, at) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
     ON CONFLICT (user_id) DO UPDATE SET at = max(at, excluded.at)`,
  );
  return (seen) => void save.run(JSON.stringify(seen));
}
