import type { Actor, Answers, CommandOf } from '../core/commands.ts';
import { touch } from '../core/conversations.ts';
import type { Draft } from '../core/decisions.ts';
import {
  decideAddMember,
  decideChangeRole,
  decideKeep,
  decideLeave,
  decideRemoveMember,
  joinOnce,
} from '../core/membership.ts';
import type { ConversationId, MemberSettings, Position, User, UserId } from '../core/model.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusals.ts';
import { type Facts, isMember, type Standing, userNamedOnly } from '../core/rules.ts';
import { along, type Circumstances, type House, optionalUserOf, userOf } from './context.ts';
import type { LaneFacts } from './lane.ts';
import { nameUsers } from './name-users.ts';

/** A join that is on disk. What the newcomer is told of the past is the gateway's to read, up to the moment it cuts over. */
export type Joined = {
  readonly conversationId: ConversationId;
  /** Up to here the log says that the user is in: the newest entry of the join itself, or where they were seen to be in before. */
  readonly position: Position;
};

/** Enters where that is needed, and joins. Repeating it is harmless, and writes nothing. */
export async function joinConversation(
  house: House,
  command: CommandOf<'JoinConversation'>,
  actor: Actor,
  circumstances: Circumstances,
): Promise<Joined | Refusal> {
  const user = userOf(actor);
  if (isRefusal(user)) return user;
  const { conversationId, opening } = command;
  const at = house.clock.nowMs();
  let seenAt = 0;
  return house.lanes.run<Joined>({
    conversationId,
    userIds: [user.id],
    at,
    ...along(circumstances),
    decide: (lane) => {
      if (!lane.conversation && house.rules.autoCreate) {
        const tooMany = mayCreate(house, user);
        if (tooMany) return tooMany;
      }
      const facts = lane.of(user.id);
      seenAt = lane.seenAt(user.id);
      const entered = touch(conversationId, opening, user, undefined, facts, house.rules, at);
      if (isRefusal(entered)) return entered;
      const joined = joinOnce(conversationId, facts.standing, user);
      return { drafts: [...entered.drafts, ...joined.drafts], expects: [...entered.expects, ...joined.expects] };
    },
    answer: ({ entries }) => ({ conversationId, position: entries.at(-1)?.position ?? seenAt }),
  });
}

/** Creating a conversation counts as a message, and is bounded by itself. */
export function mayCreate(house: House, user: User): Refusal | undefined {
  const tooMany = house.allowances.takeMessage(user.id);
  if (tooMany) return tooMany;
  const tooManyConversations = house.allowances.takeConversation(user.id);
  if (tooManyConversations) house.allowances.giveMessageBack(user.id);
  return tooManyConversations;
}

/** Always answered, also to whom there was nothing to leave. */
export async function leaveConversation(
  house: House,
  command: CommandOf<'LeaveConversation'>,
  actor: Actor,
  circumstances: Circumstances,
): Promise<Answers['LeaveConversation'] | Refusal> {
  const user = userOf(actor);
  if (isRefusal(user)) return user;
  const { conversationId } = command;
  return house.lanes.run<Answers['LeaveConversation']>({
    conversationId,
    userIds: [user.id],
    at: house.clock.nowMs(),
    ...along(circumstances),
    decide: (lane) => decideLeave(conversationId, user, lane.of(user.id), circumstances.staysJoined !== true),
    answer: () => ({ conversationId }),
  });
}

/** What changing somebody's membership stands on: the standing of who asks (none for the host), and of the subject. */
function factsAbout(lane: LaneFacts, by: User | undefined, subjectId: UserId): Facts & { subjectStanding: Standing } {
  return {
    conversation: lane.conversation,
    standing: by && lane.standingOf(by.id),
    subjectStanding: lane.standingOf(subjectId),
  };
}

