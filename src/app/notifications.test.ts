import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeStore, openScene, openStore, scene, store } from '../../test/harness/app-scene.ts';
import { ann, bob, eve, person } from '../../test/harness/cast.ts';
import { allowed, as, circumstances, host } from '../../test/harness/use-cases.ts';
import type { Answers } from '../core/commands.ts';

beforeAll(openStore);
afterAll(closeStore);
beforeEach(() => openScene());

describe('what concerns a user alone', () => {
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

  test('a revocation is kept, for users never seen as well', async () => {
    const revoke = { type: 'RevokeUser', userId: `r-${scene.id}` } as const;
    expect(await scene.node.execute(revoke, as(ann), circumstances)).toMatchObject({ refused: 'FORBIDDEN' });
    allowed(await scene.node.execute<'RevokeUser'>(revoke, host, circumstances));
    expect((await store.loadRevocations()).get(revoke.userId)).toBe(Math.floor(scene.node.clock.ms / 1000));
  });
});

describe('marking as read', () => {
  test('right after sending, without waiting, reads what was sent', async () => {
    allowed(await scene.join(bob));
    const [sent, marked] = await Promise.all([scene.send(ann, 'Hi'), scene.mark(bob, { what: 'everything' })]);
    allowed(marked);
    expect((await store.loadMember(scene.id, 'bob')).value).toMatchObject({ readCursor: allowed(sent).message.id });
  });

  test('names the messages that are there, and refuses one that is not', async () => {
    const { message } = allowed(await scene.send(ann, 'Hi'));
    expect(
      allowed(await scene.mark(ann, { what: 'messages', messageIds: [1_000_000, message.id] })).messageIds,
    ).toEqual([message.id]);
    expect(await scene.mark(ann, { what: 'upTo', messageId: 1_000_000 })).toMatchObject({
      refused: 'MESSAGE_NOT_FOUND',
    });
    expect(await scene.mark(eve, { what: 'upTo', messageId: message.id })).toMatchObject({ refused: 'NOT_FOUND' });
  });

  test('twice tells nobody the second time', async () => {
    allowed(await scene.send(ann, 'Hi'));
    allowed(await scene.join(bob));
    await Promise.all([scene.mark(bob, { what: 'everything' }), scene.mark(bob, { what: 'everything' })]);
    expect(scene.typesHeard().filter((type) => type === 'ReadCursorMoved')).toHaveLength(1);
  });
});
