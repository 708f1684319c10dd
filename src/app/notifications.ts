import type { Actor, Answers, CommandOf } from '../core/commands.ts';
import { decideNotify, decideReadAll, decideReadNotification } from '../core/notifications.ts';
import { isRefusal, type Refusal } from '../core/refusals.ts';
import { commitAlone } from './commit-alone.ts';
import { type House, userOf } from './context.ts';
import { nameUsers } from './name-users.ts';

/** These concern one user and no conversation, so there is no lane to wait in. */

/** Each call makes another notification: repeating it is not harmless. */
export async function createNotification(
  house: House,
  command: CommandOf<'CreateNotification'>,
  actor: Actor,
): Promise<Answers['CreateNotification'] | Refusal> {
  const decision = decideNotify(command, actor, house.clock.nowMs());
  if (isRefusal(decision)) return decision;
  const named = await nameUsers(house.store, [command.userId]);
  const outcome = await commitAlone(house, { ...decision, drafts: [...named.drafts, ...decision.drafts] });
  if (isRefusal(outcome)) return outcome;
  const event = outcome.entries.at(-1)?.event;
  if (event?.type !== 'NotificationCreated') throw new Error('A notification was committed without its entry.');
  return { notification: event.notification };
}

/** Reading twice is harmless. */
export async function readNotification(
  house: House,
  command: CommandOf<'ReadNotification'>,
  actor: Actor,
): Promise<Answers['ReadNotification'] | Refusal> {
  const user = userOf(actor);
  if (isRefusal(user)) return user;
  const decision = decideReadNotification(command, user, await house.store.loadNotification(command.notificationId));
  if (isRefusal(decision)) return decision;
  const outcome = await commitAlone(house, decision);
  return isRefusal(outcome) ? outcome : { notificationId: command.notificationId };
}

/** What comes while this is asked is not read by it. */
export async function readAllNotifications(
  house: House,
  _command: CommandOf<'ReadAllNotifications'>,
  actor: Actor,
): Promise<Answers['ReadAllNotifications'] | Refusal> {
  const user = userOf(actor);
  if (isRefusal(user)) return user;
  const { notifications } = await house.store.listNotifications(user.id, { limit: 1 });
  const [newest] = notifications;
  if (!newest) return {};
  const decision = decideReadAll(user, newest.id, await house.store.countUnreadNotifications(user.id));
  const outcome = await commitAlone(house, decision);
  return isRefusal(outcome) ? outcome : {};
}
