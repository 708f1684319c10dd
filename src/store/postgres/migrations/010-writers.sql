-- Which batch each writer has committed last, and how it was answered: whoever lost the answer on the way asks here.

CREATE TABLE writers (
  id text COLLATE "C" PRIMARY KEY,
  batch bigint NOT NULL,
  -- Null for a batch that was given up before it came.
  results text,
  at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 30);

-- Names another history where this one has lost what the writer has seen of it, or was answered.
CREATE FUNCTION renew_epoch_if_set_back(known_epoch text, is_lost boolean) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  is_other boolean;
BEGIN
  IF is_lost THEN
    UPDATE log_head SET epoch = replace(gen_random_uuid()::text, '-', '') WHERE id = 1 AND epoch = known_epoch;
  END IF;
  SELECT epoch <> known_epoch INTO is_other FROM log_head WHERE id = 1;
  RETURN is_other;
END $$;

-- A batch of a writer that counts its batches. Null, and nothing is written, when the log is of another history than the
-- writer knows: it was set back behind what the writer has seen (`seen`), or was answered (`answered`). A batch that was
-- given up meanwhile fails, however late it comes.
CREATE FUNCTION append_batch(
  calls json, is_guarded boolean, node text, writer text, number bigint, answered bigint, seen bigint, known_epoch text
) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  head bigint;
  last bigint;
  answer text;
BEGIN
  SELECT position INTO head FROM log_head WHERE id = 1 FOR UPDATE;
  SELECT batch INTO last FROM writers WHERE id = writer;
  IF last >= number THEN
    RAISE EXCEPTION 'The batch was given up.' USING ERRCODE = '55000';
  END IF;
  IF renew_epoch_if_set_back(known_epoch, head < seen OR coalesce(last, 0) < answered) THEN RETURN NULL; END IF;
  answer := append_batch(calls, is_guarded, node);
  IF last IS NULL THEN
    INSERT INTO writers (id, batch, results) VALUES (writer, number, answer);
  ELSE
    UPDATE writers SET batch = number, results = answer, at = now() WHERE id = writer;
  END IF;
  RETURN answer;
END $$;

-- How a batch was answered whose answer got lost; null when it is not committed, and never will be. Waits for it where it
-- is still under way.
CREATE FUNCTION settle_batch(writer text, number bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  PERFORM FROM log_head WHERE id = 1 FOR UPDATE;
  INSERT INTO writers AS w (id, batch, results) VALUES (writer, number, NULL)
  ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, results = NULL, at = now() WHERE w.batch < excluded.batch;
  SELECT results INTO answer FROM writers WHERE id = writer AND batch = number;
  RETURN answer;
END $$;
