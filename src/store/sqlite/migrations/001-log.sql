-- The log, and the tables that answer questions about it. JSON is kept as text, escaped by JSON.stringify, so that every
-- string survives (NUL, lone surrogates); columns beside it are what SQL itself searches, compares or adds up.

-- One row. `epoch` names this history, `secret` signs what clients carry of it: both are made with the file.
CREATE TABLE log_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  position INTEGER NOT NULL,
  epoch TEXT NOT NULL,
  secret TEXT NOT NULL
) STRICT;
INSERT INTO log_head (id, position, epoch, secret)
VALUES (1, 0, lower(hex(randomblob(16))), lower(hex(randomblob(32))));

CREATE TABLE entries (
  position INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  -- The topic: one of the two.
  conversation_id TEXT,
  user_id TEXT,
  -- 1: `body` is the message without id and ordinal. 0: `body` is the whole event.
  is_message INTEGER NOT NULL,
  -- Of keyed events; the newest of a key is the only one.
  key TEXT,
  -- Of messages only: their number in the conversation, and among those of their sender there.
  ordinal INTEGER,
  sender_id TEXT,
  sender_ordinal INTEGER,
  client_message_id TEXT,
  -- When somebody else than the sender did it.
  actor_id TEXT,
  body TEXT NOT NULL
) STRICT;
-- Every index ends in the position, since that is the row id: one index serves history (is_message = 1) and the topic's
-- other entries, each in order.
CREATE INDEX entries_of_conversation ON entries (conversation_id, is_message) WHERE conversation_id IS NOT NULL;
CREATE INDEX entries_of_user ON entries (user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX entries_by_key ON entries (key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX entries_by_client_message_id ON entries (conversation_id, sender_id, client_message_id)
  WHERE client_message_id IS NOT NULL;

CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  title_json TEXT,
  status TEXT,
  client_id TEXT,
  admin_id TEXT,
  created_by TEXT,
  is_auto_created INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  last_message_id INTEGER NOT NULL,
  member_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_by_activity ON conversations (updated_at, id);

-- A row stays when a member goes: it remembers the bar, the cursor, and how much was said.
CREATE TABLE members (
  conversation_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,
  is_member INTEGER NOT NULL,
  is_barred INTEGER NOT NULL,
  is_joined INTEGER NOT NULL,
  since INTEGER NOT NULL,
  -- The cursor, the ordinal of its message, and how many of the user's own messages are not after it.
  read_cursor INTEGER NOT NULL,
  read_ordinal INTEGER NOT NULL,
  read_own INTEGER NOT NULL,
  -- How many messages the user has sent here. Unread: (ordinal - read_ordinal) - (own_count - read_own).
  own_count INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_conversation ON members (conversation_id, since) WHERE is_member = 1;
CREATE INDEX members_of_user ON members (user_id, since) WHERE is_member = 1;

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  user_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revocations (
  user_id TEXT PRIMARY KEY,
  revoked_at_seconds INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The notification itself is the body of its entry.
CREATE TABLE notifications (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL,
  is_read INTEGER NOT NULL
) STRICT;
CREATE INDEX notifications_of_user ON notifications (user_id);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  session_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE files (
  id TEXT PRIMARY KEY,
  file_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
