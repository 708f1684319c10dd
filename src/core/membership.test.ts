import { describe, expect, test } from 'vitest';
import { ann, bob, draftsOf, eve, inShort, member, type Part, parts, place, rules } from '../../test/harness/cast.ts';
import {
  decideAddMember,
  decideChangeRole,
  decideKeep,
  decideLeave,
  decideRemoveMember,
  enter,
  joinOnce,
} from './membership.ts';
import type { ConversationKind } from './model.ts';
import type { Standing } from './rules.ts';

type Rows = readonly (readonly [Part, ConversationKind, string])[];

describe('entering', () => {
  const rows: Rows = [
    ['owner', 'group', ''],
    ['member', 'direct', ''],
    ['member', 'support', ''],
    ['stranger', 'open', 'MemberAdded'],
    ['stranger', 'group', 'NOT_FOUND'],
    ['stranger', 'direct', 'NOT_FOUND'],
    ['stranger', 'support', 'NOT_FOUND'],
    ['admin', 'support', 'MemberAdded'],
    ['admin', 'open', 'MemberAdded'],
    ['admin', 'group', 'NOT_FOUND'],
    ['admin', 'direct', 'NOT_FOUND'],
    ['barred', 'open', 'NOT_FOUND'],
    ['barred admin', 'support', 'NOT_FOUND'],
  ];
  test.each(rows)('by %s into a conversation of kind %s ends in "%s"', (part, kind, outcome) => {
    const { user, standing } = parts[part];
    expect(inShort(enter(place(kind), standing, user ?? eve, rules))).toBe(outcome);
  });

  test('stands on nobody having barred the newcomer meanwhile', () => {
    expect(enter(place('open'), undefined, eve, rules)).toMatchObject({
      drafts: [{ type: 'MemberAdded', kind: 'open', user: eve, role: 'member', actorId: 'eve' }],
      expects: [{ is: 'noMember', conversationId: 'c', userId: 'eve', evenIfBarred: false }],
    });
  });

  test('of a member stands on their not having been removed meanwhile', () => {
    expect(enter(place('group'), member(bob), bob, rules)).toEqual({
      drafts: [],
      expects: [{ is: 'member', conversationId: 'c', userId: 'bob' }],
    });
  });
});

describe('joining and leaving', () => {
  test('the first join is told, once', () => {
    expect(joinOnce('c', member(bob, 'member', true), bob)).toEqual({ drafts: [], expects: [] });
    expect(joinOnce('c', member(bob, 'member', false), bob)).toEqual({
      drafts: [{ type: 'MemberJoined', conversationId: 'c', user: bob, actorId: 'bob' }],
      expects: [{ is: 'joined', conversationId: 'c', userId: 'bob', joined: false }],
    });
    expect(inShort(joinOnce('c', undefined, bob))).toBe('MemberJoined');
  });

  test.each([
    ['a member who has joined, with their last connection', member(bob), true, 'MemberLeft'],
    ['a member who has joined, while another connection stays', member(bob), false, ''],
    ['a member who has left before', member(bob, 'member', false), true, ''],
    ['a stranger', undefined, true, ''],
    ['somebody who was removed', 'barred' as const, true, ''],
  ])('leaving of %s is never refused', (_who, standing, isLast, outcome) => {
    expect(inShort(decideLeave('c', bob, { conversation: place('open'), standing }, isLast))).toBe(outcome);
  });

  test('leaving what was never there is not refused either', () => {
    expect(inShort(decideLeave('c', bob, { conversation: undefined, standing: undefined }, true))).toBe('');
  });
});

