import type { Actor, CommandOf } from './commands.ts';
import type { Decision } from './decisions.ts';
import type { Notification, Position, TimeMs, User } from './model.ts';
import { type Refusal, refuse } from './refusals.ts';
import { isAdmin, type Rules } from './rules.ts';

/** What the host application tells its users, and what users do with it. */

/** Only the host notifies. A user who was never seen is created, so that the notification waits for them. */
export function decideNotify(command: CommandOf<'CreateNotification'>, actor: Actor, at: TimeMs): Decision | Refusal {
  if (actor.kind !== 'host') return refuse('FORBIDDEN', { message: 'Only the host application may notify users.' });
  const { userId, title, message, notificationType } = command;
  return {
    drafts: [{ type: 'NotificationCreated', notification: { userId, title, message, type: notificationType, at } }],
    expects: [],
  };
}

/** Users read their own notifications; those of others look like none. */
export function decideReadNotification(
  command: CommandOf<'ReadNotification'>,
  user: User,
  notification: Notification | undefined,
): Decision | Refusal {
  if (notification?.userId !== user.id) return refuse('NOTIFICATION_NOT_FOUND');
  return {
    drafts: [{ type: 'NotificationRead', userId: user.id, notificationId: command.notificationId, actorId: user.id }],
    expects: [],
  };
}

/** Everything up to the newest; nothing where nothing is unread. */
export function decideReadAll(user: User, upTo: Position, unreadCount: number): Decision {
  if (unreadCount === 0) return { drafts: [], expects: [] };
  return { drafts: [{ type: 'NotificationsRead', userId: user.id, upTo, actorId: user.id }], expects: [] };
}

/**
 * Every token issued up to and including this second is refused from now on. The host revokes anybody; admins whoever is none.
 * `subject`: whose tokens they are, as they were seen last.
 */
export function decideRevoke(
  command: CommandOf<'RevokeUser'>,
  actor: Actor,
  subject: User | undefined,
  rules: Rules,
  at: TimeMs,
): Decision | Refusal {
  if (actor.kind === 'user') {
    const isTheirs = isAdmin(actor.user, rules) && actor.user.id !== command.userId;
    if (!isTheirs || (subject && isAdmin(subject, rules))) {
      return refuse('FORBIDDEN', { message: 'Only the host application and admins may revoke, and admins no admins.' });
    }
  }
  return {
    drafts: [{ type: 'UserRevoked', userId: command.userId, revokedAtSeconds: Math.floor(at / 1000) }],
    expects: [],
  };
}

/** Is a token of this age refused? One without an issue time always is, once its user was revoked. */
export function isRevoked(revokedAtSeconds: number | undefined, issuedAtSeconds: number | undefined): boolean {
  if (revokedAtSeconds === undefined) return false;
  // Some applications sign fractions of a second: what was issued within that second is refused with it.
  return issuedAtSeconds === undefined || Math.floor(issuedAtSeconds) <= revokedAtSeconds;
}

/** The profile after a token: what it names is taken over, what it does not name stays as it was known. */
export function profileAfter(
  known: User | undefined,
  seen: User,
  named: { readonly email: boolean; readonly name: boolean },
): User {
  if (!known) return seen;
  return {
    id: seen.id,
    email: named.email ? seen.email : known.email,
    // Rights come from the token in hand alone, never from an older one.
    role: seen.role,
    name: named.name ? seen.name : known.name,
    ...(known.imageUrl === undefined ? {} : { imageUrl: known.imageUrl }),
  };
}
