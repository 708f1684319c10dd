-- What one draft writes: its entry, and what it changes in the tables.

CREATE FUNCTION refuse_unknown_conversation() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The conversation does not exist; a precondition must say so.';
END $$;

-- A message on its own; runs of them are written all at once. Answers its ordinal.
CREATE FUNCTION write_message(draft json, at_ms bigint, place bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  conversation text := draft->>'conversation_id';
  sender text := draft->>'sender_id';
  number bigint;
  own bigint;
BEGIN
  UPDATE conversations
  SET ordinal = ordinal + 1, last_message_id = place, updated_at = greatest(updated_at, at_ms)
  WHERE id = conversation RETURNING ordinal INTO number;
  IF number IS NULL THEN PERFORM refuse_unknown_conversation(); END IF;
  INSERT INTO members AS m (conversation_id, user_id, own_count) VALUES (conversation, sender, 1)
  ON CONFLICT (conversation_id, user_id) DO UPDATE SET own_count = m.own_count + 1
  RETURNING own_count INTO own;
  INSERT INTO entries (position, at, conversation_id, is_message, ordinal, sender_id, sender_ordinal, client_message_id,
    actor_id, body)
  VALUES (place, at_ms, conversation, 1, number, sender, own, draft->>'client_message_id', draft->>'actor_id',
    draft->>'body');
  RETURN number;
END $$;

-- Moves a read cursor: forward only, over the messages that are there now. Without a move no position is taken, and
-- `move` is null.
CREATE FUNCTION move_read_cursor(draft json, at_ms bigint, place bigint, OUT marked bigint[], OUT move json)
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
        WHERE (e.conversation_id, e.is_message, e.position) > (conversation.id, 1, since)
          AND (e.conversation_id, e.is_message, e.position) <= (conversation.id, 1, upto)
          AND e.sender_id <> draft->>'user_id'
        ORDER BY e.conversation_id DESC, e.is_message DESC, e.position DESC LIMIT ids_limit
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
      WHERE (e.conversation_id, e.is_message, e.position) > (conversation.id, 1, since)
        AND (e.conversation_id, e.is_message, e.position) <= (conversation.id, 1, upto)
        AND e.sender_id = member.user_id
      ORDER BY e.conversation_id DESC, e.is_message DESC, e.position DESC LIMIT 1;
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

-- Every other event.
CREATE FUNCTION write_event(draft json, at_ms bigint, place bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  type text := draft->>'type';
  conversation text := draft->>'conversation_id';
  member text := draft->>'member_id';
  keyed text := draft->>'key';
  body text := draft->>'body';
  was_member bigint;
BEGIN
  CASE type
    WHEN 'ConversationCreated' THEN
      -- Members and messages are counted as they come, whatever the event foresees.
      INSERT INTO conversations (id, kind, title_json, status, client_id, admin_id, created_by, is_auto_created,
        created_at, updated_at, ordinal, last_message_id, member_count)
      VALUES (conversation, draft->>'kind', draft->>'title_json', draft->>'status', draft->>'client_id',
        draft->>'admin_id', draft->>'created_by', (draft->>'is_auto_created')::smallint,
        (draft->>'created_at')::bigint, (draft->>'updated_at')::bigint, 0, 0, 0);
    WHEN 'ConversationChanged' THEN
      UPDATE conversations
      SET title_json = coalesce(draft->>'title_json', title_json), updated_at = greatest(updated_at, at_ms)
      WHERE id = conversation;
      IF NOT FOUND THEN PERFORM refuse_unknown_conversation(); END IF;
    WHEN 'StatusChanged' THEN
      UPDATE conversations
      SET status = draft->>'status', client_id = draft->>'client_id',
        admin_id = coalesce(draft->>'admin_id', admin_id), updated_at = greatest(updated_at, at_ms)
      WHERE id = conversation;
      IF NOT FOUND THEN PERFORM refuse_unknown_conversation(); END IF;
    WHEN 'MemberAdded' THEN
      INSERT INTO users (id, user_json) VALUES (member, draft->>'user_json') ON CONFLICT DO NOTHING;
      was_member := coalesce((
        SELECT m.is_member FROM members m WHERE m.conversation_id = conversation AND m.user_id = member), 0);
      UPDATE conversations SET member_count = member_count + 1 - was_member WHERE id = conversation;
      IF NOT FOUND THEN PERFORM refuse_unknown_conversation(); END IF;
      INSERT INTO members AS m (conversation_id, user_id, role, is_member, since)
      VALUES (conversation, member, draft->>'role', 1, place)
      ON CONFLICT (conversation_id, user_id) DO UPDATE
      SET role = excluded.role, is_member = 1, is_barred = 0,
        since = CASE WHEN m.is_member = 1 THEN m.since ELSE excluded.since END;
    WHEN 'MemberRemoved' THEN
      was_member := coalesce((
        SELECT m.is_member FROM members m WHERE m.conversation_id = conversation AND m.user_id = member), 0);
      UPDATE conversations SET member_count = member_count - was_member WHERE id = conversation;
      IF NOT FOUND THEN PERFORM refuse_unknown_conversation(); END IF;
      INSERT INTO members (conversation_id, user_id, is_barred)
      VALUES (conversation, member, (draft->>'is_barred')::smallint)
      ON CONFLICT (conversation_id, user_id)
      DO UPDATE SET is_member = 0, is_joined = 0, is_barred = excluded.is_barred;
    WHEN 'MemberJoined', 'MemberLeft' THEN
      INSERT INTO members (conversation_id, user_id, is_joined)
      VALUES (conversation, member, CASE type WHEN 'MemberJoined' THEN 1 ELSE 0 END)
      ON CONFLICT (conversation_id, user_id) DO UPDATE SET is_joined = excluded.is_joined;
    WHEN 'NotificationCreated' THEN
      INSERT INTO notifications (id, user_id, is_read) VALUES (place, draft->>'user_id', 0);
      -- Only now is its id known: the body came without it.
      body := '{"type":"NotificationCreated","notification":{"id":' || place || ',' || substr(body, 2) || '}';
    WHEN 'NotificationRead' THEN
      UPDATE notifications SET is_read = 1
      WHERE id = (draft->>'notification_id')::bigint AND user_id = draft->>'user_id';
    WHEN 'UserChanged' THEN
      INSERT INTO users (id, user_json) VALUES (draft->>'user_id', draft->>'user_json')
      ON CONFLICT (id) DO UPDATE SET user_json = excluded.user_json;
    WHEN 'UserRevoked' THEN
      INSERT INTO revocations AS r (user_id, revoked_at_seconds)
      VALUES (draft->>'user_id', (draft->>'revoked_at_seconds')::bigint)
      ON CONFLICT (user_id)
      DO UPDATE SET revoked_at_seconds = greatest(r.revoked_at_seconds, excluded.revoked_at_seconds);
  END CASE;
  IF keyed IS NOT NULL THEN DELETE FROM entries WHERE key = keyed; END IF;
  INSERT INTO entries (position, at, conversation_id, user_id, is_message, key, body)
  VALUES (place, at_ms, conversation, draft->>'user_id', 0, keyed, body);
END $$;
