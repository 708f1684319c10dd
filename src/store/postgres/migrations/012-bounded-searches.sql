-- Searches of a conversation end at both their ends. Before PostgreSQL 18 a comparison of rows ends a search at its first column
-- only, and an equation lets the planner walk the primary key instead, past everybody else's entries: so the position stands
-- in this index, and in what is to be searched by it, as an expression that no other index has.
DROP INDEX entries_of_conversation;
CREATE INDEX entries_of_conversation ON entries (conversation_id, is_message, (position + 0));

-- Moves a read cursor: forward only, over the messages that are there now. Without a move no position is taken, and
-- `move` is null.
CREATE OR REPLACE FUNCTION move_read_cursor(draft json, at_ms bigint, place bigint, OUT marked bigint[], OUT move json)
LANGUAGE plpgsql AS $$
DECLARE
  what text := draft->>'what';
  conversation conversations;
  member members;
  upto bigint;
  since bigint;
  ids bigint[];
  own bigint;
  number bigint;
  keyed text := draft->>'key';
  previous json;
  ids_limit integer := (draft->>'ids_limit')::integer;
BEGIN
  marked := '{}';
  SELECT * INTO conversation FROM conversations WHERE id = draft->>'conversation_id';
  IF conversation.id IS NULL THEN RETURN; END IF;
  SELECT * INTO member FROM members WHERE conversation_id = conversation.id AND user_id = draft->>'user_id';

  IF what = 'everything' THEN
    upto := conversation.last_message_id;
  ELSE
    SELECT coalesce(array_agg(e.position ORDER BY named.nth), '{}'), coalesce(max(e.position), 0) INTO marked, upto
    FROM json_array_elements_text(draft->'message_ids') WITH ORDINALITY AS named (id, nth)
    JOIN entries e ON e.position = named.id::bigint AND e.conversation_id = conversation.id AND e.is_message = 1;
  END IF;
  since := coalesce(member.read_cursor, 0);
  IF upto <= since THEN RETURN; END IF;

  IF what = 'messages' THEN
    ids := ARRAY(SELECT DISTINCT id FROM unnest(marked) AS id WHERE id > since ORDER BY id);
  ELSE
    ids := ARRAY(
      SELECT id FROM (
        SELECT e.position AS id FROM entries e
        WHERE e.conversation_id = conversation.id AND e.is_message = 1
          AND e.position + 0 > since AND e.position + 0 <= upto
          AND e.sender_id <> draft->>'user_id'
        ORDER BY e.position + 0 DESC LIMIT ids_limit
      ) newest ORDER BY id
    );
  END IF;
  ids := ids[greatest(1, cardinality(ids) - ids_limit + 1):];

  IF upto = conversation.last_message_id THEN
    own := coalesce(member.own_count, 0);
    number := conversation.ordinal;
  ELSE
    SELECT ordinal INTO number FROM entries WHERE position = upto;
    own := coalesce(member.read_own, 0);
    -- Who said nothing since the old cursor is spared the search.
    IF member.own_count > own THEN
      SELECT e.sender_ordinal INTO own FROM entries e
      WHERE e.conversation_id = conversation.id AND e.is_message = 1
        AND e.position + 0 > since AND e.position + 0 <= upto
        AND e.sender_id = member.user_id
      ORDER BY e.position + 0 DESC LIMIT 1;
      own := coalesce(own, member.read_own);
    END IF;
  END IF;
  INSERT INTO members AS m (conversation_id, user_id, read_cursor, read_ordinal, read_own)
  VALUES (conversation.id, draft->>'user_id', upto, number, own)
  ON CONFLICT (conversation_id, user_id)
  DO UPDATE SET read_cursor = excluded.read_cursor, read_ordinal = excluded.read_ordinal, read_own = excluded.read_own;
  move := json_build_object('position', place, 'from', since, 'to', upto, 'messageIds', to_json(ids));

  -- The entry takes the place of its predecessor and speaks for both ranges.
  DELETE FROM entries WHERE key = keyed RETURNING body::json INTO previous;
  IF previous IS NOT NULL THEN
    ids := ARRAY(SELECT json_array_elements_text(previous->'messageIds')::bigint) || ids;
    ids := ids[greatest(1, cardinality(ids) - ids_limit + 1):];
    since := least(since, (previous->>'from')::bigint);
  END IF;
  INSERT INTO entries (position, at, conversation_id, is_message, key, body)
  VALUES (place, at_ms, conversation.id, 0, keyed, json_build_object(
    'type', 'ReadCursorMoved', 'conversationId', conversation.id, 'userId', draft->>'user_id', 'from', since,
    'to', upto, 'messageIds', to_json(ids), 'actorId', draft->>'actor_id')::text);
END $$;
