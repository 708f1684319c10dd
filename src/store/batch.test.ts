import { describe, expect, test } from 'vitest';
import type { AppendItem, Draft, Precondition } from '../app/ports.ts';
import type { User } from '../core/model.ts';
import { type BatchItem, isPlain, joinCalls, type ReadItem, readItems, writeItems } from './batch.ts';

const [conversationId, at] = ['c', 7];
const ann: User = { id: 'ann', name: 'Ann', email: '', role: 'USER' };
const member: Precondition = { is: 'member', conversationId, userId: 'ann' };
const ofTwo = { is: 'conversationAs', conversationId, memberCount: 2 } as const;
const active = { is: 'conversationAs', conversationId, status: 'ACTIVE' } as const;

const message = (more: object = {}) => ({ conversationId, sender: ann, text: 'Hello "there"', at, ...more });
const said = (more: object = {}, actorId = 'ann'): Draft => ({
  type: 'MessageSent',
  conversationId,
  actorId,
  message: message(more),
});
const item = (expects: readonly Precondition[], drafts: readonly Draft[] = [said()]): AppendItem => ({
  at,
  expects,
  drafts,
  decidedIn: { conversationId, facts: 1 },
});
const arrived = (...calls: (readonly AppendItem[])[]) => readItems(joinCalls(calls.map(writeItems))).map(inFull);

/** What arrives of most messages is less than that, and says the same. */
function inFull(item: ReadItem): BatchItem {
  if (!isPlain(item)) return item;
  const { senderId, memberCount, status, clientMessageId, body } = item;
  const named = clientMessageId === undefined ? {} : { clientMessageId };
  const expects: Precondition[] = [{ is: 'member', conversationId: item.conversationId, userId: senderId }];
  const conversation = { is: 'conversationAs', conversationId: item.conversationId } as const;
  if (memberCount > 0) expects.push({ ...conversation, memberCount });
  if (status !== undefined) expects.push({ ...conversation, status });
  const { conversationId } = item;
  return { at: item.at, expects, drafts: [{ type: 'MessageSent', conversationId, senderId, ...named, body }] };
}

const plain = { type: 'MessageSent', conversationId, senderId: 'ann', body: JSON.stringify(message()) };

describe('a batch on its way to the writer', () => {
  test('keeps the calls and their items in order, each with its bodies', () => {
    const left: Draft = { type: 'MemberLeft', conversationId, user: ann, actorId: 'ann' };
    const texts = arrived(
      [item([member], [left]), item([], [said({ text: '1' }), left, said({ text: '2' })])],
      [item([member], [said({ text: '3' })])],
    ).map(({ drafts }) =>
      drafts.map((draft) => (draft.type === 'MessageSent' ? JSON.parse(draft.body).text : draft.type)),
    );
    expect(texts).toEqual([['MemberLeft'], ['1', 'MemberLeft', '2'], ['3']]);
  });

  test.each<[string, readonly Precondition[]]>([
    ['nothing', []],
    ['a member', [member]],
    ['a member among two', [member, ofTwo]],
    ['a member with a role', [{ ...member, role: 'owner' }]],
    ['another member', [{ ...member, userId: 'bob' }]],
    ['a member of another conversation', [{ ...member, conversationId: 'd' }]],
    ['a member of a chat in a status', [member, active]],
    ['a member among two of a chat in a status', [member, ofTwo, active]],
    ['the status before the size', [member, active, ofTwo]],
    ['two statuses', [member, active, { ...active, status: 'PENDING' }]],
    ['two sizes', [member, ofTwo, { ...ofTwo, memberCount: 3 }]],
    ['a chat in a status with an admin', [member, { ...active, adminId: 'bob' }]],
    ['the status of another chat', [member, { ...active, conversationId: 'd' }]],
    ['a status and a size in one', [member, { ...ofTwo, status: 'ACTIVE' }]],
    ['a member of a chat without an admin', [member, { ...ofTwo, adminId: null }]],
    ['the size of another conversation', [member, { ...ofTwo, conversationId: 'd' }]],
    ['an empty conversation', [member, { ...ofTwo, memberCount: 0 }]],
    ['the size first', [ofTwo, member]],
    ['more', [member, ofTwo, { is: 'message', conversationId, messageId: 1 }]],
  ])('tells the writer of what a message expects: %s', (_what, expects) => {
    expect(arrived([item(expects)])).toEqual([{ at, expects, drafts: [plain] }]);
  });

  test('tells it of all that a message is', () => {
    const quoted = { replyToId: 3, replyTo: { id: 3, sender: ann, text: 'What?' } };
    const session = { id: 's', userId: 'ann', state: {} } as unknown as NonNullable<AppendItem['session']>;
    const [named, halved, answering, byHost, saved] = arrived([
      item([member], [said({ clientMessageId: 'x' })]),
      item([member], [said({ clientMessageId: '\ud800' })]),
      item([member], [said(quoted)]),
      item([member], [said({}, 'host')]),
      { ...item([member]), session },
    ]);
    expect(named?.drafts).toMatchObject([{ clientMessageId: 'x' }]);
    expect(halved?.drafts).toMatchObject([{ clientMessageId: '"\\ud800"' }]);
    expect(answering?.drafts).toMatchObject([{ replyToId: 3 }]);
    expect(byHost?.drafts).toMatchObject([{ actorId: 'host' }]);
    expect(saved?.session).toEqual(session);
  });
});
