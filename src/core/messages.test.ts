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
import type { CommandOf } from './commands.ts';
import { checkContent, decideSend, quotesLimit, type SendingFacts } from './messages.ts';
import type { Conversation, ConversationKind, Message, User } from './model.ts';

type Send = CommandOf<'SendMessage'>;
const send = (more: Partial<Send> = {}): Send => ({
  type: 'SendMessage',
  conversationId: 'c',
  text: 'Hello',
  opening: { kind: 'open' },
  ...more,
});

describe('what is said', () => {
  const attachment = { url: 'https://example.org/a.png' };
  const limit = rules.contentLimitBytes;
  test.each([
    ['a text', 'fine', {}],
    ['nothing', 'MISSING_CONTENT', { text: '' }],
    ['blanks', 'MISSING_CONTENT', { text: ' \n\u00a0' }],
    ['an attachment alone', 'fine', { text: '', attachment }],
    ['a file alone', 'fine', { text: '', fileId: 'f' }],
    ['as many bytes as allowed', 'fine', { text: 'x'.repeat(limit) }],
    ['one byte too many', 'TOO_LARGE', { text: 'x'.repeat(limit + 1) }],
    ['few characters of many bytes', 'TOO_LARGE', { text: '\u20ac'.repeat(limit / 3 + 1) }],
    ['as many bytes as allowed in few characters', 'fine', { text: '💐'.repeat(limit / 4) }],
    ['an attachment at no web address', 'INVALID', { attachment: { url: 'javascript:alert(1)' } }],
    ['an empty clientMessageId', 'INVALID', { clientMessageId: '' }],
    ['the longest clientMessageId', 'fine', { clientMessageId: 'x'.repeat(200) }],
    ['the longest clientMessageId of emojis', 'fine', { clientMessageId: '😀'.repeat(200) }],
    ['a clientMessageId of one emoji too many', 'INVALID', { clientMessageId: `${'😀'.repeat(200)}x` }],
    ['a clientMessageId that is too long', 'INVALID', { clientMessageId: 'x'.repeat(201) }],
  ])('with %s is %s', (_what, outcome, more) => {
    expect(checkContent(send(more), rules)?.refused ?? 'fine').toBe(outcome);
  });

  test('is told what to do about blanks in the address of an attachment', () => {
    expect(checkContent(send({ attachment: { url: 'https://a/b c' } }), rules)?.message).toContain('%20 for blanks');
  });

  test('is told how long the address of an attachment may be', () => {
    const address = (length: number) => ({ url: 'https://example.org/'.padEnd(length, 'a') });
    expect(checkContent(send({ attachment: address(4096) }), rules)).toBeUndefined();
    expect(checkContent(send({ attachment: address(4097) }), rules)?.message).toContain('at most 4096 characters');
  });
});

