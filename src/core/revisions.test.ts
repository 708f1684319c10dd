import { describe, expect, test } from 'vitest';
import { ann, bob, inShort, member, type Part, parts, person, place, rules } from '../../test/harness/cast.ts';
import type { Entry, LoggedEvent } from './events.ts';
import { quote } from './messages.ts';
import type { Conversation, ConversationKind, Message } from './model.ts';
import {
  decideDelete,
  decideEdit,
  decideReaction,
  reactionsLimit,
  reviseEntry,
  reviseMessage,
  takesWordsBack,
} from './revisions.ts';

const message: Message = { id: 7, conversationId: 'c', ordinal: 1, sender: bob, text: 'Tea?', at: 5 };
const answer: Message = { ...message, id: 8, ordinal: 2, text: 'Yes', replyToId: 7, replyTo: quote(message) };
const gone: Message = { ...message, text: '', deletedAt: 9 };
const at = (event: LoggedEvent): Entry => ({ position: 20, at: 19, event }) as Entry;
const closed = place('support', { status: 'CLOSED' });
const about = { conversationId: 'c', messageId: 7 };

const facts = (part: Part, conversation: Conversation | undefined, of: Message | undefined) => ({
  conversation,
  standing: parts[part].standing,
  ...(of ? { message: of } : {}),
});

describe('editing', () => {
  const edit = (part: Part, of: Message | 'none' = message, conversation = place('group'), text = 'Coffee?') =>
    inShort(
      decideEdit(
        { type: 'EditMessage', ...about, text },
        parts[part].user,
        facts(part, conversation, of === 'none' ? undefined : of),
        rules,
        3,
      ),
    );

  test.each([
    ['member', 'MessageEdited'],
    ['owner', 'FORBIDDEN'],
    ['admin', 'NOT_FOUND'],
    ['admin within', 'FORBIDDEN'],
    ['stranger', 'NOT_FOUND'],
    ['barred', 'NOT_FOUND'],
    ['host', 'MessageEdited'],
  ] as const)('a message of Bob’s as %s: %s', (part, outcome) => {
    expect(edit(part)).toBe(outcome);
  });

  test.each([
    ['what was never said', 'none', place('group'), 'x', 'MESSAGE_NOT_FOUND'],
    ['what was deleted', gone, place('group'), 'x', 'MESSAGE_NOT_FOUND'],
    ['to what it is already', message, place('group'), 'Tea?', ''],
    ['to nothing', message, place('group'), ' ', 'MISSING_CONTENT'],
    ['to too much', message, place('group'), 'x'.repeat(rules.contentLimitBytes + 1), 'TOO_LARGE'],
    ['in a closed chat', message, closed, 'x', 'CONVERSATION_CLOSED'],
    [
      'the text beside a file away',
      { ...message, attachment: { url: 'https://a' } },
      place('group'),
      '',
      'MessageEdited',
    ],
  ] as readonly [string, Message | 'none', Conversation, string, string][])(
    '%s',
    (_, of, conversation, text, outcome) => {
      expect(edit('member', of, conversation, text)).toBe(outcome);
    },
  );

  test('stands on the message reading as it did and its sender being a member, when it is committed', () => {
    const command = { type: 'EditMessage', ...about, text: 'x' } as const;
    expect(decideEdit(command, bob, facts('member', place('support'), message), rules, 3)).toEqual({
      drafts: [
        {
          type: 'MessageEdited',
          conversationId: 'c',
          message: { ...message, text: 'x', editedAt: 3 },
          actorId: 'bob',
        },
      ],
      expects: [
        { is: 'messageAs', ...about, editedAt: null },
        { is: 'member', conversationId: 'c', userId: 'bob' },
        { is: 'conversationAs', conversationId: 'c', status: 'PENDING' },
      ],
    });
  });
});

