import { describe, expect, test } from 'vitest';
import { admin, ann, bob, draftsOf, inShort, person, rules } from '../../test/harness/cast.ts';
import { blocksLimit, decideBlock, refuseBlocked } from './blocks.ts';
import type { Actor, CommandOf } from './commands.ts';
import type { Ban, User } from './model.ts';
import { decideBan, decideProfile, isBanned } from './users.ts';

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

describe('a block', () => {
  const set = (userId: string, isBlocked: boolean, blocked: readonly string[] = []) =>
    decideBlock({ type: 'SetBlock', userId, isBlocked }, ann, new Set(blocked));

  test('is made once, and lifted once', () => {
    expect(draftsOf(set('bob', true))).toEqual([
      { type: 'BlockChanged', userId: 'ann', blockedId: 'bob', isBlocked: true, actorId: 'ann' },
    ]);
    expect(inShort(set('bob', true, ['bob']))).toBe('');
    expect(inShort(set('bob', false, ['bob']))).toBe('BlockChanged');
    expect(inShort(set('bob', false))).toBe('');
  });

  test('of oneself, or of too many, is refused', () => {
    expect(inShort(set('ann', true))).toBe('INVALID');
    const many = Array.from({ length: blocksLimit }, (_, n) => `${n}`);
    expect(inShort(set('bob', true, many))).toBe('INVALID');
    expect(inShort(set('0', false, many))).toBe('BlockChanged');
  });

  test('tells who blocked that they did, and the other one no more than that they are refused', () => {
    expect(refuseBlocked('none')).toBeUndefined();
    expect(refuseBlocked('bySelf')?.message).toContain('Unblock');
    expect(refuseBlocked('byOther')?.message).not.toContain('block');
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