describe('adding a member', () => {
  const add = (part: Part, kind: ConversationKind, more = {}) =>
    decideAddMember(
      { type: 'AddMember', conversationId: 'c', userId: 'eve' },
      parts[part].user,
      { conversation: place(kind), standing: parts[part].standing, subject: eve, subjectStanding: undefined, ...more },
      rules,
    );

  const rows: Rows = [
    ['host', 'group', 'MemberAdded'],
    ['host', 'open', 'MemberAdded'],
    ['host', 'support', 'MemberAdded'],
    ['owner', 'group', 'MemberAdded'],
    ['owner', 'open', 'MemberAdded'],
    ['owner', 'support', 'FORBIDDEN'],
    ['owner', 'direct', 'FORBIDDEN'],
    ['member', 'group', 'FORBIDDEN'],
    ['member', 'open', 'FORBIDDEN'],
    ['member', 'support', 'FORBIDDEN'],
    ['stranger', 'group', 'NOT_FOUND'],
    ['stranger', 'open', 'NOT_FOUND'],
    ['barred', 'open', 'NOT_FOUND'],
    ['admin', 'support', 'MemberAdded'],
    ['admin within', 'support', 'MemberAdded'],
    ['admin', 'group', 'NOT_FOUND'],
    ['admin within', 'group', 'FORBIDDEN'],
    ['barred admin', 'support', 'NOT_FOUND'],
  ];
  test.each(rows)('by %s to a conversation of kind %s ends in "%s"', (part, kind, outcome) => {
    expect(inShort(add(part, kind))).toBe(outcome);
  });

  test('lets back in who was removed', () => {
    expect(add('owner', 'group', { subjectStanding: 'barred' })).toMatchObject({
      drafts: [{ type: 'MemberAdded', user: eve, role: 'member', actorId: 'ann' }],
      expects: [
        { is: 'noMember', userId: 'eve', evenIfBarred: true },
        { is: 'conversationAs', memberCount: 2 },
        { is: 'member', userId: 'ann', role: 'owner' },
      ],
    });
  });

  test('of a member changes nothing', () => {
    expect(add('owner', 'group', { subjectStanding: member(eve) })).toEqual({ drafts: [], expects: [] });
  });

  test('by the host names nobody as the one who did it', () => {
    expect(draftsOf(add('host', 'group'))[0]).not.toHaveProperty('actorId');
  });

  test('refuses a third one in a direct conversation, and fills one that somebody has gone from', () => {
    expect(inShort(add('host', 'direct'))).toBe('INVALID');
    const halved = place('direct', { memberCount: 1, pair: ['ann'] });
    expect(inShort(add('host', 'direct', { conversation: halved }))).toBe('MemberAdded');
  });

  test('needs a conversation', () => {
    expect(inShort(add('host', 'group', { conversation: undefined }))).toBe('NOT_FOUND');
  });
});

describe('removing a member', () => {
  const remove = (part: Part, kind: ConversationKind, subjectStanding: Standing) =>
    decideRemoveMember(
      { type: 'RemoveMember', conversationId: 'c', userId: 'eve' },
      parts[part].user,
      {
        conversation: place(kind),
        standing: parts[part].standing,
        subjectStanding,
      },
      rules,
    );

  const rows: Rows = [
    ['host', 'direct', 'MemberRemoved'],
    ['host', 'support', 'MemberRemoved'],
    ['owner', 'group', 'MemberRemoved'],
    ['owner', 'open', 'MemberRemoved'],
    ['owner', 'direct', 'FORBIDDEN'],
    ['owner', 'support', 'FORBIDDEN'],
    ['member', 'group', 'FORBIDDEN'],
    ['admin', 'support', 'MemberRemoved'],
    ['admin', 'open', 'NOT_FOUND'],
  ];
  test.each(rows)('by %s from a conversation of kind %s ends in "%s"', (part, kind, outcome) => {
    expect(inShort(remove(part, kind, member(eve)))).toBe(outcome);
  });

  test('by somebody else keeps them out, by themselves does not', () => {
    expect(draftsOf(remove('owner', 'group', member(eve)))[0]).toMatchObject({
      userId: 'eve',
      mayReenter: false,
      wasJoined: true,
    });
    const facts = { conversation: place('open'), standing: member(bob), subjectStanding: member(bob, 'member', false) };
    const self = decideRemoveMember({ type: 'RemoveMember', conversationId: 'c', userId: 'bob' }, bob, facts, rules);
    expect(draftsOf(self)[0]).toMatchObject({ userId: 'bob', mayReenter: true, wasJoined: false, actorId: 'bob' });
  });

  test('says whether others saw them come, and stands on it', () => {
    expect(remove('host', 'group', member(eve))).toMatchObject({
      expects: [
        { is: 'member', userId: 'eve' },
        { is: 'joined', userId: 'eve', joined: true },
      ],
    });
  });

  test('of somebody who is none is refused without a word about the conversation to strangers', () => {
    expect(inShort(remove('host', 'group', undefined))).toBe('USER_NOT_FOUND');
    expect(inShort(remove('owner', 'group', 'barred'))).toBe('USER_NOT_FOUND');
    expect(inShort(remove('stranger', 'open', member(eve)))).toBe('NOT_FOUND');
    expect(inShort(remove('barred', 'open', 'barred'))).toBe('NOT_FOUND');
    const stranger = { conversation: place('open'), standing: undefined, subjectStanding: undefined };
    const self = decideRemoveMember({ type: 'RemoveMember', conversationId: 'c', userId: 'eve' }, eve, stranger, rules);
    expect(inShort(self)).toBe('NOT_FOUND');
  });

  test('from a conversation that is not there finds no conversation', () => {
    const nowhere = { conversation: undefined, standing: undefined, subjectStanding: undefined };
    const command = { type: 'RemoveMember', conversationId: 'c', userId: 'eve' } as const;
    expect(inShort(decideRemoveMember(command, undefined, nowhere, rules))).toBe('NOT_FOUND');
  });

  test('a member may go from any conversation, also the owner and the client', () => {
    for (const kind of ['direct', 'group', 'open', 'support'] as const) {
      const facts = {
        conversation: place(kind),
        standing: member(ann, 'owner'),
        subjectStanding: member(ann, 'owner'),
      };
      const gone = decideRemoveMember({ type: 'RemoveMember', conversationId: 'c', userId: 'ann' }, ann, facts, rules);
      expect(inShort(gone)).toBe('MemberRemoved');
    }
  });
});

