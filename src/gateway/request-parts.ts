import type { Circumstances } from '../app/context.ts';
import type { Execute, HandMessage } from '../app/execute.ts';
import type { Lanes } from '../app/lanes.ts';
import type { ConversationId, Position } from '../core/model.ts';
import type { Connection } from './connection.ts';
import type { History } from './history.ts';
import type { Hub } from './hub.ts';
import type { Presence } from './presence.ts';
import type { PresentUsers } from './present-users.ts';
import type { Sequencer } from './sequencer.ts';
import type { Sessions } from './sessions.ts';
import type { Typing } from './typing.ts';

/** What the answers to a connection's requests are made with. */
export type RequestParts = {
  readonly execute: Execute;
  readonly handMessage: HandMessage;
  readonly lanes: Lanes;
  readonly hub: Hub;
  readonly sequencer: Sequencer;
  readonly history: History;
  readonly presentUsers: PresentUsers;
  readonly presence: Presence;
  readonly typing: Typing;
  readonly sessions: Sessions;
  /** Unsent bytes of a connection above which it is not sent more of a long history. */
  readonly softLimitBytes: number;
};

/** The connection hears the conversation from here on, and its user is present in it. */
export function enter(
  { hub, presentUsers }: RequestParts,
  connection: Connection,
  conversationId: ConversationId,
  from: Position,
): void {
  if (hub.join(connection, conversationId, from)) presentUsers.joined(conversationId, connection.user);
}

/** Enters just before the first entry of its own command passes: it hears its own message, and nothing before it. */
export function entering(parts: RequestParts, connection: Connection, conversationId: ConversationId): Circumstances {
  if (connection.isLive && connection.joined.has(conversationId)) return plain(connection);
  return {
    ...plain(connection),
    session: joining(parts, connection, conversationId),
    onCommit: (first) => {
      parts.sequencer.before(first, () => enter(parts, connection, conversationId, first - 1));
    },
  };
}

/** The row of the session that goes into the commit of a join; none where the session tells of the conversation already. */
export function joining(
  { sessions, sequencer }: RequestParts,
  connection: Connection,
  conversationId: ConversationId,
): NonNullable<Circumstances['session']> {
  // What the join stands on may be newer than what this node has heard: a removal before it does not end it.
  return (seenAt) => sessions.rowAfterJoining(connection, conversationId, Math.max(seenAt, sequencer.position));
}

/** The circumstances of a request that changes nothing of what its connection hears. */
export function plain(connection: Connection): Circumstances {
  return { baseUrl: connection.baseUrl };
}

/** Who asks over a connection: its user. */
export function actor(connection: Connection): { readonly kind: 'user'; readonly user: Connection['user'] } {
  return { kind: 'user', user: connection.user };
}
