-- The index of the first precondition that does not hold, as the rows are now; null when all hold.
CREATE FUNCTION first_broken(expects json) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
  expected record;
  conversation conversations;
  member members;
  holds boolean;
  nth integer := 0;
BEGIN
  FOR expected IN
    SELECT * FROM json_to_recordset(expects) AS e (
      "is" text, conversation_id text, user_id text, status text, compares_admin boolean, admin_id text,
      member_count bigint, even_if_barred boolean, joined boolean, message_id bigint
    )
  LOOP
    IF expected.is IN ('conversationAbsent', 'conversationAs') THEN
      SELECT * INTO conversation FROM conversations WHERE id = expected.conversation_id;
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
    END CASE;
    IF NOT holds THEN RETURN nth; END IF;
    nth := nth + 1;
  END LOOP;
  RETURN NULL;
END $$;
