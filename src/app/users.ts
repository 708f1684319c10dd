import { decideBlock } from '../core/blocks.ts';
import type { Actor, Answers, CommandOf } from '../core/commands.ts';
import { isRefusal, type Refusal } from '../core/refusals.ts';
import { decideBan, decideProfile, decideRevoke } from '../core/users.ts';
import { commitAlone } from './commit-alone.ts';
import { type House, userOf } from './context.ts';

/** Profiles of users, and what keeps them out. These stand on no conversation, so there is no lane to wait in. */

/** Creates a user who was never seen. */
export async function changeProfile(
  house: House,
  command: CommandOf<'ChangeProfile'>,
  actor: Actor,
): Promise<Answers['ChangeProfile'] | Refusal> {
  const { userId } = command;
  const known = (await house.store.loadUsers([userId])).get(userId);
  const decision = decideProfile(command, actor, known);
  if (isRefusal(decision)) return decision;
  const outcome = await commitAlone(house, decision);
  if (isRefusal(outcome)) return outcome;
  const [draft] = decision.drafts;
  const user = draft?.type === 'UserChanged' ? draft.user : known;
  if (!user) throw new Error('A profile was neither changed nor there.');
  return { user };
}

/** Blocking twice is harmless; users who were never seen can be blocked too. */
export async function setBlock(
  house: House,
  command: CommandOf<'SetBlock'>,
  actor: Actor,
): Promise<Answers['SetBlock'] | Refusal> {
  const user = userOf(actor);
  if (isRefusal(user)) return user;
  // As the store has it: what was blocked on another node a moment ago may not have come round.
  const blocked = (await house.store.loadBlocks([user.id])).get(user.id) ?? [];
  const decision = decideBlock(command, user, new Set(blocked.map(({ userId }) => userId)));
  if (isRefusal(decision)) return decision;
  const outcome = await commitAlone(house, decision);
  return isRefusal(outcome) ? outcome : { userId: command.userId };
}

/** In force on every node as soon as its entry has come round. Banning a user who was never seen is allowed. */
export async function setBan(
  house: House,
  command: CommandOf<'SetBan'>,
  actor: Actor,
): Promise<Answers['SetBan'] | Refusal> {
  const { userId } = command;
  const [users, bans] = await Promise.all([house.store.loadUsers([userId]), house.store.loadBans()]);
  const facts = { subject: users.get(userId), ban: bans.get(userId) };
  const decision = decideBan(command, actor, facts, house.rules, house.clock.nowMs());
  if (isRefusal(decision)) return decision;
  const outcome = await commitAlone(house, decision);
  return isRefusal(outcome) ? outcome : { userId };
}

/** In force on every node as soon as its entry has come round. Revoking a user who was never seen is allowed. */
export async function revokeUser(
  house: House,
  command: CommandOf<'RevokeUser'>,
  actor: Actor,
): Promise<Answers['RevokeUser'] | Refusal> {
  const subject = (await house.store.loadUsers([command.userId])).get(command.userId);
  const decision = decideRevoke(command, actor, subject, house.rules, house.clock.nowMs());
  if (isRefusal(decision)) return decision;
  const outcome = await commitAlone(house, decision);
  return isRefusal(outcome) ? outcome : { userId: command.userId };
}
