import { describe, expect, test } from 'vitest';
import {
  admin,
  ann,
  bob,
  draftsOf,
  eve,
  inShort,
  member,
  type Part,
  parts,
  place,
  rules,
  strictRules,
} from '../../test/harness/cast.ts';
import type { CommandOf, Opening } from './commands.ts';
import { create, decideChange, decideCreate, titleLimit, touch } from './conversations.ts';
import type { Conversation, ConversationKind, User } from './model.ts';
import type { Standing } from './rules.ts';

describe('touching an unknown id', () => {
  const openings: readonly (readonly [string, Opening, User | undefined, ConversationKind, readonly string[]])[] = [
    ['an open one', { kind: 'open' }, undefined, 'open', ['ann']],
    ['a support chat', { kind: 'support' }, undefined, 'support', ['ann']],
    ['a direct one', { kind: 'direct', toUserId: 'bob' }, bob, 'direct', ['ann', 'bob']],
    ['a direct one without a receiver', { kind: 'direct' }, undefined, 'open', ['ann']],
    ['a direct one with oneself', { kind: 'direct', toUserId: 'ann' }, ann, 'open', ['ann']],
  ];
  test.each(openings)('as %s makes what it says', (_what, opening, other, kind, members) => {
    const drafts = draftsOf(create('c', opening, ann, other, rules, 7));
    const [first, ...added] = drafts;
    expect(first).toMatchObject({ type: 'ConversationCreated', conversation: { id: 'c', kind, isAutoCreated: true } });
    expect(added.map((draft) => draft.type === 'MemberAdded' && draft.user.id)).toEqual(members);
    expect(added.map((draft) => draft.type === 'MemberAdded' && draft.role)).toEqual(
      members.map((id) => (id === 'ann' ? 'owner' : 'member')),
    );
  });

  test('makes a support chat that waits for an admin, with its toucher as the client', () => {
    const [made] = draftsOf(create('c', { kind: 'support' }, ann, undefined, rules, 7));
    expect(made).toMatchObject({ conversation: { status: 'PENDING', clientId: 'ann', createdAt: 7, updatedAt: 7 } });
    expect(made?.type === 'ConversationCreated' && made.conversation).not.toHaveProperty('adminId');
  });

  test('makes a conversation in which nobody is yet and nothing was said, and that has no client where it is no support chat', () => {
    const [made] = draftsOf(create('c', { kind: 'open' }, ann, undefined, rules, 7));
    expect(made?.type === 'ConversationCreated' && made.conversation).toEqual({
      id: 'c',
      kind: 'open',
      createdBy: 'ann',
      isAutoCreated: true,
      createdAt: 7,
      updatedAt: 7,
      ordinal: 0,
      lastMessageId: 0,
      memberCount: 0,
      pair: [],
    });
  });

  test('stands on nobody having been faster', () => {
    const decision = create('c', { kind: 'open' }, ann, undefined, rules, 7);
    expect(decision).toMatchObject({ expects: [{ is: 'conversationAbsent', conversationId: 'c' }] });
  });

  test.each(openings)('as %s is not found where ids do not come into being by touch', (_what, opening, other) => {
    expect(inShort(create('c', opening, ann, other, strictRules, 7))).toBe('NOT_FOUND');
  });

  test('by a command that opens nothing is not found', () => {
    const unknown = { conversation: undefined, standing: undefined };
    expect(inShort(touch('c', undefined, ann, undefined, unknown, rules, 7))).toBe('NOT_FOUND');
  });

  test('what exists is entered, whatever it was touched as, also where nothing comes into being by touch', () => {
    const facts = { conversation: place('open'), standing: undefined };
    expect(inShort(touch('c', { kind: 'support' }, eve, undefined, facts, strictRules, 7))).toBe('MemberAdded');
  });
});

