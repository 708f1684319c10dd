-- What users and the host keep about conversations and each other.

-- Only where something differs from how a conversation is kept by default.
CREATE TABLE member_settings (
  conversation_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  is_archived INTEGER NOT NULL,
  is_muted INTEGER NOT NULL,
  PRIMARY KEY (user_id, conversation_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocks (
  user_id TEXT NOT NULL,
  blocked_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user_id, blocked_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE bans (
  user_id TEXT PRIMARY KEY,
  ban_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Since when a support chat has had its status: the queue runs on it.
CREATE TABLE support_chats (
  conversation_id TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX support_chats_by_status ON support_chats (status, since, conversation_id);
INSERT INTO support_chats (conversation_id, status, since)
SELECT id, status, created_at FROM conversations WHERE kind = 'support' AND status IS NOT NULL;

CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE is_read = 0;

-- When users were seen last; no part of the log.
CREATE TABLE last_seen (
  user_id TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
