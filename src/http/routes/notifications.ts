import Type from 'typebox';
import { isRefusal, refuse } from '../../core/refusals.ts';
import { notificationJson } from '../json.ts';
import { type AddRoute, created, ok, type RouteContext } from '../route.ts';
import {
  IdInput,
  idOf,
  LimitText,
  limitOf,
  NotificationAnswer,
  NotificationPage,
  PathId,
  PositionText,
  positionOf,
} from '../schemas.ts';

export function addNotificationRoutes(addRoute: AddRoute, { house }: RouteContext): void {
  addRoute({
    method: 'POST',
    url: '/api/v1/notifications',
    operationId: 'createNotification',
    tag: 'Notifications',
    summary: 'Notify a user',
    description: 'Kept for the user, and heard at once as `new_notification` by their connections that listen for it.',
    who: 'host',
    body: Type.Object({
      userId: IdInput,
      title: Type.String({ maxLength: 500 }),
      message: Type.String({ maxLength: 16_384 }),
      type: Type.String({ maxLength: 200 }),
    }),
    answers: { 201: { description: 'The notification.', schema: NotificationAnswer } },
    refusals: [],
    async answer({ actor, body, baseUrl }) {
      const { title, message, type: notificationType } = body;
      const outcome = await house.execute(
        { type: 'CreateNotification', userId: idOf(body.userId), title, message, notificationType },
        actor,
        { baseUrl },
      );
      return isRefusal(outcome) ? outcome : created(notificationJson(outcome.notification, false));
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/notifications',
    operationId: 'listNotifications',
    tag: 'Notifications',
    summary: 'List notifications, newest first',
    description: 'A user is answered their own; the host says in `userId` whose.',
    who: 'both',
    query: Type.Object({
      limit: Type.Optional(LimitText),
      before: Type.Optional(PositionText),
      userId: Type.Optional(PathId.properties.id),
    }),
    answers: { 200: { description: 'One page.', schema: NotificationPage } },
    refusals: [],
    async answer({ actor, query }) {
      const userId = actor.kind === 'user' ? actor.user.id : query.userId;
      if (userId === undefined) return refuse('INVALID', { message: 'Say in `userId` whose notifications to list.' });
      if (query.userId !== undefined && query.userId !== userId) {
        return refuse('FORBIDDEN', { message: 'You may list your own notifications only. Leave `userId` out.' });
      }
      const { notifications, hasMore } = await house.store.listNotifications(userId, {
        limit: limitOf(query.limit),
        ...(query.before === undefined ? {} : { before: positionOf(query.before) }),
      });
      const last = notifications.at(-1);
      const unreadCount = await house.store.countUnreadNotifications(userId);
      return ok({
        unreadCount,
        notifications: notifications.map((notification) => notificationJson(notification, notification.isRead)),
        hasMore,
        ...(hasMore && last ? { nextBefore: String(last.id) } : {}),
      });
    },
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/notifications/read',
    operationId: 'readAllNotifications',
    tag: 'Notifications',
    summary: 'Mark all notifications as read',
    description: 'All that the user was sent until now. Doing it again changes nothing.',
    who: 'user',
    answers: { 204: { description: 'All are read.' } },
    refusals: [],
    async answer({ actor, baseUrl }) {
      const outcome = await house.execute({ type: 'ReadAllNotifications' }, actor, { baseUrl });
      return isRefusal(outcome) ? outcome : { status: 204 };
    },
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/notifications/:id/read',
    operationId: 'readNotification',
    tag: 'Notifications',
    summary: 'Mark a notification as read',
    description: 'Only the user whom it was sent to. Doing it again changes nothing.',
    who: 'user',
    params: Type.Object({ id: PositionText }),
    answers: { 200: { description: 'The notification, read.', schema: NotificationAnswer } },
    refusals: ['NOTIFICATION_NOT_FOUND'],
    async answer({ actor, params, baseUrl }) {
      const notificationId = positionOf(params.id);
      const outcome = await house.execute({ type: 'ReadNotification', notificationId }, actor, { baseUrl });
      if (isRefusal(outcome)) return outcome;
      const notification = await house.store.loadNotification(notificationId);
      return notification ? ok(notificationJson(notification, true)) : refuse('NOTIFICATION_NOT_FOUND');
    },
  });
}
