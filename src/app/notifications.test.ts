import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { closeStore, openScene, openStore, scene, store } from '../../test/harness/app-scene.ts';
import { ann, person } from '../../test/harness/cast.ts';
import { allowed, as, circumstances, host } from '../../test/harness/use-cases.ts';
import type { Answers } from '../core/commands.ts';

beforeAll(openStore);
afterAll(closeStore);
beforeEach(() => openScene());

test('a notification waits also for somebody never seen, and is read by them alone', async () => {
  const notify = {
    type: 'CreateNotification',
    userId: `n-${scene.id}`,
    title: 'T',
    message: 'M',
    notificationType: 'x',
  } as const;
  expect(await scene.node.execute(notify, as(ann), circumstances)).toMatchObject({ refused: 'FORBIDDEN' });
  const outcome = await scene.node.execute<'CreateNotification'>(notify, host, circumstances);
  const { notification } = allowed<Answers['CreateNotification']>(outcome);
  expect(await store.loadNotification(notification.id)).toEqual(notification);
  const read = { type: 'ReadNotification', notificationId: notification.id } as const;
  expect(await scene.node.execute(read, as(ann), circumstances)).toMatchObject({ refused: 'NOTIFICATION_NOT_FOUND' });
  for (let i = 0; i < 2; i++) allowed(await scene.node.execute(read, as(person(notify.userId)), circumstances));
  const { notifications } = await store.listNotifications(notify.userId, { limit: 5 });
  expect(notifications.map(({ isRead }) => isRead)).toEqual([true]);
});
