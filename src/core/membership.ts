import type { Blocking } from './blocks.ts';
import type { CommandOf } from './commands.ts';
import type { Decision, Draft, Drafting, Precondition } from './decisions.ts';
import type { KnownConversation, MemberSettings, User } from './model.ts';
import { type Refusal, refuse } from './refusals.ts';
import { administers, doneBy, type Facts, isMember, ownsGroup, type Rules, type Standing } from './rules.ts';

/** Who is in, who may come in, who hears that somebody came or went. */

/**
 * Makes a member of whoever may enter by themselves: anybody in an open conversation, admins in a support chat. For a member
 * there is nothing to write. Everybody else must not learn that the conversation exists.
 */
export function enter(
  conversation: KnownConversation,
  standing: Standing,
  user: User,
  rules: Rules,
): Drafting | Refusal {
  const conversationId = conversation.id;
  if (isMember(standing)) {
    return { drafts: [], expects: [{ is: 'member', conversationId, userId: user.id }] };
  }
  const isOpen = conversation.kind === 'open' && standing !== 'barred';
  if (!isOpen && !administers(user, conversation, standing, rules)) return refuse('NOT_FOUND');
  return {
    drafts: [{ type: 'MemberAdded', conversationId, kind: conversation.kind, user, role: 'member', actorId: user.id }],
    expects: [{ is: 'noMember', conversationId, userId: user.id, evenIfBarred: false }],
  };
}

export function hasJoined(standing: Standing): boolean {
  return isMember(standing) && standing.isJoined;
}

/** The first join of a member is told to the conversation; repeating it is harmless. */
export function joinOnce(conversationId: string, standing: Standing, user: User): Decision {
  if (hasJoined(standing)) return { drafts: [], expects: [] };
  return {
    drafts: [{ type: 'MemberJoined', conversationId, user, actorId: user.id }],
    expects: isMember(standing) ? [{ is: 'joined', conversationId, userId: user.id, joined: false }] : [],
  };
}

/** The last leave by the user's own word is told; membership stays. */
export function decideLeave(conversationId: string, user: User, facts: Facts, isLast: boolean): Decision {
  if (!isMember(facts.standing) || !facts.standing.isJoined || !isLast) return { drafts: [], expects: [] };
  return {
    drafts: [{ type: 'MemberLeft', conversationId, user, actorId: user.id }],
    expects: [{ is: 'joined', conversationId, userId: user.id, joined: true }],
  };
}

/** The host adds anybody anywhere; owners to their groups and open conversations, admins to support chats. */
export function decideAddMember(
  command: CommandOf<'AddMember'>,
  by: User | undefined,
  facts: Facts & { readonly subject: User; readonly subjectStanding: Standing; readonly blocking?: Blocking },
  rules: Rules,
): Decision | Refusal {
  const { conversation, standing } = facts;
  if (!conversation) return refuse('NOT_FOUND');
  const refusal = mayChangeMembers(conversation, standing, by, rules);
  if (refusal) return refusal;
  if (isMember(facts.subjectStanding)) return { drafts: [], expects: [] };
  if (facts.blocking === 'byOther') {
    return refuse('BLOCKED', { message: 'This user does not want to be added by you. Let them enter by themselves.' });
  }
  if (conversation.kind === 'direct' && conversation.memberCount >= 2) {
    return refuse('INVALID', { message: 'A direct conversation has two members. Create a group instead.' });
  }
  const conversationId = conversation.id;
  const expects: Precondition[] = [{ is: 'noMember', conversationId, userId: command.userId, evenIfBarred: true }];
  expectSameSize(expects, conversation);
  expects.push(...sameRights(conversation, standing, by));
  const drafts: Draft[] = [
    {
      type: 'MemberAdded',
      conversationId,
      kind: conversation.kind,
      user: facts.subject,
      role: 'member',
      ...doneBy(by),
    },
  ];
  return { drafts, expects };
}