describe('deleting', () => {
  test.each([
    ['group', 'member', 'MessageDeleted'],
    ['group', 'owner', 'MessageDeleted'],
    ['open', 'owner', 'MessageDeleted'],
    ['direct', 'owner', 'FORBIDDEN'],
    ['group', 'admin within', 'FORBIDDEN'],
    ['group', 'admin', 'NOT_FOUND'],
    ['support', 'admin', 'MessageDeleted'],
    ['support', 'admin within', 'MessageDeleted'],
    ['support', 'barred admin', 'NOT_FOUND'],
    ['support', 'owner', 'FORBIDDEN'],
    ['group', 'stranger', 'NOT_FOUND'],
    ['group', 'host', 'MessageDeleted'],
  ] as readonly [ConversationKind, Part, string][])('a message of Bob’s in a %s as %s: %s', (kind, part, outcome) => {
    const { user } = parts[part];
    expect(
      inShort(decideDelete({ type: 'DeleteMessage', ...about }, user, facts(part, place(kind), message), rules)),
    ).toBe(outcome);
  });

  test('again changes nothing, and what was never said is not found', () => {
    const remove = (of: Message | undefined) =>
      inShort(decideDelete({ type: 'DeleteMessage', ...about }, bob, facts('member', closed, of), rules));
    expect([remove(message), remove(gone), remove(undefined)]).toEqual(['MessageDeleted', '', 'MESSAGE_NOT_FOUND']);
  });
});

describe('reacting', () => {
  const react = (
    emoji: string,
    isSet = true,
    of: Message | 'none' = message,
    part: Part = 'owner',
    in_ = place('open'),
  ) =>
    inShort(
      decideReaction(
        { type: 'SetReaction', ...about, emoji, isSet },
        parts[part].user ?? ann,
        facts(part, in_, of === 'none' ? undefined : of),
      ),
    );
  const with_ = (...userIds: string[]): Message => ({ ...message, reactions: [{ emoji: '👍', userIds }] });

  test.each(['👍', '👩‍👩‍👧‍👦', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '+1', ':party:', 'x'.repeat(64)])('with %s is possible', (emoji) => {
    expect(react(emoji)).toBe('MessageReacted');
  });

  test.each(['', ' ', 'two words', 'x'.repeat(65), 'bell\u0007', '\ud800', 'a\n'])('with %j is not', (emoji) => {
    expect(react(emoji)).toBe('INVALID');
  });

  test.each([
    ['twice changes nothing', true, with_('bob', 'ann'), 'owner', place('open'), ''],
    ['as others did is one’s own', true, with_('bob'), 'owner', place('open'), 'MessageReacted'],
    ['no more takes it back', false, with_('ann'), 'owner', place('open'), 'MessageUnreacted'],
    ['no more, where one never did, changes nothing', false, with_('bob'), 'owner', place('open'), ''],
    ['is for members', true, message, 'stranger', place('open'), 'NOT_FOUND'],
    ['to what was deleted', true, gone, 'owner', place('open'), 'MESSAGE_NOT_FOUND'],
    ['in a closed chat', true, message, 'owner', closed, 'CONVERSATION_CLOSED'],
    [
      'to what has as many as there may be',
      true,
      with_(...Array.from({ length: reactionsLimit }, (_, n) => `${n}`)),
      'owner',
      place('open'),
      'INVALID',
    ],
  ] as readonly [string, boolean, Message, Part, Conversation, string][])('%s', (_, isSet, of, part, in_, outcome) => {
    expect(react('👍', isSet, of, part, in_)).toBe(outcome);
  });
});

