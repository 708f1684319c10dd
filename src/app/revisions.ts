import type { Blocking } from '../core/blocks.ts';
import type { Actor, Answers, CommandOf } from '../core/commands.ts';
import type { Decision } from '../core/decisions.ts';
import type { Message } from '../core/model.ts';
import { isRefusal, type Refusal } from '../core/refusals.ts';
import { decideDelete, decideEdit, decideReaction, type RevisionFacts, reviseMessage } from '../core/revisions.ts';
import { type House, optionalUserOf, userOf } from './context.ts';

type RevisingType = 'EditMessage' | 'DeleteMessage' | 'SetReaction';

/** Answered with the message as it is then. What is so already is answered and tells nobody. */
export async function editMessage(
  house: House,
  command: CommandOf<'EditMessage'>,
  actor: Actor,
): Promise<Answers['EditMessage'] | Refusal> {
  const user = optionalUserOf(actor);
  const at = house.clock.nowMs();
  return revise(house, command, actor, at, (facts) => decideEdit(command, user, facts, house.rules, at));
}

/** What the message said is gone from the store when this answers, also where others quote it. */
export async function deleteMessage(
  house: House,
  command: CommandOf<'DeleteMessage'>,
  actor: Actor,
): Promise<Answers['DeleteMessage'] | Refusal> {
  const user = optionalUserOf(actor);
  const at = house.clock.nowMs();
  return revise(house, command, actor, at, (facts) => decideDelete(command, user, facts, house.rules));
}

/** Answered with the message as it is then. What is so already is answered and tells nobody. */
export async function setReaction(
  house: House,
  command: CommandOf<'SetReaction'>,
  actor: Actor,
): Promise<Answers['SetReaction'] | Refusal> {
  const user = userOf(actor);
  if (isRefusal(user)) return user;
  return revise(house, command, actor, house.clock.nowMs(), (facts) => decideReaction(command, user, facts));
}

/** Each counts as a message: it is written and told like one. */
async function revise(
  house: House,
  { conversationId, messageId }: CommandOf<RevisingType>,
  actor: Actor,
  at: number,
  decide: (facts: RevisionFacts) => Decision | Refusal,
): Promise<{ readonly message: Message } | Refusal> {
  const user = optionalUserOf(actor);
  const tooMany = user && house.allowances.takeMessage(user.id);
  if (tooMany) return tooMany;
  let message: Message | undefined;
  let between: Blocking | undefined;
  const outcome = await house.lanes.run<{ readonly message: Message }>({
    conversationId,
    userIds: user ? [user.id] : [],
    at,
    prepare: async ({ conversation }) => {
      const other = conversation?.kind === 'direct' ? conversation.pair.find((id) => id !== user?.id) : undefined;
      [message, between] = await Promise.all([
        house.store.loadMessage(conversationId, messageId),
        user && other !== undefined ? house.blocks.find(user.id, other) : undefined,
      ]);
    },
    decide: (lane) =>
      decide({
        conversation: lane.conversation,
        standing: user && lane.standingOf(user.id),
        ...(message ? { message } : {}),
        ...(between ? { blocking: between } : {}),
      }),
    answer: ({ entries }) => {
      if (!message) throw new Error('A message was revised that was never loaded.');
      return { message: entries.reduce(reviseMessage, message) };
    },
  });
  if (isRefusal(outcome) && user) house.allowances.giveMessageBack(user.id);
  return outcome;
}