/** Whoever is removed by somebody else stays out until added again; whoever goes by themselves may come back. */
export function decideRemoveMember(
  command: CommandOf<'RemoveMember'>,
  by: User | undefined,
  facts: Facts & { readonly subjectStanding: Standing },
  rules: Rules,
): Decision | Refusal {
  const { conversation, standing } = facts;
  if (!conversation) return refuse('NOT_FOUND');
  const isSelf = by?.id === command.userId;
  if (isSelf && !isMember(standing)) return refuse('NOT_FOUND');
  if (!isSelf) {
    const refusal = mayChangeMembers(conversation, standing, by, rules);
    if (refusal) return refusal;
  }
  const subject = facts.subjectStanding;
  if (!isMember(subject)) return noMemberFound();
  const conversationId = conversation.id;
  return {
    drafts: [
      {
        type: 'MemberRemoved',
        conversationId,
        userId: command.userId,
        wasJoined: subject.isJoined,
        mayReenter: isSelf,
        ...doneBy(by),
      },
    ],
    expects: [
      { is: 'member', conversationId, userId: command.userId },
      { is: 'joined', conversationId, userId: command.userId, joined: subject.isJoined },
      ...(isSelf ? [] : sameRights(conversation, standing, by)),
    ],
  };
}

/**
 * Owners and the host make others owner or plain member, in groups and open conversations. Nobody changes their own role, so
 * that giving it up leaves another owner behind.
 */
export function decideChangeRole(
  command: CommandOf<'ChangeRole'>,
  by: User | undefined,
  facts: Facts & { readonly subjectStanding: Standing },
): Decision | Refusal {
  const { conversation, standing } = facts;
  if (!conversation || (by && !isMember(standing))) return refuse('NOT_FOUND');
  if (conversation.kind === 'direct' || conversation.kind === 'support') {
    return refuse('INVALID', { message: 'Only groups and open conversations have owners.' });
  }
  if (by && !(isMember(standing) && standing.role === 'owner')) return refuse('FORBIDDEN');
  const { userId, role } = command;
  if (by?.id === userId) {
    return refuse('FORBIDDEN', { message: 'You cannot change your own role. Ask another owner to do it.' });
  }
  const { subjectStanding } = facts;
  if (!isMember(subjectStanding)) return noMemberFound();
  if (subjectStanding.role === role) return { drafts: [], expects: [] };
  const conversationId = conversation.id;
  return {
    drafts: [{ type: 'MemberRoleChanged', conversationId, userId, role, ...doneBy(by) }],
    expects: [{ is: 'member', conversationId, userId }, ...sameRights(conversation, standing, by)],
  };
}

/** Members archive and mute for themselves alone. */
export function decideKeep(
  command: CommandOf<'KeepConversation'>,
  user: User,
  facts: Facts,
  before: MemberSettings,
): Decision | Refusal {
  if (!facts.conversation || !isMember(facts.standing)) return refuse('NOT_FOUND');
  const { conversationId, isArchived = before.isArchived, isMuted = before.isMuted } = command;
  if (isArchived === before.isArchived && isMuted === before.isMuted) return { drafts: [], expects: [] };
  const settings = { isArchived, isMuted };
  return {
    drafts: [{ type: 'MemberSettingsChanged', conversationId, userId: user.id, ...settings, actorId: user.id }],
    expects: [{ is: 'member', conversationId, userId: user.id }],
  };
}

/** Whoever acts as what they are here must still be that: two owners may take each other's role at once. */
function sameRights({ id }: KnownConversation, standing: Standing, by: User | undefined): Precondition[] {
  if (!by || !isMember(standing)) return [];
  return [{ is: 'member', conversationId: id, userId: by.id, role: standing.role }];
}

const noMemberFound = (): Refusal =>
  refuse('USER_NOT_FOUND', { message: 'This user is not a member. Member not found.' });

function mayChangeMembers(
  conversation: KnownConversation,
  standing: Standing,
  by: User | undefined,
  rules: Rules,
): Refusal | undefined {
  if (!by) return undefined;
  if (administers(by, conversation, standing, rules)) return undefined;
  if (!isMember(standing)) return refuse('NOT_FOUND');
  return ownsGroup(conversation, standing) ? undefined : refuse('FORBIDDEN');
}

/**
 * Small conversations name "the one other member", so what is said in them depends on how many there are; of three, one may have
 * been removed on another node.
 */
export function expectSameSize(expects: Precondition[], { id: conversationId, memberCount }: KnownConversation): void {
  if (memberCount <= 3) expects.push({ is: 'conversationAs', conversationId, memberCount });
}