describe('a message after an entry', () => {
  const reaction = (type: 'MessageReacted' | 'MessageUnreacted', user: string, emoji: string, messageId = 7): Entry =>
    at({ type, conversationId: 'c', messageId, user: person(user), emoji, actorId: user });
  const edited = at({ type: 'MessageEdited', conversationId: 'c', message: { ...message, text: 'New', editedAt: 19 } });
  const deleted = at({ type: 'MessageDeleted', conversationId: 'c', messageId: 7, senderId: 'bob' });

  test('about it reads as that says, and so does its quote', () => {
    expect(reviseMessage(message, edited)).toEqual({ ...message, text: 'New', editedAt: 19 });
    expect(reviseMessage(answer, edited).replyTo?.text).toBe('New');
  });

  test('that deletes it keeps nothing that was said', () => {
    const full: Message = {
      ...answer,
      id: 7,
      receiverId: 'ann',
      contentType: 'secret',
      attachment: { url: 'https://secret' },
      metadata: { secret: 1 },
      clientMessageId: 'c1',
      reactions: [{ emoji: 'secret', userIds: ['ann'] }],
      editedAt: 6,
    };
    expect(reviseMessage(full, deleted)).toEqual({
      ...message,
      ordinal: 2,
      receiverId: 'ann',
      text: '',
      replyToId: 7,
      clientMessageId: 'c1',
      deletedAt: 19,
    });
    expect(reviseMessage(answer, deleted)).toEqual({ ...answer, replyTo: undefined });
  });

  test('about another one is the same', () => {
    const other = { ...message, id: 6 };
    for (const entry of [edited, deleted, reaction('MessageReacted', 'ann', '👍')]) {
      expect(reviseMessage(other, entry)).toBe(other);
    }
  });

  test('has each reaction once, in the order in which they came', () => {
    const entries = [
      reaction('MessageReacted', 'ann', '👍'),
      reaction('MessageReacted', 'bob', '👎'),
      reaction('MessageReacted', 'bob', '👍'),
      reaction('MessageReacted', 'ann', '👍'),
      reaction('MessageUnreacted', 'bob', '👎'),
      reaction('MessageUnreacted', 'eve', '👍'),
    ];
    const { reactions } = entries.reduce(reviseMessage, message);
    expect(reactions).toEqual([{ emoji: '👍', userIds: ['bob', 'ann'] }]);
    const none = [reaction('MessageUnreacted', 'bob', '👍'), reaction('MessageUnreacted', 'ann', '👍')];
    expect(none.reduce(reviseMessage, { ...message, reactions: reactions ?? [] })).toEqual(message);
  });
});

describe('words are taken back', () => {
  const sent = at({ type: 'MessageSent', conversationId: 'c', message, actorId: 'bob' });
  const edited = at({ type: 'MessageEdited', conversationId: 'c', message: { ...message, text: 'New', editedAt: 19 } });
  const deleted = at({ type: 'MessageDeleted', conversationId: 'c', messageId: 7, senderId: 'bob' });
  const reacted = at({
    type: 'MessageReacted',
    conversationId: 'c',
    messageId: 7,
    user: ann,
    emoji: '👍',
    actorId: 'ann',
  });

  test('by edits and deletions, and by nothing else', () => {
    expect([edited, deleted, sent, reacted].map(takesWordsBack)).toEqual([true, true, false, false]);
  });

  test('also from the entry that said them, while an earlier edit gives way and anything else stays', () => {
    expect(reviseEntry(sent, edited)?.event).toMatchObject({ message: { text: 'New' } });
    expect(reviseEntry(sent, deleted)?.event).toMatchObject({ message: { text: '', deletedAt: 19 } });
    expect(reviseEntry(edited, deleted)).toBeUndefined();
    expect(reviseEntry(reacted, deleted)).toBe(reacted);
    const other = at({ type: 'MessageSent', conversationId: 'c', message: { ...message, id: 6 }, actorId: 'bob' });
    expect(reviseEntry(other, edited)).toBe(other);
  });
});

test('between two who have blocked each other nothing is edited and nothing reacted to, and taking back goes on', () => {
  const blocked = { ...facts('member', place('direct'), message), blocking: 'byOther' as const };
  const edit = { type: 'EditMessage', ...about, text: 'x' } as const;
  const react = { type: 'SetReaction', ...about, emoji: '👍', isSet: true } as const;
  expect(inShort(decideEdit(edit, bob, blocked, rules, 3))).toBe('BLOCKED');
  expect(inShort(decideReaction(react, bob, blocked))).toBe('BLOCKED');
  expect(inShort(decideDelete({ type: 'DeleteMessage', ...about }, bob, blocked, rules))).toBe('MessageDeleted');
});

test('a member who reacts stands on not having done so, and on there being room', () => {
  const command = { type: 'SetReaction', ...about, emoji: '👍', isSet: true } as const;
  const decision = decideReaction(command, ann, { ...facts('owner', place('group'), message), standing: member(ann) });
  expect('expects' in decision ? decision.expects : []).toEqual([
    { is: 'reaction', ...about, userId: 'ann', emoji: '👍', isSet: false, below: reactionsLimit },
    { is: 'member', conversationId: 'c', userId: 'ann' },
  ]);
});
