import type { Actor, CommandOf } from './commands.ts';
import type { Decision } from './decisions.ts';
import type { Notification, Position, TimeMs, User } from './model.ts';
import { type Refusal, refuse } from './refusals.ts';

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
