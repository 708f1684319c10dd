import { openLog } from '../../src/store/open.ts';
import type { Client, World } from './client.ts';
import type { Deployment } from './deployment.ts';
import type { Membership } from './record.ts';

const pageEntries = 5_000;

/**
 * When each guest was a member, by places in the log. Times of requests would not tell: one that was never answered, because its
 * node was cut off from the database, may still be carried out long after the next.
 */
export async function readMemberships(
  { log }: Deployment,
  clients: readonly Client[],
  world: World,
): Promise<readonly Membership[]> {
  const guests = new Map(
    clients.filter(({ heard }) => heard.rule === 'guest').map(({ parts }) => [parts.userId, parts.name]),
  );
  const memberships: Membership[] = [];
  await using reader = await openLog(log);
  for (let after = 0, isOver = false; !isOver; ) {
    const { entries, through } = await reader.readEntries(after, pageEntries);
    for (const { position, event } of entries) {
      if (event.type !== 'MemberAdded' && event.type !== 'MemberRemoved') continue;
      const listener = guests.get(event.type === 'MemberAdded' ? event.user.id : event.userId);
      if (listener === undefined) continue;
      const conversation = world.conversations.indexOf(event.conversationId);
      const current = memberships.findLast((one) => one.listener === listener && one.conversation === conversation);
      if (event.type === 'MemberRemoved') {
        if (current) current.removed = position;
      } else if (!current || Number.isFinite(current.removed)) {
        memberships.push({ listener, conversation, added: position, removed: Number.POSITIVE_INFINITY });
      }
    }
    isOver = through <= after;
    after = through;
  }
  return memberships;
}
