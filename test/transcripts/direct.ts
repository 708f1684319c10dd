import { asks, calls, connects, isAnswered, type Line } from '../harness/lines.ts';
import { the, timeOf } from '../harness/match.ts';

/** What the transcripts of direct are written with. */

export const conversationId = 123;

type Ids = { readonly from?: number | string; readonly to?: number | string; readonly in?: number | string };

/** A message of user 1 to user 2, as direct writes it. */
export const message = (name: string, content: string, { from = 1, to = 2, in: where = conversationId }: Ids = {}) => ({
  id: the(name),
  conversation_id: where,
  sender_id: from,
  receiver_id: to,
  content,
  is_read: false,
  read_at: null,
  created_at: timeOf(name),
});
export const notification = (name: string, content: string, ids: Ids = {}) => {
  const { read_at: _, ...shown } = message(name, content, ids);
  return { ...shown, type: 'new_message' };
};

export const joins = (who: string): Line[] => [
  asks(who, 'join_conversation', conversationId),
  isAnswered(who, 'join_conversation', {}),
];

/** The host has made the conversation of Ann and Bob, and both have it open. */
export const bothThere: Line[] = [
  calls('host', 'POST /api/v1/conversations', { id: conversationId, kind: 'direct', members: [1, 2] }, 201),
  connects('ann', 'direct'),
  ...joins('ann'),
  connects('bob', 'direct'),
  ...joins('bob'),
];
