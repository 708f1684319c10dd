import type { ConversationView } from '../app/ports.ts';
import type { Actor } from '../core/commands.ts';
import type { ConversationId, TimeMs, User, UserId } from '../core/model.ts';
import { type Refusal, refuse } from '../core/refusals.ts';
import { userNamedOnly } from '../core/rules.ts';
import type { RouteContext } from './route.ts';

/**
 * The conversation as the actor may see it: the host sees all, members theirs, admins every support conversation but those
 * that they were removed from. Everybody else hears the words that an unknown id is answered with.
 */
export async function viewAs(
  actor: Actor,
  id: ConversationId,
  { house, adminRoles }: RouteContext,
): Promise<ConversationView | Refusal> {
  const user = actor.kind === 'user' ? actor.user : undefined;
  const view = await house.store.viewConversation(id, user?.id);
  if (!view) return refuse('NOT_FOUND');
  if (user === undefined || view.member !== undefined) return view;
  if (view.conversation.kind !== 'support' || !adminRoles.has(user.role)) return refuse('NOT_FOUND');
  const { value: standing } = await house.store.loadMember(id, user.id);
  return standing === 'barred' ? refuse('NOT_FOUND') : view;
}

/** A user by id, named by that id where nobody has said more of them yet. */
export async function userOf(id: UserId, { house }: RouteContext): Promise<User> {
  return (await house.store.loadUsers([id])).get(id) ?? userNamedOnly(id);
}

/** The time that a field names. Leap seconds and names of zones fit its format too, and are no times here. */
export function readTime(field: string, text: string | undefined): TimeMs | undefined | Refusal {
  const time = text === undefined ? undefined : Date.parse(text);
  if (!Number.isNaN(time)) return time;
  return refuse('INVALID', { message: `\`${field}\` must be a time such as 2031-04-05T06:07:08Z.` });
}
