-- Up to where entries of a kind may be gone (or will be in a moment), and up to where they are.
CREATE TABLE horizons (
  kind text COLLATE "C" PRIMARY KEY,
  announced bigint NOT NULL,
  reached bigint NOT NULL
);

-- Deletes the next few entries of these types that were announced; whether there may be more. The head is locked first, as
-- by whoever appends: the two never wait for each other in a circle.
CREATE FUNCTION forget_some(forgotten text, types text[], page_rows integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  horizon horizons;
  through bigint;
  rows bigint;
BEGIN
  PERFORM FROM log_head WHERE id = 1 FOR UPDATE;
  SELECT * INTO horizon FROM horizons WHERE kind = forgotten;
  IF horizon.kind IS NULL OR horizon.reached >= horizon.announced THEN RETURN false; END IF;
  SELECT count(*), max(page.position) INTO rows, through FROM (
    SELECT e.position FROM entries e WHERE e.position > horizon.reached AND e.position <= horizon.announced
    ORDER BY e.position LIMIT page_rows
  ) page;
  IF rows < page_rows THEN through := horizon.announced; END IF;

  IF 'MessageSent' = ANY (types) THEN
    -- What nobody can read any more is unread for nobody.
    WITH gone AS MATERIALIZED (
      SELECT e.position, e.conversation_id, e.ordinal, e.sender_id, e.sender_ordinal FROM entries e
      WHERE e.position > horizon.reached AND e.position <= through AND e.is_message = 1
    ), newest AS MATERIALIZED (
      SELECT g.conversation_id, max(g.position) AS position, max(g.ordinal) AS ordinal FROM gone g
      GROUP BY g.conversation_id
    )
    UPDATE members m SET read_cursor = n.position, read_ordinal = n.ordinal, read_own = greatest(m.read_own, coalesce((
      SELECT max(g.sender_ordinal) FROM gone g WHERE g.conversation_id = m.conversation_id AND g.sender_id = m.user_id), 0))
    FROM newest n WHERE m.conversation_id = n.conversation_id AND m.read_cursor < n.position;
  END IF;
  IF 'NotificationCreated' = ANY (types) THEN
    DELETE FROM notifications n WHERE n.id > horizon.reached AND n.id <= through;
  END IF;
  DELETE FROM entries e WHERE e.position > horizon.reached AND e.position <= through
    AND CASE e.is_message WHEN 1 THEN 'MessageSent' ELSE masked(e.body)::json->>'type' END = ANY (types);
  UPDATE horizons SET reached = through WHERE kind = forgotten;
  RETURN through < horizon.announced;
END $$;
