-- While somebody's transaction lasts (pg_dump, an export), no old version of a row can be tidied up, and whoever looks for a row
-- that changes with every batch walks past all of them. So these are found by what changes in them, the newest first. Their keys
-- change with it: a unique key that stays would be held against every old version.
ALTER TABLE log_head DROP CONSTRAINT log_head_pkey, ADD PRIMARY KEY (position);
ALTER TABLE writers DROP CONSTRAINT writers_pkey, ADD PRIMARY KEY (id, batch);

-- The one row of the head, as it is now.
CREATE VIEW newest_head AS SELECT position, epoch, secret FROM log_head ORDER BY position DESC LIMIT 1;

-- Waits for whoever appends, and keeps all others waiting. Answers where the log is.
CREATE FUNCTION lock_head() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  head bigint;
BEGIN
  SELECT position INTO head FROM log_head ORDER BY position DESC LIMIT 1 FOR UPDATE;
  RETURN head;
END $$;

-- One batch, in one statement. The row of the head is locked first: whoever appends next waits here until this batch is
-- committed, so that positions are dense and in commit order however many nodes write. Other nodes are told of the new
-- head with the commit. `is_guarded`: a call that fails for a reason of its own is left out, at the price of a savepoint
-- for each.
CREATE OR REPLACE FUNCTION append_batch(calls json, is_guarded boolean, node text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  head_before bigint;
  head bigint;
  call json;
  answer record;
  answers text[] := '{}';
BEGIN
  head_before := lock_head();
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
    UPDATE log_head SET position = head WHERE position = head_before;
    PERFORM pg_notify('parlance_head', head || ' ' || node);
  END IF;
  RETURN '[' || array_to_string(answers, ',') || ']';
END $$;

-- Names another history where this one has lost what the writer has seen of it, or was answered.
CREATE OR REPLACE FUNCTION renew_epoch_if_set_back(known_epoch text, is_lost boolean) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  is_other boolean;
BEGIN
  IF is_lost THEN
    UPDATE log_head SET epoch = replace(gen_random_uuid()::text, '-', '') WHERE epoch = known_epoch;
  END IF;
  SELECT epoch <> known_epoch INTO is_other FROM newest_head;
  RETURN is_other;
END $$;

-- A batch of a writer that counts its batches. Null, and nothing is written, when the log is of another history than the
-- writer knows: it was set back behind what the writer has seen (`seen`), or was answered (`answered`). A batch that was
-- given up meanwhile fails, however late it comes.
CREATE OR REPLACE FUNCTION append_batch(
  calls json, is_guarded boolean, node text, writer text, number bigint, answered bigint, seen bigint, known_epoch text
) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  head bigint := lock_head();
  last bigint;
  answer text;
BEGIN
  SELECT batch INTO last FROM writers WHERE id = writer ORDER BY batch DESC LIMIT 1;
  IF last >= number THEN
    RAISE EXCEPTION 'The batch was given up.' USING ERRCODE = '55000';
  END IF;
  IF renew_epoch_if_set_back(known_epoch, head < seen OR coalesce(last, 0) < answered) THEN RETURN NULL; END IF;
  answer := append_batch(calls, is_guarded, node);
  IF last IS NULL THEN
    INSERT INTO writers (id, batch, results) VALUES (writer, number, answer);
  ELSE
    UPDATE writers SET batch = number, results = answer, at = now() WHERE id = writer AND batch = last;
  END IF;
  RETURN answer;
END $$;

-- How a batch was answered whose answer got lost; null when it is not committed, and never will be. Waits for it where it
-- is still under way.
CREATE OR REPLACE FUNCTION settle_batch(writer text, number bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  last bigint;
  answer text;
BEGIN
  PERFORM lock_head();
  SELECT batch INTO last FROM writers WHERE id = writer ORDER BY batch DESC LIMIT 1;
  IF last IS NULL THEN
    INSERT INTO writers (id, batch, results) VALUES (writer, number, NULL);
  ELSIF last < number THEN
    UPDATE writers SET batch = number, results = NULL, at = now() WHERE id = writer AND batch = last;
  END IF;
  SELECT results INTO answer FROM writers WHERE id = writer AND batch = number;
  RETURN answer;
END $$;