describe('creating a conversation', () => {
  type Wish = Partial<CommandOf<'CreateConversation'>>;
  const command = (wish: Wish): CommandOf<'CreateConversation'> => ({
    type: 'CreateConversation',
    kind: 'group',
    memberIds: [],
    ...wish,
  });
  const decide = (
    wish: Wish,
    user: User | undefined,
    members: readonly User[],
    facts: { conversation?: Conversation; standing?: Standing; allAreMembers?: boolean } = {},
    by = rules,
  ) => {
    const { conversation, standing, allAreMembers = false } = facts;
    return decideCreate(command(wish), 'c', user, { conversation, standing, members, allAreMembers }, by, 7);
  };

  test.each([
    ['a user', 'group', ann, [bob, eve], ['ann owner', 'bob member', 'eve member']],
    ['a user', 'group', ann, [], ['ann owner']],
    ['a user', 'direct', ann, [bob], ['ann owner', 'bob member']],
    ['a user', 'direct', ann, [ann, bob], ['ann owner', 'bob member']],
    ['a user', 'open', ann, [], ['ann owner']],
    ['a user', 'support', ann, [], ['ann owner']],
    ['the host', 'group', undefined, [ann], ['ann member']],
    ['the host', 'open', undefined, [], []],
    ['the host', 'direct', undefined, [ann, bob], ['ann member', 'bob member']],
    ['the host', 'support', undefined, [ann], ['ann member']],
  ] as const)('%s makes one of kind %s', (_who, kind, user, members, roles) => {
    const [made, ...added] = draftsOf(decide({ kind }, user, members));
    expect(made).toMatchObject({ conversation: { kind, isAutoCreated: false, createdAt: 7 } });
    expect(added.map((draft) => draft.type === 'MemberAdded' && `${draft.user.id} ${draft.role}`)).toEqual(roles);
    if (kind === 'support') expect(made).toMatchObject({ conversation: { clientId: 'ann', status: 'PENDING' } });
  });

  test.each([
    ['a direct one with nobody', 'direct', ann, []],
    ['a direct one with themselves', 'direct', ann, [ann]],
    ['a direct one of three', 'direct', ann, [bob, eve]],
    ['a support chat for others', 'support', ann, [bob]],
    ['a direct one of one, as the host,', 'direct', undefined, [ann]],
    ['a support chat of two, as the host,', 'support', undefined, [ann, bob]],
    ['a support chat of nobody, as the host,', 'support', undefined, []],
  ] as const)('whoever wants %s is refused', (_what, kind, user, members) => {
    expect(inShort(decide({ kind }, user, members))).toBe('INVALID');
  });

  test('refuses titles that are too long and too many members at once', () => {
    expect(inShort(decide({ title: 'x'.repeat(titleLimit) }, ann, []))).toBe('ConversationCreated MemberAdded');
    expect(inShort(decide({ title: 'x'.repeat(titleLimit + 1) }, ann, []))).toBe('INVALID');
    expect(inShort(decide({ memberIds: Array.from({ length: 1001 }, (_, i) => `u${i}`) }, ann, []))).toBe('INVALID');
  });

  const existing = place('group', { title: 'Tea' });
  test.each([
    ['the host whom it agrees with', undefined, undefined, {}, true, ''],
    ['the host whose title differs', undefined, undefined, { title: 'Coffee' }, true, 'CONVERSATION_EXISTS'],
    ['the host whose kind differs', undefined, undefined, { kind: 'open' }, true, 'CONVERSATION_EXISTS'],
    ['the host whose members are not all in it', undefined, undefined, {}, false, 'CONVERSATION_EXISTS'],
    ['a member whom it agrees with', bob, member(bob), { title: 'Tea' }, true, ''],
    ['a member whom it does not agree with', bob, member(bob), { title: 'Coffee' }, true, 'CONVERSATION_EXISTS'],
    ['a stranger whom it agrees with', eve, undefined, {}, true, 'FORBIDDEN'],
    ['a stranger whom it does not agree with', eve, undefined, { title: 'Coffee' }, false, 'FORBIDDEN'],
    ['somebody who was removed', eve, 'barred', {}, true, 'FORBIDDEN'],
  ] as const)('a taken id answers %s', (_who, user, standing, wish, allAreMembers, outcome) => {
    const facts = { conversation: existing, standing, allAreMembers };
    expect(inShort(decide({ conversationId: 'c', ...wish }, user, [], facts))).toBe(outcome);
  });

  test('a stranger hears of a taken id what they hear of one that nobody may choose', () => {
    const taken = decide({ conversationId: 'c' }, eve, [], { conversation: existing });
    const chosen = decide({ conversationId: 'c' }, eve, [], {}, strictRules);
    expect(taken).toEqual(chosen);
    expect(inShort(chosen)).toBe('FORBIDDEN');
  });

  test('where ids do not come into being by touch users choose none, and the host does', () => {
    expect(inShort(decide({}, ann, [], {}, strictRules))).toBe('ConversationCreated MemberAdded');
    expect(inShort(decide({ conversationId: 'c' }, undefined, [], {}, strictRules))).toBe('ConversationCreated');
  });
});

