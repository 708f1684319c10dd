import { describe, expect, test } from 'vitest';
import { bob, inShort, member, place } from '../../test/harness/cast.ts';
import { decideMarkRead, marksAtOnceLimit } from './receipts.ts';

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
