-- The first of the preconditions that does not hold, counted from 0; null when all do. A member may be expected in a role.
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
      edited_at bigint, emoji text, is_set boolean, below bigint, role text
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
        holds := coalesce(member.is_member, 0) = 1 AND (expected.role IS NULL OR expected.role = member.role);
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
