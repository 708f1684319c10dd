import { describe, expect, test } from 'vitest';
import { admin, ann, bob, draftsOf, inShort, person, rules } from '../../test/harness/cast.ts';
import type { Actor, CommandOf } from './commands.ts';
import type { Ban, User } from './model.ts';
import { decideBan, decideProfile, decideRevoke, isBanned, isRevoked, profileAfter } from './users.ts';

const host: Actor = { kind: 'host' };
const as = (user: User): Actor => ({ kind: 'user', user });

describe('a profile', () => {
  const change = (actor: Actor, what: Partial<CommandOf<'ChangeProfile'>>, known: User | undefined = ann) =>
    decideProfile({ type: 'ChangeProfile', userId: 'ann', ...what }, actor, known);

  test.each<[string, Actor, Partial<CommandOf<'ChangeProfile'>>, string]>([
    ['the host names a user', host, { name: 'Ann' }, 'UserChanged'],
    ['the host writes an email', host, { email: 'a@example.org' }, 'UserChanged'],
    ['a user names themselves', as(ann), { name: 'Ann' }, 'UserChanged'],
    ['a user writes no email', as(ann), { email: 'a@example.org' }, 'FORBIDDEN'],
    ['a user names nobody else', as(bob), { name: 'Ann' }, 'FORBIDDEN'],
    ['a blank name', host, { name: ' \n' }, 'INVALID'],
    ['the longest name', host, { name: 'x'.repeat(200) }, 'UserChanged'],
    ['a long name', host, { name: 'x'.repeat(201) }, 'INVALID'],
    ['the longest email', host, { email: 'x'.repeat(320) }, 'UserChanged'],
    ['a long email', host, { email: 'x'.repeat(321) }, 'INVALID'],
    ['a picture', as(ann), { imageUrl: 'https://img.example.org/a.png' }, 'UserChanged'],
    ['a picture that is a script', host, { imageUrl: 'javascript:alert(1)' }, 'INVALID'],
    ['nothing', host, {}, ''],
    ['what they are called already', host, { name: ann.name, email: ann.email }, ''],
    ['no picture where there is none', host, { imageUrl: null }, ''],
  ])('%s', (_what, actor, what, outcome) => {
    expect(inShort(change(actor, what))).toBe(outcome);
  });

  test('keeps what is not named, and never touches the role', () => {
    const known = { ...admin, id: 'ann', imageUrl: 'https://img.example.org/a.png' };
    expect(draftsOf(change(host, { name: 'Ann' }, known))).toEqual([
      { type: 'UserChanged', user: { ...known, name: 'Ann' } },
    ]);
    const { imageUrl: _, ...without } = known;
    expect(draftsOf(change(host, { imageUrl: null }, known))).toEqual([{ type: 'UserChanged', user: without }]);
  });

  test('of a user who was never seen is named by the id until somebody says more', () => {
    const made = decideProfile({ type: 'ChangeProfile', userId: 'new' }, host, undefined);
    expect(draftsOf(made)).toEqual([
      { type: 'UserChanged', user: { id: 'new', email: '', role: 'USER', name: 'new' } },
    ]);
  });
});

describe('a ban', () => {
  const at = 1000;
  const ban = (actor: Actor, what: Partial<CommandOf<'SetBan'>>, subject: User | undefined, known?: Ban) =>
    decideBan({ type: 'SetBan', userId: 'bob', isBanned: true, ...what }, actor, { subject, ban: known }, rules, at);

  test.each<[string, Actor, Partial<CommandOf<'SetBan'>>, User | undefined, string]>([
    ['by the host', host, {}, bob, 'BanChanged'],
    ['by the host, of an admin', host, {}, person('bob', 'ADMIN'), 'BanChanged'],
    ['of a user who was never seen', host, {}, undefined, 'BanChanged'],
    ['by an admin', as(admin), {}, bob, 'BanChanged'],
    ['by an admin, of an admin', as(admin), {}, person('bob', 'ADMIN'), 'FORBIDDEN'],
    ['by an admin, of themselves', as(admin), { userId: admin.id }, admin, 'FORBIDDEN'],
    ['by an admin, of themselves, who were no admin when last seen', as(admin), { userId: 'ada' }, ann, 'FORBIDDEN'],
    ['by a user', as(ann), {}, bob, 'FORBIDDEN'],
    ['that has ended before it begins', host, { untilMs: at }, bob, 'INVALID'],
    ['for the longest reason', host, { reason: 'x'.repeat(500) }, bob, 'BanChanged'],
    ['for a long reason', host, { reason: 'x'.repeat(501) }, bob, 'INVALID'],
    ['lifted where there is none', host, { isBanned: false }, bob, ''],
  ])('%s', (_what, actor, what, subject, outcome) => {
    expect(inShort(ban(actor, what, subject))).toBe(outcome);
  });

  test('says why and until when, and who did it', () => {
    expect(draftsOf(ban(as(admin), { reason: 'spam', untilMs: 2000 }, bob))).toEqual([
      { type: 'BanChanged', userId: 'bob', isBanned: true, reason: 'spam', untilMs: 2000, actorId: admin.id },
    ]);
    expect(draftsOf(ban(host, { isBanned: false }, bob, {}))).toEqual([
      { type: 'BanChanged', userId: 'bob', isBanned: false },
    ]);
  });

  test('is in force until its end', () => {
    expect(isBanned(undefined, 5)).toBe(false);
    expect(isBanned({}, 5)).toBe(true);
    expect([4, 5, 6].map((now) => isBanned({ untilMs: 5 }, now))).toEqual([true, false, false]);
  });
});

describe('revoking', () => {
  const revoke = { type: 'RevokeUser', userId: 'bob' } as const;

  test('reaches to the end of the second', () => {
    expect(draftsOf(decideRevoke(revoke, host, undefined, rules, 7_000_999))).toEqual([
      { type: 'UserRevoked', userId: 'bob', revokedAtSeconds: 7_000 },
    ]);
  });

  test.each<[string, Actor, User | undefined, string]>([
    ['the host revokes a stranger', host, undefined, 'UserRevoked'],
    ['the host revokes an admin', host, person('bob', 'ADMIN'), 'UserRevoked'],
    ['an admin revokes a user', as(admin), person('bob', 'USER'), 'UserRevoked'],
    ['an admin revokes an admin', as(admin), person('bob', 'ADMIN'), 'FORBIDDEN'],
    ['a user revokes another', as(ann), person('bob', 'USER'), 'FORBIDDEN'],
  ])('%s', (_, actor, subject, outcome) => {
    expect(inShort(decideRevoke(revoke, actor, subject, rules, 7999))).toBe(outcome);
  });

  test('an admin does not revoke themselves', () => {
    const own = { type: 'RevokeUser', userId: 'ada' } as const;
    expect(inShort(decideRevoke(own, as(admin), undefined, rules, 0))).toBe('FORBIDDEN');
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

describe('a profile after a token', () => {
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