describe('changing a role', () => {
  const change = (part: Part, kind: ConversationKind, subjectStanding: Standing) =>
    decideChangeRole({ type: 'ChangeRole', conversationId: 'c', userId: 'eve', role: 'owner' }, parts[part].user, {
      conversation: place(kind),
      standing: parts[part].standing,
      subjectStanding,
    });

  const rows: Rows = [
    ['host', 'group', 'MemberRoleChanged'],
    ['host', 'open', 'MemberRoleChanged'],
    ['host', 'direct', 'INVALID'],
    ['host', 'support', 'INVALID'],
    ['owner', 'group', 'MemberRoleChanged'],
    ['owner', 'open', 'MemberRoleChanged'],
    ['owner', 'direct', 'INVALID'],
    ['member', 'group', 'FORBIDDEN'],
    ['stranger', 'open', 'NOT_FOUND'],
    ['barred', 'group', 'NOT_FOUND'],
    ['admin', 'open', 'NOT_FOUND'],
  ];
  test.each(rows)('by %s in a conversation of kind %s ends in "%s"', (part, kind, outcome) => {
    expect(inShort(change(part, kind, member(eve)))).toBe(outcome);
  });

  test('to the one they have changes nothing, and of nobody is refused', () => {
    expect(inShort(change('owner', 'group', member(eve, 'owner')))).toBe('');
    expect(inShort(change('owner', 'group', undefined))).toBe('USER_NOT_FOUND');
    expect(inShort(change('host', 'group', 'barred'))).toBe('USER_NOT_FOUND');
  });

  test('of oneself is refused, so that an owner stays', () => {
    const facts = { conversation: place('group'), standing: member(ann, 'owner') };
    const subject = { ...facts, subjectStanding: member(ann, 'owner') };
    const command = { type: 'ChangeRole', conversationId: 'c', userId: 'ann', role: 'member' } as const;
    expect(inShort(decideChangeRole(command, ann, subject))).toBe('FORBIDDEN');
  });
});

describe('keeping a conversation', () => {
  const before = { isArchived: true, isMuted: false };
  const keep = (standing: Standing, what: object) =>
    decideKeep(
      { type: 'KeepConversation', conversationId: 'c', ...what },
      bob,
      { conversation: place('group'), standing },
      before,
    );

  test('changes what is named, and leaves what is not', () => {
    expect(draftsOf(keep(member(bob), { isMuted: true }))).toEqual([
      {
        type: 'MemberSettingsChanged',
        conversationId: 'c',
        userId: 'bob',
        isArchived: true,
        isMuted: true,
        actorId: 'bob',
      },
    ]);
    expect(inShort(keep(member(bob), { isArchived: true, isMuted: false }))).toBe('');
  });

  test('stands on being a member still', () => {
    const expects = [{ is: 'member', conversationId: 'c', userId: 'bob' }];
    expect(keep(member(bob), { isMuted: true })).toMatchObject({ expects });
  });

  test('is for members', () => {
    expect(inShort(keep(undefined, { isMuted: true }))).toBe('NOT_FOUND');
    expect(inShort(keep('barred', { isMuted: true }))).toBe('NOT_FOUND');
  });
});