describe('sending', () => {
  const decide = (user: User, facts: Partial<SendingFacts>, more: Partial<Send> = {}, by = rules) =>
    decideSend(send(more), user, { conversation: undefined, standing: undefined, ...facts }, by, 7);
  const said = (outcome: ReturnType<typeof decide>) => {
    const last = draftsOf(outcome).at(-1);
    if (last?.type !== 'MessageSent') throw new Error('The last draft is no message.');
    return last.message;
  };

  const rows: readonly (readonly [Part, ConversationKind, string])[] = [
    ['owner', 'group', 'MessageSent'],
    ['member', 'direct', 'MessageSent'],
    ['member', 'support', 'MessageSent'],
    ['stranger', 'open', 'MemberAdded MemberJoined MessageSent'],
    ['stranger', 'group', 'NOT_FOUND'],
    ['stranger', 'direct', 'NOT_FOUND'],
    ['stranger', 'support', 'NOT_FOUND'],
    ['barred', 'open', 'NOT_FOUND'],
    ['admin', 'support', 'MemberAdded StatusChanged MemberJoined MessageSent'],
    ['admin within', 'support', 'StatusChanged MessageSent'],
    ['admin', 'group', 'NOT_FOUND'],
    ['barred admin', 'support', 'NOT_FOUND'],
  ];
  test.each(rows)('by %s in one of kind %s ends in "%s"', (part, kind, outcome) => {
    const { user, standing } = parts[part];
    for (const by of [rules, strictRules]) {
      expect(inShort(decide(user ?? eve, { conversation: place(kind), standing }, {}, by))).toBe(outcome);
    }
  });

  test.each([
    ['open', undefined, 'ConversationCreated MemberAdded MemberJoined MessageSent'],
    ['support', undefined, 'ConversationCreated MemberAdded MemberJoined MessageSent'],
    ['direct', undefined, 'ConversationCreated MemberAdded MemberJoined MessageSent'],
    ['direct', bob, 'ConversationCreated MemberAdded MemberAdded MemberJoined MessageSent'],
  ] as const)('to an unknown id as %s makes it', (kind, other, outcome) => {
    const receiver = other ? { receiver: { user: other, standing: undefined } } : {};
    const opening = other ? { kind: 'direct' as const, toUserId: other.id } : { kind };
    expect(inShort(decide(ann, receiver, { opening }))).toBe(outcome);
    expect(inShort(decide(ann, receiver, { opening }, strictRules))).toBe('NOT_FOUND');
    expect(said(decide(ann, receiver, { opening })).receiverId).toBe(other?.id);
  });

  test('over HTTP neither makes a conversation nor joins one', () => {
    const { opening: _, ...overHttp } = send();
    const facts = { conversation: undefined, standing: undefined };
    expect(inShort(decideSend(overHttp, ann, facts, rules, 7))).toBe('NOT_FOUND');
    const entering = { conversation: place('open'), standing: undefined };
    expect(inShort(decideSend(overHttp, eve, entering, rules, 7))).toBe('MemberAdded MessageSent');
  });

  test('joins a member who has left', () => {
    const facts = { conversation: place('open'), standing: member(bob, 'member', false) };
    expect(inShort(decide(bob, facts))).toBe('MemberJoined MessageSent');
  });

  describe('in a support chat', () => {
    const chat = (status: 'PENDING' | 'ACTIVE' | 'CLOSED', more = {}) => place('support', { status, ...more });
    test.each([
      ['the client in a pending one', ann, chat('PENDING'), 'MessageSent'],
      ['the client who is an admin too, in their own', { ...ann, role: 'ADMIN' }, chat('PENDING'), 'MessageSent'],
      ['an admin in a pending one', admin, chat('PENDING'), 'StatusChanged MessageSent'],
      ['a member who is no admin', bob, chat('PENDING'), 'MessageSent'],
      ['an admin in an active one', admin, chat('ACTIVE', { adminId: 'bob' }), 'MessageSent'],
      ['the client in a closed one', ann, chat('CLOSED'), 'CONVERSATION_CLOSED'],
      ['an admin in a closed one', admin, chat('CLOSED'), 'CONVERSATION_CLOSED'],
    ])('%s', (_who, user, conversation, outcome) => {
      expect(inShort(decide(user, { conversation, standing: member(user) }))).toBe(outcome);
    });

    test('a stranger does not learn that it is closed', () => {
      expect(inShort(decide(eve, { conversation: chat('CLOSED') }))).toBe('NOT_FOUND');
    });

    test("an admin's first message makes them its admin, standing on its being pending still", () => {
      const decision = decide(admin, { conversation: chat('PENDING') });
      expect(draftsOf(decision)[1]).toEqual({
        type: 'StatusChanged',
        conversationId: 'c',
        status: 'ACTIVE',
        clientId: 'ann',
        adminId: 'ada',
        actorId: 'ada',
      });
      expect(decision).toMatchObject({
        expects: expect.arrayContaining([{ is: 'conversationAs', conversationId: 'c', status: 'PENDING' }]),
      });
    });
  });

  describe('names the receiver', () => {
    const receiverIn = (conversation: Conversation, user: User, standing: SendingFacts['standing']) =>
      said(decide(user, { conversation, standing })).receiverId;

    test('where there is exactly one other member', () => {
      expect(receiverIn(place('direct'), ann, member(ann))).toBe('bob');
      expect(receiverIn(place('direct'), bob, member(bob))).toBe('ann');
      expect(receiverIn(place('group', { memberCount: 3, pair: [] }), ann, member(ann))).toBeUndefined();
      expect(receiverIn(place('open', { memberCount: 1, pair: ['ann'] }), ann, member(ann))).toBeUndefined();
    });

    test('counting who comes in by sending', () => {
      expect(receiverIn(place('open', { memberCount: 1, pair: ['ann'] }), eve, undefined)).toBe('ann');
      expect(receiverIn(place('open'), eve, undefined)).toBeUndefined();
    });

    test('standing on the number of members where it matters', () => {
      const expects = (conversation: Conversation) => decide(ann, { conversation, standing: member(ann) });
      const size = (memberCount: number) => ({ is: 'conversationAs', conversationId: 'c', memberCount });
      expect(expects(place('direct'))).toMatchObject({ expects: expect.arrayContaining([size(2)]) });
      expect(expects(place('group', { memberCount: 3, pair: [] }))).toMatchObject({
        expects: expect.arrayContaining([size(3)]),
      });
      expect(expects(place('group', { memberCount: 4, pair: [] }))).toEqual(
        expect.objectContaining({ expects: [{ is: 'member', conversationId: 'c', userId: 'ann' }] }),
      );
    });
  });

  describe('to a named receiver', () => {
    const alone = (more: Partial<Conversation> = {}) =>
      place('open', { isAutoCreated: true, memberCount: 1, pair: ['ann'], ...more });
    const to = (conversation: Conversation, receiver: SendingFacts['receiver'], user = ann) =>
      decide(
        user,
        { conversation, standing: member(user), ...(receiver ? { receiver } : {}) },
        { opening: { kind: 'direct', toUserId: receiver?.user.id ?? '' } },
      );

    test('brings them into the open conversation that the sender touched into being and is alone in', () => {
      const decision = to(alone(), { user: bob, standing: undefined });
      expect(inShort(decision)).toBe('MemberAdded MessageSent');
      expect(said(decision).receiverId).toBe('bob');
    });

    test.each([
      ['one that was made on purpose', alone({ isAutoCreated: false }), bob, undefined],
      ['one of another kind', place('group', { isAutoCreated: true, memberCount: 1, pair: ['ann'] }), bob, undefined],
      ['one with more members', place('open', { isAutoCreated: true }), eve, undefined],
      ['who was removed', alone(), bob, 'barred' as const],
      ['who is the sender', alone(), ann, undefined],
    ])('brings nobody into %s', (_what, conversation, user, standing) => {
      expect(inShort(to(conversation, { user, standing }))).toBe('MessageSent');
    });

    test('brings nobody into one that somebody else is alone in', () => {
      const facts = { conversation: alone(), receiver: { user: bob, standing: undefined } };
      const opening = { kind: 'direct', toUserId: 'bob' } as const;
      const added = draftsOf(decide(eve, facts, { opening })).filter(({ type }) => type === 'MemberAdded');
      expect(added).toMatchObject([{ user: eve }]);
    });
  });

  describe('as an answer', () => {
    const quoted: Message = {
      id: 3,
      conversationId: 'c',
      ordinal: 2,
      sender: bob,
      text: 'Tea?',
      replyToId: 1,
      replyTo: { id: 1, conversationId: 'c', ordinal: 1, sender: ann, text: 'Hi', at: 1 },
      at: 2,
    };
    const facts = { conversation: place('group'), standing: member(ann) };

    test('carries what it answers, without what that answered', () => {
      const { replyTo: _, ...flat } = quoted;
      expect(said(decide(ann, { ...facts, quoted }, { replyToId: 3 }))).toMatchObject({ replyToId: 3, replyTo: flat });
      expect(said(decide(ann, { ...facts, quoted }, { replyToId: 3 })).replyTo).not.toHaveProperty('replyTo');
    });

    test('only names a message that is quoted by very many, who would all be written anew with it', () => {
      const counted = (quotes: number) => said(decide(ann, { ...facts, quoted, quotes }, { replyToId: 3 }));
      expect(counted(quotesLimit - 1)).toHaveProperty('replyTo');
      expect(counted(quotesLimit)).toMatchObject({ replyToId: 3 });
      expect(counted(quotesLimit)).not.toHaveProperty('replyTo');
    });

    test('to no message of the conversation is refused, to strangers in the words for strangers', () => {
      expect(inShort(decide(ann, facts, { replyToId: 3 }))).toBe('MESSAGE_NOT_FOUND');
      expect(inShort(decide(eve, { conversation: place('group') }, { replyToId: 3 }))).toBe('NOT_FOUND');
    });

    test('stands on its reading as it did, edited or not', () => {
      const answering = (of: Message) => decide(ann, { ...facts, quoted: of }, { replyToId: 3 });
      const about = { is: 'messageAs', conversationId: 'c', messageId: 3 };
      for (const [of, editedAt] of [
        [quoted, null],
        [{ ...quoted, editedAt: 4 }, 4],
      ] as const) {
        expect(answering(of)).toMatchObject({ expects: expect.arrayContaining([{ ...about, editedAt }]) });
      }
    });

    test('to one that was taken back is refused', () => {
      const deleted = { ...quoted, text: '', deletedAt: 5 };
      expect(inShort(decide(ann, { ...facts, quoted: deleted }, { replyToId: 3 }))).toBe('MESSAGE_NOT_FOUND');
    });
  });

  test('with a file takes it as the attachment, and is refused without one', () => {
    const facts = { conversation: place('group'), standing: member(ann) };
    const file = { url: 'https://example.org/files/f/a.png', fileId: 'f' };
    expect(said(decide(ann, { ...facts, file }, { fileId: 'f' })).attachment).toEqual(file);
    expect(inShort(decide(ann, facts, { fileId: 'f' }))).toBe('FILE_NOT_FOUND');
  });

  test('keeps what was said as it was said, and the time of the command', () => {
    const facts = { conversation: place('group'), standing: member(ann) };
    const more = { contentType: 'image', metadata: { a: [1, null] }, clientMessageId: 'x' };
    expect(said(decide(ann, facts, more))).toEqual({
      conversationId: 'c',
      sender: ann,
      receiverId: 'bob',
      text: 'Hello',
      at: 7,
      ...more,
    });
  });
});
