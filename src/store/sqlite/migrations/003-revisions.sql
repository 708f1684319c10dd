-- What becomes of messages after they were said.

-- The row of a deleted message stays, with its content taken out of the body: it is counted, and keeps its place.
ALTER TABLE entries ADD COLUMN deleted_at INTEGER;
-- The message that this one answers, and quotes.
ALTER TABLE entries ADD COLUMN reply_to_id INTEGER;
UPDATE entries SET reply_to_id = json_extract(body, '$.replyToId')
WHERE is_message = 1 AND instr(body, '"replyToId":') > 0;

CREATE INDEX entries_deleted ON entries (conversation_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX entries_by_reply ON entries (reply_to_id) WHERE reply_to_id IS NOT NULL;
