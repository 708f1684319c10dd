import type { Actor, Answers, CommandOf } from '../core/commands.ts';
import { decideChange, decideCreate } from '../core/conversations.ts';
import type { Draft } from '../core/decisions.ts';
import type { Conversation, ConversationId, User } from '../core/model.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusals.ts';
import { isMember } from '../core/rules.ts';
import { type House, optionalUserOf } from './context.ts';
import { mayCreate } from './membership.ts';
import { nameUsers } from './name-users.ts';

/** Repeating a creation with the same id is harmless: it answers with what is there, if that agrees. */
export async function createConversation(
  house: House,
  command: CommandOf<'CreateConversation'>,
  actor: Actor,
): Promise<Answers['CreateConversation'] | Refusal> {
  const user = optionalUserOf(actor);
  const id = command.conversationId ?? house.ids.conversationId();
  const named = await nameUsers(house.store, command.memberIds);
  const other = user && command.kind === 'direct' ? command.memberIds.find((id) => id !== user.id) : undefined;
  if (user && other !== undefined) await house.blocks.load([user.id, other]);
  const at = house.clock.nowMs();
  const userIds = [...new Set([...(user ? [user.id] : []), ...command.memberIds])];
  const outcome = await house.lanes.run<boolean>({
    conversationId: id,
    isForAll: true,
    userIds,
    at,
    decide: (lane) => {
      const blocking = user && other !== undefined ? house.blocks.between(user.id, other) : undefined;
      const facts = {
        ...(blocking ? { blocking } : {}),
        conversation: lane.conversation,
        standing: user ? lane.standingOf(user.id) : undefined,
        members: named.users,
        allAreMembers: command.memberIds.every((memberId) => isMember(lane.standingOf(memberId))),
      };
      const decision = decideCreate(command, id, user, facts, house.rules, at);
      if (isRefusal(decision) || decision.drafts.length === 0) return decision;
      const tooMany = user ? mayCreate(house, user) : undefined;
      if (tooMany) return tooMany;
      return { drafts: [...named.drafts, ...decision.drafts], expects: decision.expects };
    },
    answer: ({ entries }) => entries.length > 0,
  });
  if (typeof outcome !== 'boolean') return outcome;
  const conversation = await current(house, id);
  return isRefusal(conversation) ? conversation : { conversation, isNew: outcome };
}

/** Answered with the conversation as it is then. Asking for what is so already writes nothing. */
export async function changeConversation(
  house: House,
  command: CommandOf<'ChangeConversation'>,
  actor: Actor,
): Promise<Answers['ChangeConversation'] | Refusal> {
  const user = optionalUserOf(actor);
  const { conversationId, adminId } = command;
  let assignee: User | undefined;
  let created: readonly Draft[] = [];
  const outcome = await house.lanes.run<true>({
    conversationId,
    isForAll: true,
    userIds: [...new Set([user?.id, adminId].filter((id) => id !== undefined))],
    at: house.clock.nowMs(),
    prepare: () =>
      adminId === undefined
        ? undefined
        : nameUsers(house.store, [adminId]).then((named) => {
            assignee = named.users[0];
            created = named.drafts;
          }),
    decide: (lane) => {
      const joining = adminId ?? user?.id;
      const facts = {
        conversation: lane.conversation,
        standing: user ? lane.standingOf(user.id) : undefined,
        ...(assignee ? { assignee } : {}),
        assigneeIsMember: joining !== undefined && isMember(lane.standingOf(joining)),
      };
      const decision = decideChange(command, user, facts, house.rules);
      if (isRefusal(decision) || decision.drafts.length === 0) return decision;
      return { drafts: [...created, ...decision.drafts], expects: decision.expects };
    },
    answer: () => true,
  });
  if (outcome !== true) return outcome;
  const conversation = await current(house, conversationId);
  return isRefusal(conversation) ? conversation : { conversation };
}

async function current(house: House, id: ConversationId): Promise<Conversation | Refusal> {
  const { value } = await house.store.loadConversation(id);
  return value ?? refuse('NOT_FOUND');
}
