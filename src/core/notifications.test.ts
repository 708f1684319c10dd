import { describe, expect, test } from 'vitest';
import { ann, bob, draftsOf, eve, inShort, member, person, place, rules } from '../../test/harness/cast.ts';
import type { Actor } from './commands.ts';
import type { User } from './model.ts';
import {
  decideNotify,
  decideReadAll,
  decideReadNotification,
  decideRevoke,
  isRevoked,
  profileAfter,
} from './notifications.ts';
import { decideMarkRead, marksAtOnceLimit } from './receipts.ts';
import { refusalWords } from './refusals.ts';

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

describe('revoking', () => {
  const revoke = { type: 'RevokeUser', userId: 'bob' } as const;
  const admin: Actor = { kind: 'user', user: person('ada', 'ADMIN') };

  test('reaches to the end of the second', () => {
    expect(draftsOf(decideRevoke(revoke, host, undefined, rules, 7_000_999))).toEqual([
      { type: 'UserRevoked', userId: 'bob', revokedAtSeconds: 7_000 },
    ]);
  });

  test.each<[string, Actor, User | undefined, string]>([
    ['the host revokes a stranger', host, undefined, 'UserRevoked'],
    ['the host revokes an admin', host, person('bob', 'ADMIN'), 'UserRevoked'],
    ['an admin revokes a user', admin, person('bob', 'USER'), 'UserRevoked'],
    ['an admin revokes an admin', admin, person('bob', 'ADMIN'), 'FORBIDDEN'],
    ['a user revokes another', user, person('bob', 'USER'), 'FORBIDDEN'],
  ])('%s', (_, actor, subject, outcome) => {
    expect(inShort(decideRevoke(revoke, actor, subject, rules, 7999))).toBe(outcome);
  });

  test('an admin does not revoke themselves', () => {
    const own = { type: 'RevokeUser', userId: 'ada' } as const;
    expect(inShort(decideRevoke(own, admin, undefined, rules, 0))).toBe('FORBIDDEN');
  });

  test.each([
    ['of a user who was never revoked', undefined, 5, false],
    ['without an issue time, of a user who was never revoked', undefined, undefined, false],
    ['issued before', 7, 6, true],
    ['issued in that second', 7, 7, true],
    ['issued in that second, which is said to a fraction', 7, 7.9, true],
    ['issued after', 7, 8, false],
    ['without an issue time', 7, undefined, true],
  ])('a token %s', (_what, revokedAt, issuedAt, outcome) => {
    expect(isRevoked(revokedAt, issuedAt)).toBe(outcome);
  });
});

describe('a profile', () => {
  const known = { id: 'ann', email: 'old@example.org', role: 'ADMIN', name: 'Old' };
  const seen = { id: 'ann', email: '', role: 'USER', name: 'ann' };

  test('of a user first seen is what the token says', () => {
    expect(profileAfter(undefined, seen, { email: false, name: false })).toEqual(seen);
  });

  test('keeps what a token does not name, but never rights', () => {
    expect(profileAfter(known, seen, { email: false, name: false })).toEqual({ ...known, role: 'USER' });
  });

  test('takes over what a token names', () => {
    const named = { ...seen, email: 'new@example.org', name: 'New' };
    expect(profileAfter(known, named, { email: true, name: false })).toMatchObject({
      email: 'new@example.org',
      name: 'Old',
    });
    expect(profileAfter(known, named, { email: false, name: true })).toMatchObject({
      email: 'old@example.org',
      name: 'New',
    });
  });
});

describe('marking as read', () => {
  const everything = { type: 'MarkRead', conversationId: 'c', marks: { what: 'everything' } } as const;
  test.each([
    ['a member', place('direct'), member(bob), 'ReadCursorMoved'],
    ['a stranger, in an open one', place('open'), undefined, 'NOT_FOUND'],
    ['somebody who was removed', place('open'), 'barred' as const, 'NOT_FOUND'],
    ['anybody, in one that is not there', undefined, undefined, 'NOT_FOUND'],
  ])('by %s', (_who, conversation, standing, outcome) => {
    expect(inShort(decideMarkRead(everything, bob, { conversation, standing }))).toBe(outcome);
  });

  const facts = { conversation: place('direct'), standing: member(bob) };
  test('up to one message stands on its being there, the others do not', () => {
    const upTo = decideMarkRead({ ...everything, marks: { what: 'upTo', messageId: 3 } }, bob, facts);
    expect(upTo).toMatchObject({
      expects: [
        { is: 'member', userId: 'bob' },
        { is: 'message', conversationId: 'c', messageId: 3 },
      ],
    });
    const these = decideMarkRead({ ...everything, marks: { what: 'messages', messageIds: [3] } }, bob, facts);
    expect(these).toMatchObject({ expects: [{ is: 'member', userId: 'bob' }] });
  });

  test('names only so many messages at once', () => {
    const marks = (count: number) => ({
      what: 'messages' as const,
      messageIds: Array.from({ length: count }, (_, i) => i),
    });
    const decide = (count: number) => inShort(decideMarkRead({ ...everything, marks: marks(count) }, bob, facts));
    expect(decide(marksAtOnceLimit)).toBe('ReadCursorMoved');
    expect(decide(marksAtOnceLimit + 1)).toBe('INVALID');
  });
});

test('what clients look for in the words of a refusal is there', () => {
  for (const [code, words] of Object.entries(refusalWords)) {
    expect(words.includes('not found')).toBe(code.endsWith('NOT_FOUND'));
  }
});
