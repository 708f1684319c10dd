import type { Actor, Answers, CommandOf } from '../core/commands.ts';
import { decideMarkRead } from '../core/receipts.ts';
import { isRefusal, type Refusal } from '../core/refusals.ts';
import { type House, userOf } from './context.ts';

/** Marking what is read already is answered and tells nobody. */
export async function markRead(
  house: House,
  command: CommandOf<'MarkRead'>,
  actor: Actor,
): Promise<Answers['MarkRead'] | Refusal> {
  const user = userOf(actor);
  if (isRefusal(user)) return user;
  const { conversationId } = command;
  return house.lanes.run<Answers['MarkRead']>({
    conversationId,
    userIds: [user.id],
    at: house.clock.nowMs(),
    decide: (lane) => decideMarkRead(command, user, lane.of(user.id)),
    answer: ({ marked }) => ({ conversationId, userId: user.id, messageIds: marked ?? [] }),
  });
}
