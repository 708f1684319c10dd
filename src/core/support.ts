import type { CommandOf } from './commands.ts';
import type { Decision, Draft, Precondition } from './decisions.ts';
import type { KnownConversation, User } from './model.ts';
import { type Refusal, refuse } from './refusals.ts';
import { doneBy } from './rules.ts';

/** How support chats wait, are taken, closed and reopened. */

/** What such a change stands on, beside the chat itself. */
export type SupportFacts = {
  /** Does the user look after the chat as an admin? */
  readonly isAdministered: boolean;
  /** Whom the command names. */
  readonly assignee?: User;
  /** Is the one who will be its admin, named or the user themselves, a member already? */
  readonly assigneeIsMember: boolean;
};

/**
 * Another status or admin. A client may close their support chat; admins and the host may close, reopen and assign it; who is
 * assigned becomes a member, and a pending chat becomes active. `user` absent: the host.
 */
export function changeSupport(
  command: CommandOf<'ChangeConversation'>,
  conversation: KnownConversation,
  user: User | undefined,
  { isAdministered, assignee, assigneeIsMember }: SupportFacts,
): Decision | Refusal {
  const { status, clientId } = conversation;
  if (conversation.kind !== 'support' || !status || clientId === undefined) {
    return refuse('INVALID', { message: 'Only support conversations have a status and an admin.' });
  }
  const onlyCloses = command.status === 'CLOSED' && command.adminId === undefined;
  if (user && !isAdministered && !onlyCloses) return refuse('FORBIDDEN');

  if (command.onlyIfFree) {
    if (status === 'CLOSED') return refuse('CONVERSATION_CLOSED');
    const isTaken =
      status === 'ACTIVE' && conversation.adminId !== undefined && conversation.adminId !== command.adminId;
    if (isTaken) return refuse('CONVERSATION_TAKEN');
  }
  const by = doneBy(user);
  const drafts: Draft[] = [];
  const expects: Precondition[] = [
    { is: 'conversationAs', conversationId: conversation.id, status, adminId: conversation.adminId ?? null },
  ];
  const adminId =
    command.adminId ?? conversation.adminId ?? (command.status === 'ACTIVE' && isAdministered ? user?.id : undefined);
  const next = command.status ?? (command.adminId !== undefined && status === 'PENDING' ? 'ACTIVE' : status);
  const joining = command.adminId !== undefined ? assignee : adminId === user?.id ? user : undefined;
  if (joining && !assigneeIsMember) {
    const conversationId = conversation.id;
    drafts.push({ type: 'MemberAdded', conversationId, kind: 'support', user: joining, role: 'member', ...by });
    expects.push({ is: 'noMember', conversationId, userId: joining.id, evenIfBarred: true });
  }
  if (next !== status || adminId !== conversation.adminId) {
    drafts.push({
      type: 'StatusChanged',
      conversationId: conversation.id,
      status: next,
      clientId,
      ...(adminId === undefined ? {} : { adminId }),
      ...by,
    });
  }
  return { drafts, expects };
}
