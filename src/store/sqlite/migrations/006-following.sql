-- What follows from messages alone (a conversation's newest message and count, how many a member has said, and which entries
-- are a conversation's) is written for many messages at once, some time after they were committed: see `catch-up.ts`.

-- Up to here the tables follow the log. Entries after it are messages, whose rows hold all that is not written yet.
ALTER TABLE log_head ADD COLUMN followed INTEGER NOT NULL DEFAULT 0;
UPDATE log_head SET followed = position;

-- An index, as a table of its own so that it can follow later: one serves history (is_message = 1) and the topic's other
-- entries, each in order.
CREATE TABLE conversation_entries (
  conversation_id TEXT NOT NULL,
  is_message INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, is_message, position)
) STRICT, WITHOUT ROWID;
INSERT INTO conversation_entries (conversation_id, is_message, position)
SELECT conversation_id, is_message, position FROM entries WHERE conversation_id IS NOT NULL
ORDER BY conversation_id, is_message, position;
DROP INDEX entries_of_conversation;

CREATE TRIGGER entries_leave_conversation AFTER DELETE ON entries WHEN old.conversation_id IS NOT NULL
BEGIN
  DELETE FROM conversation_entries
  WHERE conversation_id = old.conversation_id AND is_message = old.is_message AND position = old.position;
END;