describe('changing a conversation', () => {
  type Change = Partial<Omit<CommandOf<'ChangeConversation'>, 'type' | 'conversationId'>>;
  const change = (
    part: Part,
    conversation: Conversation | undefined,
    what: Change,
    more: { assignee?: User; assigneeIsMember?: boolean } = {},
  ) => {
    const { user, standing } = parts[part];
    const facts = { conversation, standing, assigneeIsMember: typeof standing === 'object', ...more };
    return decideChange({ type: 'ChangeConversation', conversationId: 'c', ...what }, user, facts, rules);
  };

  test.each([
    ['host', 'group', 'ConversationChanged'],
    ['owner', 'group', 'ConversationChanged'],
    ['owner', 'support', 'ConversationChanged'],
    ['member', 'group', 'FORBIDDEN'],
    ['stranger', 'open', 'NOT_FOUND'],
    ['barred', 'open', 'NOT_FOUND'],
    ['admin', 'support', 'ConversationChanged'],
    ['admin', 'open', 'NOT_FOUND'],
    ['admin within', 'open', 'FORBIDDEN'],
    ['barred admin', 'support', 'NOT_FOUND'],
  ] as const)('a new title by %s in one of kind %s ends in "%s"', (part, kind, outcome) => {
    expect(inShort(change(part, place(kind), { title: 'Tea' }))).toBe(outcome);
  });

  test('needs a conversation, and a title that is not too long', () => {
    expect(inShort(change('host', undefined, { title: 'Tea' }))).toBe('NOT_FOUND');
    expect(inShort(change('host', place('group'), { title: 'x'.repeat(titleLimit + 1) }))).toBe('INVALID');
  });

  const active = place('support', { status: 'ACTIVE', adminId: 'ada' });
  const closed = place('support', { status: 'CLOSED', adminId: 'ada' });
  test.each([
    ['owner', 'closes an active chat', active, 'CLOSED', 'StatusChanged'],
    ['member', 'closes an active chat', active, 'CLOSED', 'StatusChanged'],
    ['owner', 'reopens a closed chat', closed, 'ACTIVE', 'FORBIDDEN'],
    ['owner', 'makes a pending chat active', place('support'), 'ACTIVE', 'FORBIDDEN'],
    ['owner', 'closes a closed chat', closed, 'CLOSED', ''],
    ['admin within', 'closes an active chat', active, 'CLOSED', 'StatusChanged'],
    ['admin within', 'reopens a closed chat', closed, 'ACTIVE', 'StatusChanged'],
    ['host', 'closes a pending chat', place('support'), 'CLOSED', 'StatusChanged'],
    ['host', 'reopens a closed chat', closed, 'ACTIVE', 'StatusChanged'],
    ['stranger', 'closes an active chat', active, 'CLOSED', 'NOT_FOUND'],
    ['barred admin', 'reopens a closed chat', closed, 'ACTIVE', 'NOT_FOUND'],
    ['owner', 'closes a group', place('group'), 'CLOSED', 'INVALID'],
    ['host', 'closes a group', place('group'), 'CLOSED', 'INVALID'],
  ] as const)('%s %s', (part, _what, conversation, status, outcome) => {
    expect(inShort(change(part, conversation, { status }))).toBe(outcome);
  });

  test('an admin who makes a pending chat active takes it up, and becomes a member', () => {
    expect(draftsOf(change('admin', place('support'), { status: 'ACTIVE' }))).toMatchObject([
      { type: 'MemberAdded', user: admin, role: 'member', actorId: 'ada' },
      { type: 'StatusChanged', status: 'ACTIVE', clientId: 'ann', adminId: 'ada', actorId: 'ada' },
    ]);
  });

  test('whoever is assigned becomes a member, and a pending chat becomes active', () => {
    const assigned = change('host', place('support'), { adminId: 'bob' }, { assignee: bob, assigneeIsMember: false });
    expect(draftsOf(assigned)).toMatchObject([
      { type: 'MemberAdded', user: bob },
      { type: 'StatusChanged', status: 'ACTIVE', adminId: 'bob' },
    ]);
    const again = change('host', active, { adminId: 'ada' }, { assignee: admin, assigneeIsMember: true });
    expect(inShort(again)).toBe('');
  });

  test('stands on whoever becomes a member by being assigned not being one already, removed or not', () => {
    const assigned = change('host', place('support'), { adminId: 'bob' }, { assignee: bob, assigneeIsMember: false });
    const absent = { is: 'noMember', conversationId: 'c', userId: 'bob', evenIfBarred: true };
    expect(assigned).toMatchObject({ expects: expect.arrayContaining([absent]) });
  });

  test.each([
    ['a pending chat', place('support'), 'StatusChanged'],
    ['an active chat that nobody has', place('support', { status: 'ACTIVE' }), 'StatusChanged'],
    ['what they have already', active, ''],
    ['what another admin has', place('support', { status: 'ACTIVE', adminId: 'bob' }), 'CONVERSATION_TAKEN'],
    ['what is closed', closed, 'CONVERSATION_CLOSED'],
  ] as const)('an admin who takes %s, if nobody has it, is told what comes of it', (_what, conversation, outcome) => {
    const take = { adminId: 'ada', onlyIfFree: true } as const;
    expect(inShort(change('admin within', conversation, take, { assignee: admin }))).toBe(outcome);
  });

  test('assigning leaves a closed chat closed', () => {
    const assigned = change('admin within', closed, { adminId: 'bob' }, { assignee: bob, assigneeIsMember: true });
    expect(draftsOf(assigned)).toMatchObject([{ type: 'StatusChanged', status: 'CLOSED', adminId: 'bob' }]);
  });

  test('a client who assigns is refused, also while closing', () => {
    expect(inShort(change('owner', place('support'), { adminId: 'ann' }, { assignee: ann }))).toBe('FORBIDDEN');
    expect(inShort(change('owner', active, { status: 'CLOSED', adminId: 'ann' }))).toBe('FORBIDDEN');
  });

  test('an admin who only closes a chat of others does not take it over', () => {
    expect(draftsOf(change('admin', place('support'), { status: 'CLOSED' }))).toMatchObject([
      { type: 'StatusChanged', status: 'CLOSED' },
    ]);
  });

  test('stands on the status and admin that it saw', () => {
    expect(change('host', active, { status: 'CLOSED' })).toMatchObject({
      expects: [{ is: 'conversationAs', conversationId: 'c', status: 'ACTIVE', adminId: 'ada' }],
    });
    expect(change('host', place('support'), { status: 'CLOSED' })).toMatchObject({
      expects: [{ is: 'conversationAs', conversationId: 'c', status: 'PENDING', adminId: null }],
    });
  });

  test('a refused half refuses the whole', () => {
    expect(inShort(change('member', active, { title: 'Tea', status: 'CLOSED' }))).toBe('FORBIDDEN');
    expect(inShort(change('owner', active, { title: 'Tea', status: 'CLOSED' }))).toBe(
      'ConversationChanged StatusChanged',
    );
  });
});
