import { type Blocking, refuseBlocked } from './blocks.ts';
import type { CommandOf, Opening } from './commands.ts';
import type { Decision, Draft, Drafting, Precondition } from './decisions.ts';
import type { Entry } from './events.ts';
import { enter } from './membership.ts';
import type {
  Conversation,
  ConversationId,
  ConversationKind,
  KnownConversation,
  TimeMs,
  User,
  UserId,
} from './model.ts';
import { isRefusal, type Refusal, refuse } from './refusals.ts';
import { administers, doneBy, type Facts, isMember, type Rules } from './rules.ts';
import { changeSupport, type SupportFacts } from './support.ts';

/** How conversations come into being and change. */

/** UTF-16 units of a title at the most. */
export const titleLimit = 500;
const membersAtOnceLimit = 1000;

export type NewConversation = {
  readonly id: ConversationId;
  readonly kind: ConversationKind;
  readonly title?: string;
  readonly clientId?: UserId;
  readonly createdBy?: UserId;
  readonly isAutoCreated: boolean;
  readonly at: TimeMs;
};

/** The conversation as its first entry says it: nobody is in it yet. */
export function newConversation(wanted: NewConversation): Conversation {
  return {
    id: wanted.id,
    kind: wanted.kind,
    ...(wanted.title === undefined ? {} : { title: wanted.title }),
    ...(wanted.kind === 'support' ? { status: 'PENDING' as const } : {}),
    ...(wanted.clientId === undefined ? {} : { clientId: wanted.clientId }),
    ...(wanted.createdBy === undefined ? {} : { createdBy: wanted.createdBy }),
    isAutoCreated: wanted.isAutoCreated,
    createdAt: wanted.at,
    updatedAt: wanted.at,
    ordinal: 0,
    lastMessageId: 0,
    memberCount: 0,
    pair: [],
  };
}

/**
 * The conversation after an entry of its own. Undefined when the entry alone cannot say (a third member went: who are the
 * two that stay?), so that it must be loaded anew.
 */
export function applyToConversation(conversation: Conversation | undefined, entry: Entry): Conversation | undefined {
  const { event } = entry;
  if (event.type === 'ConversationCreated') return event.conversation;
  if (!conversation) return undefined;
  // A clock that was set back moves no conversation down the list.
  const updatedAt = Math.max(conversation.updatedAt, entry.at);
  switch (event.type) {
    case 'ConversationChanged':
      return { ...conversation, ...(event.title === undefined ? {} : { title: event.title }), updatedAt };
    case 'StatusChanged':
      return {
        ...conversation,
        status: event.status,
        clientId: event.clientId,
        ...(event.adminId === undefined ? {} : { adminId: event.adminId }),
        updatedAt,
      };
    case 'MemberAdded': {
      const memberCount = conversation.memberCount + 1;
      return { ...conversation, memberCount, pair: memberCount > 2 ? [] : [...conversation.pair, event.user.id] };
    }
    case 'MemberRemoved': {
      const memberCount = conversation.memberCount - 1;
      if (conversation.memberCount > 2 && memberCount <= 2) return undefined;
      return { ...conversation, memberCount, pair: conversation.pair.filter((id) => id !== event.userId) };
    }
    case 'MessageSent':
      return {
        ...conversation,
        ordinal: event.message.ordinal,
        lastMessageId: event.message.id,
        updatedAt,
      };
    default:
      return conversation;
  }
}

/** The conversation that comes into being when a user touches an unknown id, with that user as its owner; or why it does not. */
export function create(
  id: ConversationId,
  opening: Opening,
  user: User,
  other: User | undefined,
  rules: Rules,
  at: TimeMs,
): Drafting | Refusal {
  if (!rules.autoCreate) return refuse('NOT_FOUND');
  const isPair = opening.kind === 'direct' && other !== undefined && other.id !== user.id;
  const kind = opening.kind === 'support' ? 'support' : isPair ? 'direct' : 'open';
  const conversation = newConversation({
    id,
    kind,
    createdBy: user.id,
    ...(kind === 'support' ? { clientId: user.id } : {}),
    isAutoCreated: true,
    at,
  });
  const drafts: Draft[] = [
    { type: 'ConversationCreated', conversation, actorId: user.id },
    { type: 'MemberAdded', conversationId: id, kind, user, role: 'owner', actorId: user.id },
  ];
  if (isPair) {
    drafts.push({ type: 'MemberAdded', conversationId: id, kind, user: other, role: 'member', actorId: user.id });
  }
  return { drafts, expects: [{ is: 'conversationAbsent', conversationId: id }] };
}

/** What a decision to create stands on. `existing` and who of the wanted members is in it, when the id is taken. */
export type CreationFacts = Facts & {
  readonly members: readonly User[];
  readonly allAreMembers: boolean;
  /** Between the user and the one other member of a direct conversation. */
  readonly blocking?: Blocking;
};

/**
 * Creation by the host (`user` absent) or by a user. Without drafts when it exists already and agrees. A stranger who
 * meets a taken id hears what they would hear of an id that nobody may choose.
 */
