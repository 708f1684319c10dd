import type { CommandOf } from './commands.ts';
import type { Decision } from './decisions.ts';
import type { User, UserId } from './model.ts';
import { type Refusal, refuse } from './refusals.ts';

/** Whom users keep away from themselves. */

/** How many users one user may block. */
export const blocksLimit = 1000;

/** `blocked`: whom the user blocks already. */
export function decideBlock(
  command: CommandOf<'SetBlock'>,
  user: User,
  blocked: ReadonlySet<UserId>,
): Decision | Refusal {
  const { userId: blockedId, isBlocked } = command;
  if (blockedId === user.id) return refuse('INVALID', { message: 'You cannot block yourself.' });
  if (blocked.has(blockedId) === isBlocked) return { drafts: [], expects: [] };
  if (isBlocked && blocked.size >= blocksLimit) {
    return refuse('INVALID', { message: `You block ${blocksLimit} users already. Unblock some of them first.` });
  }
  const { id: userId } = user;
  return { drafts: [{ type: 'BlockChanged', userId, blockedId, isBlocked, actorId: userId }], expects: [] };
}

/** Which of two users has blocked the other, if any; `self`: the one who acts. */
export type Blocking = 'none' | 'bySelf' | 'byOther';

/** Two users between whom there is a block have nothing to say to each other in a direct conversation. */
export function refuseBlocked(blocking: Blocking | undefined): Refusal | undefined {
  if (blocking === 'byOther') return refuse('BLOCKED');
  if (blocking === 'bySelf') {
    return refuse('BLOCKED', { message: 'You have blocked this user. Unblock them to write to them.' });
  }
  return undefined;
}
