-- What users and the host keep about conversations and each other.

-- Only where something differs from how a conversation is kept by default.
CREATE TABLE member_settings (
  conversation_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  is_archived smallint NOT NULL,
  is_muted smallint NOT NULL,
  PRIMARY KEY (user_id, conversation_id)
);

CREATE TABLE blocks (
  user_id text COLLATE "C" NOT NULL,
  blocked_id text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (user_id, blocked_id)
);

CREATE TABLE bans (
  user_id text COLLATE "C" PRIMARY KEY,
  ban_json text NOT NULL
);

-- Since when a support chat has had its status: the queue runs on it.
CREATE TABLE support_chats (
  conversation_id text COLLATE "C" PRIMARY KEY,
  status text COLLATE "C" NOT NULL,
  since bigint NOT NULL
);
CREATE INDEX support_chats_by_status ON support_chats (status, since, conversation_id);
INSERT INTO support_chats (conversation_id, status, since)
SELECT id, status, created_at FROM conversations WHERE kind = 'support' AND status IS NOT NULL;

CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE is_read = 0;

-- When users were seen last; no part of the log.
CREATE TABLE last_seen (
  user_id text COLLATE "C" PRIMARY KEY,
  at bigint NOT NULL
);

-- What events change in the tables about people.
CREATE FUNCTION write_people(draft json, at_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  type text := draft->>'type';
  subject text := draft->>'user_id';
BEGIN
  IF type IN ('ConversationCreated', 'StatusChanged') AND draft->>'status' IS NOT NULL THEN
    INSERT INTO support_chats AS s (conversation_id, status, since)
    VALUES (draft->>'conversation_id', draft->>'status', at_ms)
    ON CONFLICT (conversation_id) DO UPDATE
    SET since = CASE WHEN s.status = excluded.status THEN s.since ELSE excluded.since END, status = excluded.status;
  ELSIF type = 'MemberRoleChanged' THEN
    UPDATE members SET role = draft->>'role'
    WHERE conversation_id = draft->>'conversation_id' AND user_id = draft->>'member_id';
  ELSIF type = 'MemberSettingsChanged' THEN
    DELETE FROM member_settings WHERE conversation_id = draft->>'kept_id' AND user_id = subject;
    IF (draft->>'is_archived')::boolean OR (draft->>'is_muted')::boolean THEN
      INSERT INTO member_settings (conversation_id, user_id, is_archived, is_muted)
      VALUES (draft->>'kept_id', subject, (draft->>'is_archived')::boolean::int, (draft->>'is_muted')::boolean::int);
    END IF;
  ELSIF type = 'NotificationsRead' THEN
    UPDATE notifications SET is_read = 1 WHERE user_id = subject AND id <= (draft->>'up_to')::bigint AND is_read = 0;
  ELSIF type = 'BlockChanged' THEN
    IF (draft->>'is_blocked')::boolean THEN
      INSERT INTO blocks (user_id, blocked_id, at) VALUES (subject, draft->>'blocked_id', at_ms) ON CONFLICT DO NOTHING;
    ELSE
      DELETE FROM blocks WHERE user_id = subject AND blocked_id = draft->>'blocked_id';
    END IF;
  ELSIF type = 'BanChanged' THEN
    DELETE FROM bans WHERE user_id = subject;
    IF draft->>'ban_json' IS NOT NULL THEN
      INSERT INTO bans (user_id, ban_json) VALUES (subject, draft->>'ban_json');
    END IF;
  END IF;
END $$;

-- Every other event, with what it changes about people.
CREATE OR REPLACE FUNCTION write_event(draft json, at_ms bigint, place bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  type text := draft->>'type';
  conversation text := draft->>'conversation_id';
  member text := draft->>'member_id';
  keyed text := draft->>'key';
  body text := draft->>'body';
  was_member bigint;
BEGIN
  PERFORM write_people(draft, at_ms);
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
    ELSE
      -- All that it changes is about people.
  END CASE;
  IF keyed IS NOT NULL THEN DELETE FROM entries WHERE key = keyed; END IF;
  INSERT INTO entries (position, at, conversation_id, user_id, is_message, key, body)
  VALUES (place, at_ms, conversation, draft->>'user_id', 0, keyed, body);
END $$;
