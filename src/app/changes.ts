import type { Decision, Draft, Precondition } from '../core/decisions.ts';
import type { LoggedEvent } from '../core/events.ts';
import type { UserId } from '../core/model.ts';

/** What a decision changes for those that are made after it: nothing, one user's own standing, or more than that. */
export type Change = 'facts' | { readonly of: UserId } | undefined;

/** What the drafts of a decision change once they are written. */
export function changeIn({ drafts }: Decision): Change {
  let mover: UserId | undefined;
  for (const draft of drafts) {
    if (!changesFacts(draft)) continue;
    const moves = moverOf(draft);
    if (moves === undefined || (mover !== undefined && moves !== mover)) return 'facts';
    mover = moves;
  }
  return mover === undefined ? undefined : { of: mover };
}

/** Whether other commands may be decided differently after this. */
export function changesFacts({ type }: Pick<Draft, 'type'>): boolean {
  return !changesNothing.has(type);
}

const changesNothing: ReadonlySet<Draft['type']> = new Set([
  'MessageSent',
  'ReadCursorMoved',
  'MessageEdited',
  'MessageDeleted',
  'MessageReacted',
  'MessageUnreacted',
]);

/** Whose own coming or going this is: it changes their standing and how many there are, and nothing else. */
export function moverOf(event: Draft | LoggedEvent): UserId | undefined {
  if (event.type !== 'MemberAdded' && event.type !== 'MemberJoined' && event.type !== 'MemberLeft') return undefined;
  return event.actorId === event.user.id ? event.user.id : undefined;
}

/** Whether it stands on how many members there are. */
export function dependsOnSize({ expects }: Decision): boolean {
  return expects.some((expected) => expected.is === 'conversationAs' && expected.memberCount !== undefined);
}

/**
 * Whether it is expected of a message alone, as by edits, deletions, reactions, and answers that quote. Nothing else stands on it,
 * and what its user asks next waits for it.
 */
export function isOfMessage({ is }: Precondition): boolean {
  return is === 'messageAs' || is === 'reaction';
}
