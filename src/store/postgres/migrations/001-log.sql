-- The log, and the tables that answer questions about it. JSON is kept as text, escaped by JSON.stringify, so that every
-- string survives (NUL, lone surrogates); columns beside it are what SQL itself searches, compares or adds up. Ids are
-- compared byte by byte, whatever the locale of the database.

-- One row, locked by whoever appends. `epoch` names this history, `secret` signs what clients carry of it.
CREATE TABLE log_head (
  id smallint PRIMARY KEY CHECK (id = 1),
  position bigint NOT NULL,
  epoch text NOT NULL,
  secret text NOT NULL
) WITH (fillfactor = 10);
INSERT INTO log_head (id, position, epoch, secret)
VALUES (
  1, 0, replace(gen_random_uuid()::text, '-', ''),
  replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
);
-- Else planners take it for a table of hundreds of rows, and plan for those.
ANALYZE log_head;

CREATE TABLE entries (
  position bigint PRIMARY KEY,
  at bigint NOT NULL,
  -- The topic: one of the two.
  conversation_id text COLLATE "C",
  user_id text COLLATE "C",
  -- 1: `body` is the message without id and ordinal. 0: `body` is the whole event.
  is_message smallint NOT NULL,
  -- Of keyed events; the newest of a key is the only one.
  key text COLLATE "C",
  -- Of messages only: their number in the conversation, and among those of their sender there.
  ordinal bigint,
  sender_id text COLLATE "C",
  sender_ordinal bigint,
  client_message_id text COLLATE "C",
  -- When somebody else than the sender did it.
  actor_id text COLLATE "C",
  body text NOT NULL
);
-- Serves history (is_message = 1) and the topic's other entries, each in order. Searched by row comparison only: with an
-- equation PostgreSQL may walk the primary key instead, past everybody else's entries.
CREATE INDEX entries_of_conversation ON entries (conversation_id, is_message, position);
CREATE INDEX entries_of_user ON entries (user_id, position) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX entries_by_key ON entries (key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX entries_by_client_message_id ON entries (conversation_id, sender_id, client_message_id)
  WHERE client_message_id IS NOT NULL;

CREATE TABLE conversations (
  id text COLLATE "C" PRIMARY KEY,
  kind text NOT NULL,
  title_json text,
  status text,
  client_id text COLLATE "C",
  admin_id text COLLATE "C",
  created_by text COLLATE "C",
  is_auto_created smallint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  ordinal bigint NOT NULL,
  last_message_id bigint NOT NULL,
  member_count bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX conversations_by_activity ON conversations (updated_at, id);

-- A row stays when a member goes: it remembers the bar, the cursor, and how much was said.
CREATE TABLE members (
  conversation_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  role text NOT NULL DEFAULT 'member',
  is_member smallint NOT NULL DEFAULT 0,
  is_barred smallint NOT NULL DEFAULT 0,
  is_joined smallint NOT NULL DEFAULT 0,
  since bigint NOT NULL DEFAULT 0,
  -- The cursor, the ordinal of its message, and how many of the user's own messages are not after it.
  read_cursor bigint NOT NULL DEFAULT 0,
  read_ordinal bigint NOT NULL DEFAULT 0,
  read_own bigint NOT NULL DEFAULT 0,
  -- How many messages the user has sent here. Unread: (ordinal - read_ordinal) - (own_count - read_own).
  own_count bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation_id, user_id)
) WITH (fillfactor = 70);
CREATE INDEX members_of_conversation ON members (conversation_id, since) WHERE is_member = 1;
CREATE INDEX members_of_user ON members (user_id, since) WHERE is_member = 1;

CREATE TABLE users (
  id text COLLATE "C" PRIMARY KEY,
  user_json text NOT NULL
);

CREATE TABLE revocations (
  user_id text COLLATE "C" PRIMARY KEY,
  revoked_at_seconds bigint NOT NULL
);

-- The notification itself is the body of its entry.
CREATE TABLE notifications (
  id bigint PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  is_read smallint NOT NULL
);
CREATE INDEX notifications_of_user ON notifications (user_id, id);

CREATE TABLE sessions (
  id text COLLATE "C" PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  saved_at bigint NOT NULL,
  session_json text NOT NULL
);

CREATE TABLE files (
  id text COLLATE "C" PRIMARY KEY,
  file_json text NOT NULL
);
