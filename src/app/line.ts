import type { UserId } from '../core/model.ts';
import type { Job, Pending } from './job.ts';
import type { Lane } from './lane.ts';

/** Those that wait in a lane, in the order in which they came, and who of them is next. */

/** So many that are held back let others past: about what ten users may ask at once. */
export const passedLimit = 500;

/**
 * The first that need not wait for what is on its way. Who is held back by what they have asked themselves keeps what they ask
 * behind it, and lets everybody else past; unless it is about the whole conversation.
 */
export function nextIn(lane: Lane<Pending>): Pending | undefined {
  const { queue, isBlocked, isSettling } = lane;
  if (queue.length === 0 || isBlocked || isSettling) return undefined;
  const [first] = queue;
  if (first && !isHeldBack(lane, first.job)) return first;
  const waiting = new Set<UserId>();
  for (const [passed, next] of queue.entries()) {
    const { userIds, isForAll } = next.job;
    if (passed > passedLimit || (isForAll && passed > 0)) return undefined;
    const [asker] = userIds;
    if (!isHeldBack(lane, next.job) && (asker === undefined || !waiting.has(asker))) return next;
    if (isForAll) return undefined;
    if (asker !== undefined) waiting.add(asker);
  }
  return undefined;
}

/** Must the job wait for what its users have asked before, and is on its way to disk? */
export function isHeldBack(lane: Lane<Pending>, { userIds, isForAll }: Job<unknown>): boolean {
  return lane.holdsBack(userIds, isForAll);
}

/** What was next before is so again, ahead of all that came later. */
export function putBack(pending: Pending): void {
  const { queue } = pending.lane;
  const at = queue.findIndex((other) => other.turn > pending.turn);
  queue.splice(at < 0 ? queue.length : at, 0, pending);
}

/** Does a job wait at least for those before it, or for what is not known yet? */
export function mustWait(lane: Lane<Pending> | undefined, { userIds }: Job<unknown>): boolean {
  return !lane || lane.isBlocked || lane.isSettling || lane.queue.length > 0 || !lane.knows(userIds);
}
