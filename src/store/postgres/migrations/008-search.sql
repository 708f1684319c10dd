-- What is searched in, and how far the log has been taken in. Nothing in it that the log does not hold: without its rows,
-- and with the place set to 0, it is filled anew.

CREATE TABLE search_words (
  -- The message's.
  position bigint PRIMARY KEY,
  -- Its words, and `_c` with the id of its conversation, which no word can be.
  words tsvector NOT NULL
);
-- Every search walks past what waits to be put into its place in the index: no more than 64 kB do.
CREATE INDEX search_words_by_word ON search_words USING gin (words) WITH (gin_pending_list_limit = 64);

CREATE TABLE search_place (
  id smallint PRIMARY KEY CHECK (id = 1),
  position bigint NOT NULL,
  -- The node that takes in what is new, and until when nobody else does.
  node text,
  until timestamptz NOT NULL
);
INSERT INTO search_place (id, position, until) VALUES (1, 0, now());

-- The first position from which on entries are as late as that, as far as times are in order.
CREATE FUNCTION first_position_from(time_ms bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  low bigint := 1;
  high bigint := (SELECT position + 1 FROM log_head);
  middle bigint;
  found bigint;
BEGIN
  WHILE low < high LOOP
    middle := (low + high) / 2;
    SELECT e.at INTO found FROM entries e WHERE e.position >= middle ORDER BY e.position LIMIT 1;
    IF found IS NULL OR found >= time_ms THEN high := middle; ELSE low := middle + 1; END IF;
  END LOOP;
  RETURN low;
END $$;