export function decideCreate(
  command: CommandOf<'CreateConversation'>,
  id: ConversationId,
  user: User | undefined,
  facts: CreationFacts,
  rules: Rules,
  at: TimeMs,
): Decision | Refusal {
  const tooLong = command.title === undefined ? undefined : checkTitle(command.title);
  if (tooLong) return tooLong;
  if (command.memberIds.length > membersAtOnceLimit) {
    return refuse('INVALID', {
      message: `Too many members at once. Name at most ${membersAtOnceLimit}, add the others later.`,
    });
  }
  const taken = { message: 'This id cannot be used. Leave it out, or choose another one.' };
  if (user && command.conversationId !== undefined && !rules.autoCreate) return refuse('FORBIDDEN', taken);
  if (facts.conversation) return agreeWithExisting(command, user, facts, facts.conversation, taken);

  const others = facts.members.filter((member) => member.id !== user?.id);
  const shape = checkShape(command.kind, user, others);
  if (shape) return shape;
  const blocked = command.kind === 'direct' ? refuseBlocked(facts.blocking) : undefined;
  if (blocked) return blocked;
  const clientId = command.kind === 'support' ? (user?.id ?? others[0]?.id) : undefined;
  const by = doneBy(user);
  const conversation = newConversation({
    id,
    kind: command.kind,
    ...(command.title === undefined ? {} : { title: command.title }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(user === undefined ? {} : { createdBy: user.id }),
    isAutoCreated: false,
    at,
  });
  const added = (member: User, role: 'owner' | 'member'): Draft => ({
    type: 'MemberAdded',
    conversationId: id,
    kind: command.kind,
    user: member,
    role,
    ...by,
  });
  return {
    drafts: [
      { type: 'ConversationCreated', conversation, ...by },
      ...(user ? [added(user, 'owner')] : []),
      ...others.map((member) => added(member, 'member')),
    ],
    expects: [{ is: 'conversationAbsent', conversationId: id }],
  };
}

function agreeWithExisting(
  command: CommandOf<'CreateConversation'>,
  user: User | undefined,
  facts: CreationFacts,
  existing: KnownConversation,
  taken: { message: string },
): Decision | Refusal {
  if (user && !isMember(facts.standing)) return refuse('FORBIDDEN', taken);
  const agrees =
    existing.kind === command.kind &&
    (command.title === undefined || existing.title === command.title) &&
    facts.allAreMembers;
  return agrees ? { drafts: [], expects: [] } : refuse('CONVERSATION_EXISTS');
}

function checkTitle(title: string): Refusal | undefined {
  if (title.length <= titleLimit) return undefined;
  return refuse('INVALID', { message: `The title is too long. Use at most ${titleLimit} characters.` });
}

function checkShape(kind: ConversationKind, user: User | undefined, others: readonly User[]): Refusal | undefined {
  if (kind === 'direct' && others.length !== (user ? 1 : 2)) {
    return refuse('INVALID', {
      message: user
        ? 'A direct conversation needs exactly one other member.'
        : 'A direct conversation needs exactly two members.',
    });
  }
  if (kind === 'support' && others.length !== (user ? 0 : 1)) {
    return refuse('INVALID', {
      message: user
        ? 'A support conversation is yours alone until an admin enters it. Leave members out.'
        : 'A support conversation needs exactly one member: its client.',
    });
  }
  return undefined;
}

/** A new title, which belongs to owners and the host, or another status or admin of a support chat. */
export function decideChange(
  command: CommandOf<'ChangeConversation'>,
  user: User | undefined,
  facts: Facts & Omit<SupportFacts, 'isAdministered'>,
  rules: Rules,
): Decision | Refusal {
  const { conversation, standing } = facts;
  if (!conversation) return refuse('NOT_FOUND');
  const isAdministered = user !== undefined && administers(user, conversation, standing, rules);
  if (user && !isMember(standing) && !isAdministered) return refuse('NOT_FOUND');
  const by = doneBy(user);
  const drafts: Draft[] = [];
  const expects: Precondition[] = [];

  if (command.title !== undefined) {
    const mayRename = !user || isAdministered || (isMember(standing) && standing.role === 'owner');
    if (!mayRename) return refuse('FORBIDDEN');
    const tooLong = checkTitle(command.title);
    if (tooLong) return tooLong;
    drafts.push({ type: 'ConversationChanged', conversationId: conversation.id, title: command.title, ...by });
  }
  if (command.status !== undefined || command.adminId !== undefined) {
    const change = changeSupport(command, conversation, user, { ...facts, isAdministered });
    if (isRefusal(change)) return change;
    drafts.push(...change.drafts);
    expects.push(...change.expects);
  }
  if (drafts.length > 0 && expects.length === 0) {
    expects.push({ is: 'conversationAs', conversationId: conversation.id });
  }
  return { drafts, expects };
}

/**
 * Lets a user in, creating the conversation where that is allowed: what joining and sending begin with. `opening`: absent where an
 * unknown id is refused; `other`: the receiver that the user named.
 */
export function touch(
  id: ConversationId,
  opening: Opening | undefined,
  user: User,
  other: User | undefined,
  facts: Facts,
  rules: Rules,
  at: TimeMs,
): Drafting | Refusal {
  if (facts.conversation) return enter(facts.conversation, facts.standing, user, rules);
  if (!opening) return refuse('NOT_FOUND');
  return create(id, opening, user, other, rules, at);
}
