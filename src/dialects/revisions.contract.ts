import { expect, test } from 'vitest';
import { read } from './dialect.contract.ts';
import type { Dialect } from './dialect.ts';

/** What a dialect calls its events, and the fields in them. */
type Names = { readonly [of in 'edit' | 'delete' | 'react' | 'conversationId' | 'text']: string };

/** Messages are edited, deleted and reacted to in every dialect that can, each in its own names. */
export function asksForRevisions(dialect: Dialect, names: Names): void {
  const message = { conversationId: '88', messageId: 7 };
  const of = (conversationId: unknown, more: object): object => ({ [names.conversationId]: conversationId, ...more });
  test.each([
    [names.edit, of(88, { messageId: '7', [names.text]: 'x' }), { type: 'EditMessage', ...message, text: 'x' }],
    [names.edit, of(88, { messageId: 7 }), 'unfit'],
    [names.delete, of('88', { messageId: 7 }), { type: 'DeleteMessage', ...message }],
    [names.delete, of('88', { messageId: 'message-id' }), { type: 'DeleteMessage', ...message, messageId: 0 }],
    [
      names.react,
      of('88', { messageId: 7, emoji: '👍' }),
      { type: 'SetReaction', ...message, emoji: '👍', isSet: true },
    ],
    [
      names.react,
      of('88', { messageId: 7, emoji: '👍', isSet: false }),
      { type: 'SetReaction', ...message, emoji: '👍', isSet: false },
    ],
    [names.react, of('88', { messageId: 7 }), 'unfit'],
  ])('what becomes of messages is asked for by %s %j', (event, payload, request) => {
    expect(read(dialect, event, payload)).toEqual(request);
  });
}
