-- What becomes of messages after they were said.

-- The row of a deleted message stays, with its content taken out of the body: it is counted, and keeps its place.
ALTER TABLE entries ADD COLUMN deleted_at bigint;
-- The message that this one answers, and quotes.
ALTER TABLE entries ADD COLUMN reply_to_id bigint;

-- PostgreSQL reads no JSON with NUL or half a character in it, not even past it. Masked, each such escape is text like
-- any other: `\\` becomes `\\b`, and `\u` becomes `\\u`.
CREATE FUNCTION masked(body text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT replace(regexp_replace(body, '\\(\\|u)', '\\\\\1', 'g'), '\\\', '\\b')
$$;
CREATE FUNCTION unmasked(body text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT replace(replace(body, '\\u', '\u'), '\\b', '\\')
$$;

-- A masked object with some fields set to others; those that are set to null are gone.
CREATE FUNCTION with_fields(object json, changes json) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
  SELECT ('{' || coalesce(string_agg(to_json(f.key)::text || ':' || f.value::text, ',' ORDER BY f.nth), '') || '}')::json
  FROM (
    SELECT o.key, o.value, o.nth FROM json_each(object) WITH ORDINALITY AS o (key, value, nth)
    WHERE NOT EXISTS (SELECT FROM json_object_keys(changes) AS k (key) WHERE k.key = o.key)
    UNION ALL
    SELECT c.key, c.value, 1000 + c.nth FROM json_each(changes) WITH ORDINALITY AS c (key, value, nth)
    WHERE json_typeof(c.value) <> 'null'
  ) f
$$;

UPDATE entries SET reply_to_id = (masked(body)::json->>'replyToId')::bigint
WHERE is_message = 1 AND strpos(body, '"replyToId":') > 0;
CREATE INDEX entries_deleted ON entries (conversation_id, position) WHERE deleted_at IS NOT NULL;
CREATE INDEX entries_by_reply ON entries (reply_to_id) WHERE reply_to_id IS NOT NULL;

-- The reactions of a masked message, one row for each user and emoji, both as masked JSON texts.
CREATE FUNCTION reactions_of(message json) RETURNS TABLE (emoji text, nth bigint, user_id text, user_nth bigint)
LANGUAGE sql IMMUTABLE AS $$
  SELECT (r.value->'emoji')::text, r.nth, u.value::text, u.nth
  FROM json_array_elements(message->'reactions') WITH ORDINALITY AS r (value, nth),
    json_array_elements(r.value->'userIds') WITH ORDINALITY AS u (value, nth)
$$;

-- Changes the row of a message, and those of messages that quote it.
CREATE FUNCTION revise_message(draft json, at_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  type text := draft->>'type';
  target bigint := (draft->>'message_id')::bigint;
  message json;
  emoji_json text := masked(to_json(draft->>'emoji')::text);
  reactor_json text := masked(to_json(draft->>'reactor_id')::text);
  reactions json;
BEGIN
  SELECT masked(e.body)::json INTO message FROM entries e
  WHERE e.position = target AND e.conversation_id = draft->>'conversation_id' AND e.is_message = 1;
  IF message IS NULL THEN RAISE EXCEPTION 'The message does not exist; a precondition must say so.'; END IF;

  CASE type
    WHEN 'MessageEdited' THEN
      UPDATE entries SET body = unmasked(with_fields(message, masked(draft->>'changes')::json)::text)
      WHERE position = target;
      UPDATE entries SET body = unmasked(
        with_fields(masked(body)::json, ('{"replyTo":' || masked(draft->>'quote') || '}')::json)::text)
      WHERE reply_to_id = target AND deleted_at IS NULL;
    WHEN 'MessageDeleted' THEN
      -- Who said something here and when, and what keeps repeating it harmless.
      UPDATE entries SET deleted_at = at_ms, body = unmasked(with_fields(message, json_build_object(
        'text', '', 'contentType', null, 'attachment', null, 'replyTo', null, 'metadata', null, 'reactions', null,
        'editedAt', null, 'deletedAt', at_ms))::text)
      WHERE position = target;
      UPDATE entries SET body = unmasked(with_fields(masked(body)::json, '{"replyTo":null}')::text)
      WHERE reply_to_id = target AND deleted_at IS NULL;
    ELSE
      SELECT json_build_object('reactions', json_agg(
        json_build_object('emoji', one.emoji::json, 'userIds', one.user_ids) ORDER BY one.nth)) INTO reactions
      FROM (
        SELECT r.emoji, min(r.nth) AS nth, json_agg(r.user_id::json ORDER BY r.user_nth) AS user_ids
        FROM (
          SELECT * FROM reactions_of(message) o WHERE (o.emoji, o.user_id) <> (emoji_json, reactor_json)
          UNION ALL
          SELECT emoji_json, 1000000, reactor_json, 1000000 WHERE type = 'MessageReacted'
        ) r
        GROUP BY r.emoji
      ) one;
      UPDATE entries SET body = unmasked(with_fields(message, reactions)::text) WHERE position = target;
  END CASE;
END $$;

CREATE OR REPLACE FUNCTION write_message(draft json, at_ms bigint, place bigint) RETURNS bigint
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
    actor_id, reply_to_id, body)
  VALUES (place, at_ms, conversation, 1, number, sender, own, draft->>'client_message_id', draft->>'actor_id',
    (draft->>'reply_to_id')::bigint, draft->>'body');
  RETURN number;
END $$;

CREATE OR REPLACE FUNCTION first_broken(expects json) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
  expected record;
  conversation conversations;
  member members;
  holds boolean;
  message json;
  nth integer := 0;
BEGIN
  FOR expected IN
    SELECT * FROM json_to_recordset(expects) AS e (
      "is" text, conversation_id text, user_id text, status text, compares_admin boolean, admin_id text,
      member_count bigint, even_if_barred boolean, joined boolean, message_id bigint, compares_edited boolean,
      edited_at bigint, emoji text, is_set boolean, below bigint
    )
  LOOP
    IF expected.is IN ('conversationAbsent', 'conversationAs') THEN
      SELECT * INTO conversation FROM conversations WHERE id = expected.conversation_id;
    ELSIF expected.is IN ('messageAs', 'reaction') THEN
      SELECT masked(e.body)::json INTO message FROM entries e
      WHERE e.position = expected.message_id AND e.conversation_id = expected.conversation_id AND e.is_message = 1
        AND e.deleted_at IS NULL;
    ELSIF expected.is <> 'message' THEN
      SELECT * INTO member FROM members
      WHERE conversation_id = expected.conversation_id AND user_id = expected.user_id;
    END IF;

    CASE expected.is
      WHEN 'conversationAbsent' THEN
        holds := conversation.id IS NULL;
      WHEN 'conversationAs' THEN
        holds := conversation.id IS NOT NULL
          AND (expected.status IS NULL OR expected.status IS NOT DISTINCT FROM conversation.status)
          AND (expected.compares_admin IS NULL OR expected.admin_id IS NOT DISTINCT FROM conversation.admin_id)
          AND (expected.member_count IS NULL OR expected.member_count = conversation.member_count);
      WHEN 'member' THEN
        holds := coalesce(member.is_member, 0) = 1;
      WHEN 'noMember' THEN
        holds := coalesce(member.is_member, 0) = 0 AND (expected.even_if_barred OR coalesce(member.is_barred, 0) = 0);
      WHEN 'joined' THEN
        holds := (coalesce(member.is_joined, 0) = 1) = expected.joined;
      WHEN 'message' THEN
        holds := EXISTS (
          SELECT FROM entries e WHERE e.position = expected.message_id
            AND e.conversation_id = expected.conversation_id AND e.is_message = 1
        );
      WHEN 'messageAs' THEN
        holds := message IS NOT NULL AND (expected.compares_edited IS NULL
          OR expected.edited_at IS NOT DISTINCT FROM (message->>'editedAt')::bigint);
      WHEN 'reaction' THEN
        holds := message IS NOT NULL
          AND expected.is_set = EXISTS (
            SELECT FROM reactions_of(message) r WHERE r.emoji = masked(to_json(expected.emoji)::text)
              AND r.user_id = masked(to_json(expected.user_id)::text))
          AND (expected.below IS NULL OR (SELECT count(*) FROM reactions_of(message)) < expected.below);
    END CASE;
    IF NOT holds THEN RETURN nth; END IF;
    nth := nth + 1;
  END LOOP;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION append_item(item json, INOUT head bigint, OUT result text)
LANGUAGE plpgsql AS $$
DECLARE
  at_ms bigint := (item->>'at')::bigint;
  draft json;
  broken integer;
  done text[] := '{}';
  marked bigint[];
  mark record;
BEGIN
  -- Before everything else: a repeat is answered even where the sender may not send any more.
  SELECT '{"repeatOf":{"id":' || e.position || ',"ordinal":' || e.ordinal || ',' || substr(e.body, 2) || ',"head":' || head || '}'
  INTO result
  FROM json_to_recordset(item->'drafts') AS d (conversation_id text, sender_id text, client_message_id text)
  JOIN entries e ON e.conversation_id = d.conversation_id AND e.sender_id = d.sender_id
    AND e.client_message_id = d.client_message_id
  LIMIT 1;
  IF result IS NOT NULL THEN RETURN; END IF;
  broken := first_broken(item->'expects');
  IF broken IS NOT NULL THEN
    result := '{"broken":' || broken || ',"head":' || head || '}';
    RETURN;
  END IF;

  FOR draft IN SELECT value FROM json_array_elements(item->'drafts') LOOP
    CASE draft->>'type'
      WHEN 'ReadCursorMoved' THEN
        SELECT * INTO mark FROM move_read_cursor(draft, at_ms, head + 1);
        marked := coalesce(marked, '{}') || mark.marked;
        done := done || coalesce(mark.move::text, '0');
        IF mark.move IS NOT NULL THEN head := head + 1; END IF;
      WHEN 'MessageSent' THEN
        head := head + 1;
        done := done || ('[' || head || ',' || write_message(draft, at_ms, head) || ']');
      ELSE
        head := head + 1;
        IF draft->>'type' IN ('MessageEdited', 'MessageDeleted', 'MessageReacted', 'MessageUnreacted') THEN
          PERFORM revise_message(draft, at_ms);
        END IF;
        PERFORM write_event(draft, at_ms, head);
        done := done || head::text;
    END CASE;
  END LOOP;

  IF item->>'session_id' IS NOT NULL THEN
    INSERT INTO sessions (id, user_id, saved_at, session_json)
    VALUES (item->>'session_id', item->>'session_user_id', at_ms, item->>'session_json')
    ON CONFLICT (id) DO UPDATE
    SET user_id = excluded.user_id, saved_at = excluded.saved_at, session_json = excluded.session_json;
  END IF;
  IF item->>'file_id' IS NOT NULL THEN
    INSERT INTO files (id, file_json) VALUES (item->>'file_id', item->>'file_json')
    ON CONFLICT (id) DO UPDATE SET file_json = excluded.file_json;
  END IF;
  result := '{"done":[' || array_to_string(done, ',') || ']'
    || coalesce(',"marked":' || to_json(marked)::text, '') || '}';
END $$;
