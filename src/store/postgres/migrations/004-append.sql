-- A run of items that are one message each: judged and written all together. None of them changes what the others stand
-- on, and no two of them bear the same clientMessageId. Results are JSON texts with commas between.
CREATE FUNCTION append_messages(run json, INOUT head bigint, OUT results text)
LANGUAGE plpgsql AS $$
DECLARE
  is_complete boolean;
BEGIN
  WITH asked AS MATERIALIZED (
    SELECT i.*, repeated.message AS repeat_of,
      CASE WHEN repeated.message IS NULL THEN first_broken(i.expects) END AS broken
    FROM ROWS FROM (
      json_to_recordset(run) AS (
        at bigint, conversation_id text, sender_id text, client_message_id text, actor_id text, body text, expects json)
    ) WITH ORDINALITY AS i (at, conversation_id, sender_id, client_message_id, actor_id, body, expects, nth)
    LEFT JOIN LATERAL (
      SELECT '{"id":' || e.position || ',"ordinal":' || e.ordinal || ',' || substr(e.body, 2) AS message
      FROM entries e
      WHERE e.conversation_id = i.conversation_id AND e.sender_id = i.sender_id
        AND e.client_message_id = i.client_message_id
    ) repeated ON true
  ), judged AS MATERIALIZED (
    SELECT *, repeat_of IS NULL AND broken IS NULL AS is_written,
      head + count(*) FILTER (WHERE repeat_of IS NULL AND broken IS NULL) OVER (ORDER BY nth) AS place
    FROM asked
  ), placed AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY conversation_id ORDER BY nth) AS nth_there,
      row_number() OVER (PARTITION BY conversation_id, sender_id ORDER BY nth) AS nth_of_sender,
      count(*) OVER (PARTITION BY conversation_id, sender_id) AS count_of_sender
    FROM judged WHERE is_written
  ), counted AS (
    UPDATE conversations c
    SET ordinal = c.ordinal + news.count, last_message_id = news.last, updated_at = greatest(c.updated_at, news.at)
    FROM (
      SELECT conversation_id, count(*) AS count, max(place) AS last, max(at) AS at FROM placed GROUP BY conversation_id
    ) news
    WHERE c.id = news.conversation_id
    RETURNING c.id, c.ordinal - news.count AS ordinal_before
  ), senders AS (
    INSERT INTO members AS m (conversation_id, user_id, own_count)
    SELECT conversation_id, sender_id, count(*) FROM placed GROUP BY conversation_id, sender_id
    ON CONFLICT (conversation_id, user_id) DO UPDATE SET own_count = m.own_count + excluded.own_count
    RETURNING m.conversation_id, m.user_id, m.own_count
  ), numbered AS MATERIALIZED (
    SELECT p.*, c.ordinal_before + p.nth_there AS ordinal,
      s.own_count - p.count_of_sender + p.nth_of_sender AS sender_ordinal
    FROM placed p
    JOIN counted c ON c.id = p.conversation_id
    JOIN senders s ON s.conversation_id = p.conversation_id AND s.user_id = p.sender_id
  ), written AS (
    INSERT INTO entries (position, at, conversation_id, is_message, ordinal, sender_id, sender_ordinal,
      client_message_id, actor_id, body)
    SELECT place, at, conversation_id, 1, ordinal, sender_id, sender_ordinal, client_message_id, actor_id, body
    FROM numbered
  )
  SELECT
    string_agg(
      CASE
        WHEN j.repeat_of IS NOT NULL THEN '{"repeatOf":' || j.repeat_of || ',"head":' || j.place || '}'
        WHEN j.broken IS NOT NULL THEN '{"broken":' || j.broken || ',"head":' || j.place || '}'
        ELSE '{"done":[[' || j.place || ',' || n.ordinal || ']]}'
      END, ',' ORDER BY j.nth),
    max(j.place),
    count(*) FILTER (WHERE j.is_written) = count(n.nth)
  INTO results, head, is_complete
  FROM judged j LEFT JOIN numbered n ON n.nth = j.nth;
  IF NOT is_complete THEN PERFORM refuse_unknown_conversation(); END IF;
END $$;

-- Any other item, draft by draft.
CREATE FUNCTION append_item(item json, INOUT head bigint, OUT result text)
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

-- Steps in their order: a run of messages (an array), or one item.
CREATE FUNCTION append_steps(steps json, INOUT head bigint, OUT results text)
LANGUAGE plpgsql AS $$
DECLARE
  step json;
  answer record;
  answers text[] := '{}';
BEGIN
  FOR step IN SELECT value FROM json_array_elements(steps) LOOP
    IF json_typeof(step) = 'array' THEN
      SELECT * INTO answer FROM append_messages(step, head);
      answers := answers || answer.results;
    ELSE
      SELECT * INTO answer FROM append_item(step, head);
      answers := answers || answer.result;
    END IF;
    head := answer.head;
  END LOOP;
  results := array_to_string(answers, ',');
END $$;

-- One batch, in one statement. The row of the head is locked first: whoever appends next waits here until this batch is
-- committed, so that positions are dense and in commit order however many nodes write. Other nodes are told of the new
-- head with the commit. `is_guarded`: a call that fails for a reason of its own is left out, at the price of a savepoint
-- for each.
CREATE FUNCTION append_batch(calls json, is_guarded boolean, node text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  head_before bigint;
  head bigint;
  call json;
  answer record;
  answers text[] := '{}';
BEGIN
  SELECT position INTO head_before FROM log_head WHERE id = 1 FOR UPDATE;
  head := head_before;
  FOR call IN SELECT value FROM json_array_elements(calls) LOOP
    IF is_guarded THEN
      BEGIN
        SELECT * INTO answer FROM append_steps(call, head);
        head := answer.head;
        answers := answers || ('[' || answer.results || ']');
      EXCEPTION WHEN OTHERS THEN
        -- No resources, no connection, stopped, in somebody's way: that would hit every call.
        IF left(SQLSTATE, 2) IN ('08', '25', '40', '53', '55', '57', '58', 'XX') THEN RAISE; END IF;
        answers := answers || json_build_object('failed', SQLERRM)::text;
      END;
    ELSE
      SELECT * INTO answer FROM append_steps(call, head);
      head := answer.head;
      answers := answers || ('[' || answer.results || ']');
    END IF;
  END LOOP;
  IF head > head_before THEN
    UPDATE log_head SET position = head WHERE id = 1;
    PERFORM pg_notify('parlance_head', head || ' ' || node);
  END IF;
  RETURN '[' || array_to_string(answers, ',') || ']';
END $$;