/** Adding a member again is harmless. */
export async function addMember(
  house: House,
  command: CommandOf<'AddMember'>,
  actor: Actor,
): Promise<Answers['AddMember'] | Refusal> {
  const by = optionalUserOf(actor);
  const { conversationId, userId } = command;
  let subject = userNamedOnly(userId);
  let created: readonly Draft[] = [];
  const isNew = await house.lanes.run<boolean>({
    conversationId,
    userIds: by ? [by.id, userId] : [userId],
    isForAll: true,
    at: house.clock.nowMs(),
    prepare: () =>
      Promise.all([nameUsers(house.store, [userId]), by ? house.blocks.load([by.id, userId]) : undefined]).then(
        ([named]) => {
          created = named.drafts;
          subject = named.users[0] ?? subject;
        },
      ),
    decide: (lane) => {
      const blocking = by ? house.blocks.between(by.id, userId) : undefined;
      const facts = { ...factsAbout(lane, by, userId), subject, ...(blocking ? { blocking } : {}) };
      const decision = decideAddMember(command, by, facts, house.rules);
      if (isRefusal(decision) || decision.drafts.length === 0) return decision;
      return { drafts: [...created, ...decision.drafts], expects: decision.expects };
    },
    answer: ({ entries }) => entries.length > 0,
  });
  if (typeof isNew !== 'boolean') return isNew;
  const { value: member } = await house.store.loadMember(conversationId, userId);
  // Removed again in this very moment.
  if (!isMember(member)) return refuse('USER_NOT_FOUND');
  return { member, isNew };
}

/** Refused for who is no member, so that repeating it says so. */
export async function removeMember(
  house: House,
  command: CommandOf<'RemoveMember'>,
  actor: Actor,
): Promise<Answers['RemoveMember'] | Refusal> {
  const by = optionalUserOf(actor);
  const { conversationId, userId } = command;
  return house.lanes.run<Answers['RemoveMember']>({
    conversationId,
    userIds: by ? [by.id, userId] : [userId],
    isForAll: true,
    at: house.clock.nowMs(),
    decide: (lane) => decideRemoveMember(command, by, factsAbout(lane, by, userId), house.rules),
    answer: () => ({ userId }),
  });
}

/** Answered with the member as they are then. Giving the role that they have writes nothing. */
export async function changeRole(
  house: House,
  command: CommandOf<'ChangeRole'>,
  actor: Actor,
): Promise<Answers['ChangeRole'] | Refusal> {
  const by = optionalUserOf(actor);
  const { conversationId, userId } = command;
  const outcome = await house.lanes.run<true>({
    conversationId,
    userIds: by ? [by.id, userId] : [userId],
    isForAll: true,
    at: house.clock.nowMs(),
    decide: (lane) => decideChangeRole(command, by, factsAbout(lane, by, userId)),
    answer: () => true,
  });
  if (outcome !== true) return outcome;
  const { value: member } = await house.store.loadMember(conversationId, userId);
  return isMember(member) ? { member } : refuse('USER_NOT_FOUND');
}

/** Answered with all settings as they are then. Saying the same again writes nothing. */
export async function keepConversation(
  house: House,
  command: CommandOf<'KeepConversation'>,
  actor: Actor,
): Promise<Answers['KeepConversation'] | Refusal> {
  const user = userOf(actor);
  if (isRefusal(user)) return user;
  const { conversationId } = command;
  let before: MemberSettings = { isArchived: false, isMuted: false };
  return house.lanes.run<Answers['KeepConversation']>({
    conversationId,
    userIds: [user.id],
    at: house.clock.nowMs(),
    prepare: async () => {
      const view = await house.store.viewConversation(conversationId, user.id);
      before = view?.settings ?? { isArchived: false, isMuted: false };
    },
    decide: (lane) => decideKeep(command, user, lane.of(user.id), before),
    answer: () => {
      const { isArchived = before.isArchived, isMuted = before.isMuted } = command;
      return { settings: { isArchived, isMuted } };
    },
  });
}
