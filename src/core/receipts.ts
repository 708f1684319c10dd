import type { CommandOf } from './commands.ts';
import type { Decision, Precondition } from './decisions.ts';
import type { User } from './model.ts';
import { type Refusal, refuse } from './refusals.ts';
import { type Facts, isMember } from './rules.ts';

/** How many message ids one read mark may name. */
export const marksAtOnceLimit = 1000;

/** Members mark as read; the store moves the cursor forward, or leaves it where it is. */
export function decideMarkRead(command: CommandOf<'MarkRead'>, user: User, facts: Facts): Decision | Refusal {
  if (!facts.conversation || !isMember(facts.standing)) return refuse('NOT_FOUND');
  const { conversationId, marks } = command;
  if (marks.what === 'messages' && marks.messageIds.length > marksAtOnceLimit) {
    return refuse('INVALID', { message: `Mark at most ${marksAtOnceLimit} messages at once.` });
  }
  const expects: Precondition[] = [{ is: 'member', conversationId, userId: user.id }];
  if (marks.what === 'upTo') expects.push({ is: 'message', conversationId, messageId: marks.messageId });
  return {
    drafts: [{ type: 'ReadCursorMoved', conversationId, userId: user.id, marks, actorId: user.id }],
    expects,
  };
}
