import { describe, expect, test } from 'vitest';
import { ann, bob, draftsOf, eve, inShort } from '../../test/harness/cast.ts';
import { decideNotify, decideReadAll, decideReadNotification } from './notifications.ts';

const host = { kind: 'host' } as const;
const user = { kind: 'user', user: ann } as const;

describe('notifications', () => {
  const notify = {
    type: 'CreateNotification',
    userId: 'bob',
    title: 'T',
    message: 'M',
    notificationType: 'order',
  } as const;
  const theirs = { id: 4, userId: 'bob', title: 'T', message: 'M', type: 'order', at: 7 };

  test('are made by the host alone', () => {
    expect(inShort(decideNotify(notify, user, 7))).toBe('FORBIDDEN');
    expect(draftsOf(decideNotify(notify, host, 7))).toEqual([
      { type: 'NotificationCreated', notification: { userId: 'bob', title: 'T', message: 'M', type: 'order', at: 7 } },
    ]);
  });

  test.each([
    ['their own', bob, theirs, 'NotificationRead'],
    ["somebody else's", eve, theirs, 'NOTIFICATION_NOT_FOUND'],
    ['none', eve, undefined, 'NOTIFICATION_NOT_FOUND'],
  ])('a user who reads %s', (_what, reader, notification, outcome) => {
    const decision = decideReadNotification({ type: 'ReadNotification', notificationId: 4 }, reader, notification);
    expect(inShort(decision)).toBe(outcome);
  });
});

test('whoever reads all reads up to the newest, and writes nothing where nothing is unread', () => {
  expect(decideReadAll(ann, 9, 2)).toEqual({
    drafts: [{ type: 'NotificationsRead', userId: 'ann', upTo: 9, actorId: 'ann' }],
    expects: [],
  });
  expect(decideReadAll(ann, 9, 0)).toEqual({ drafts: [], expects: [] });
});
