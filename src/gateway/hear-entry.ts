import type { Entry } from '../core/events.ts';
import { topicOf } from '../core/events.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { Hub } from './hub.ts';
import type { PresentUsers } from './present-users.ts';
import type { Sessions } from './sessions.ts';

type Hearing = Pick<GatewayParts, 'authentication' | 'lanes'> & {
  readonly hub: Hub;
  readonly presentUsers: PresentUsers;
  readonly sessions: Sessions;
};

/** What an entry of the log means on this node: first to what decisions stand on, then to those who hear it. */
export function hearEntry({ authentication, lanes, hub, presentUsers, sessions }: Hearing, entry: Entry): void {
  const { event } = entry;
  authentication.apply(entry);
  const { conversationId } = topicOf(event);
  if (conversationId !== undefined) lanes.apply(conversationId, entry);
  const present = event.type === 'MemberRemoved' ? countPresent(hub, event.userId, event.conversationId) : 0;
  hub.publish(entry);
  if (event.type === 'MemberRemoved') {
    for (let left = present; left > 0; left--) presentUsers.left(event.conversationId, event.userId);
    for (const connection of hub.users.get(event.userId)?.connections ?? []) {
      sessions.forgetUnlessJoined(connection, [event.conversationId]);
    }
  } else if (event.type === 'UserRevoked' || event.type === 'BanChanged') {
    for (const connection of [...(hub.users.get(event.userId)?.connections ?? [])]) {
      if (authentication.isRevoked(event.userId, connection.issuedAtSeconds)) connection.link.close('revoked');
    }
  }
}

/** With how many connections the user is present in the conversation. */
function countPresent(hub: Hub, userId: string, conversationId: string): number {
  const connections = hub.users.get(userId)?.connections ?? [];
  return connections.filter((connection) => connection.isLive && connection.joined.has(conversationId)).length;
}
