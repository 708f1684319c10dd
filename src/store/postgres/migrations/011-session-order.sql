-- A node that was cut off may save a session late, after it has gone on elsewhere: what an earlier connection of it saves
-- never replaces what a later one has saved.
CREATE FUNCTION keep_later_session() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce((OLD.session_json::json->>'connection')::bigint, 1)
    > coalesce((NEW.session_json::json->>'connection')::bigint, 1) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sessions_keep_later BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION keep_later_session();
