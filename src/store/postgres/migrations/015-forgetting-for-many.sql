-- Deletes the next few entries of these types that were announced; whether there may be more. The head is locked first, as
-- by whoever appends: the two never wait for each other in a circle. Everybody waits for it meanwhile, so a conversation of many
-- members is walked through once, and what they said themselves is looked up for those alone who said something.
CREATE OR REPLACE FUNCTION forget_some(forgotten text, types text[], page_rows integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  horizon horizons;
  through bigint;
  rows bigint;
BEGIN
  PERFORM lock_head();
  SELECT * INTO horizon FROM horizons WHERE kind = forgotten;
  IF horizon.kind IS NULL OR horizon.reached >= horizon.announced THEN RETURN false; END IF;
  SELECT count(*), max(page.position) INTO rows, through FROM (
    SELECT e.position FROM entries e WHERE e.position > horizon.reached AND e.position <= horizon.announced
    ORDER BY e.position LIMIT page_rows
  ) page;
  IF rows < page_rows THEN through := horizon.announced; END IF;

  IF 'MessageSent' = ANY (types) THEN
    -- What nobody can read any more is unread for nobody. Their own first: by their cursors it shows who has not read the rest.
    UPDATE members m SET read_own = greatest(m.read_own, own.ordinal)
    FROM (
      SELECT e.conversation_id, e.sender_id, max(e.sender_ordinal) AS ordinal,
        max(max(e.position)) OVER (PARTITION BY e.conversation_id) AS newest
      FROM entries e WHERE e.position > horizon.reached AND e.position <= through AND e.is_message = 1
      GROUP BY e.conversation_id, e.sender_id
    ) own
    WHERE m.conversation_id = own.conversation_id AND m.user_id = own.sender_id AND m.read_cursor < own.newest;
    UPDATE members m SET read_cursor = newest.position, read_ordinal = newest.ordinal
    FROM (
      SELECT e.conversation_id, max(e.position) AS position, max(e.ordinal) AS ordinal
      FROM entries e WHERE e.position > horizon.reached AND e.position <= through AND e.is_message = 1
      GROUP BY e.conversation_id
    ) newest
    WHERE m.conversation_id = newest.conversation_id AND m.read_cursor < newest.position;
  END IF;
  IF 'NotificationCreated' = ANY (types) THEN
    DELETE FROM notifications n WHERE n.id > horizon.reached AND n.id <= through;
  END IF;
  DELETE FROM entries e WHERE e.position > horizon.reached AND e.position <= through
    AND CASE e.is_message WHEN 1 THEN 'MessageSent' ELSE masked(e.body)::json->>'type' END = ANY (types);
  UPDATE horizons SET reached = through WHERE kind = forgotten;
  RETURN through < horizon.announced;
END $$;
