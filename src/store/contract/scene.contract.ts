import { expect } from 'vitest';
import type { AppendItem, AppendOutcome, Draft, Precondition, ReadMarks, Store } from '../../app/ports.ts';
import type { Entry, EventOf, LoggedEventType } from '../../core/events.ts';
import type { Conversation, ConversationId, Id, Message, Position, TimeMs, User, UserId } from '../../core/model.ts';

/** The words in which the contract's tests speak to a store. */

/** A database that is empty at first and can be opened as often as asked, one store at a time. */
export type Database = { open(): Promise<Store>; remove(): Promise<void> };

let lastNumber = 0;
let lastTimeMs = 1_760_000_000_000;

/** An id that no other test uses, so that tests can share a store. */
export const freshId = (what: string): Id => `${what}-${++lastNumber}`;

/** A moment after all others that were asked for. */
export const nextTimeMs = (): TimeMs => ++lastTimeMs;

export const userOf = (id: UserId): User => ({ id, email: `${id}@example.org`, role: 'USER', name: `Name of ${id}` });

export function created(id: ConversationId, more: Partial<Conversation> = {}): Draft {
  const at = nextTimeMs();
  const counted = { isAutoCreated: false, ordinal: 0, lastMessageId: 0, memberCount: 0, pair: [] };
  const conversation: Conversation = { id, kind: 'group', createdAt: at, updatedAt: at, ...counted, ...more };
  return { type: 'ConversationCreated', conversation };
}

export const added = (conversationId: ConversationId, userId: UserId): Draft => ({
  type: 'MemberAdded',
  conversationId,
  kind: 'group',
  user: userOf(userId),
  role: 'member',
});

export const removed = (conversationId: ConversationId, userId: UserId, mayReenter = false): Draft => ({
  type: 'MemberRemoved',
  conversationId,
  userId,
  wasJoined: false,
  mayReenter,
});

export const joined = (conversationId: ConversationId, userId: UserId): Draft => ({
  type: 'MemberJoined',
  conversationId,
  user: userOf(userId),
  actorId: userId,
});

export const left = (conversationId: ConversationId, userId: UserId): Draft => ({
  type: 'MemberLeft',
  conversationId,
  user: userOf(userId),
  actorId: userId,
});

export function said(
  conversationId: ConversationId,
  senderId: UserId,
  text: string,
  more: Partial<Omit<Message, 'id' | 'ordinal'>> = {},
): Draft {
  const message = { conversationId, sender: userOf(senderId), text, at: nextTimeMs(), ...more };
  return { type: 'MessageSent', conversationId, message, actorId: senderId };
}

export const marked = (conversationId: ConversationId, userId: UserId, marks: ReadMarks): Draft => ({
  type: 'ReadCursorMoved',
  conversationId,
  userId,
  marks,
  actorId: userId,
});

export const item = (drafts: readonly Draft[], expects: readonly Precondition[] = []): AppendItem => ({
  at: nextTimeMs(),
  expects,
  drafts,
});

/** Appends one item and answers its outcome. */
export async function tryAppend(store: Store, one: AppendItem): Promise<AppendOutcome> {
  const [outcome] = await store.append([one]);
  if (outcome === undefined) throw new Error('The store answered for no item.');
  return outcome;
}

/** Appends drafts as one item that must succeed. */
export async function append(store: Store, ...drafts: readonly Draft[]): Promise<readonly Entry[]> {
  return expectEntries(await tryAppend(store, item(drafts)));
}

export function expectEntries(outcome: AppendOutcome | undefined): readonly Entry[] {
  if (!outcome?.ok) expect.fail(`should have been written: ${JSON.stringify(outcome)}`);
  return outcome.entries;
}

/** The only entry, which must be of this type. */
export function expectEvent<T extends LoggedEventType>(entries: readonly Entry[], type: T): EventOf<T> {
  expect(entries.map((entry) => entry.event.type)).toEqual([type]);
  return entries[0]?.event as EventOf<T>;
}

/** A conversation with these members, and its id. */
export async function gather(store: Store, ...userIds: readonly UserId[]): Promise<ConversationId> {
  const id = freshId('conversation');
  await append(store, created(id), ...userIds.map((userId) => added(id, userId)));
  return id;
}

/** Says texts one after the other; the positions of the messages. */
export async function say(
  store: Store,
  conversationId: ConversationId,
  senderId: UserId,
  ...texts: readonly string[]
): Promise<readonly Position[]> {
  const entries = await append(store, ...texts.map((text) => said(conversationId, senderId, text)));
  return entries.map((entry) => entry.position);
}

/** Everything after a position, however many answers it takes. */
export async function readAll(
  store: Store,
  after: Position,
  topics?: { readonly conversationIds: readonly ConversationId[]; readonly userIds: readonly UserId[] },
  limit = 500,
): Promise<readonly Entry[]> {
  const { position: upTo } = await store.head();
  const entries: Entry[] = [];
  for (let through = after; through < upTo; ) {
    const answer = await store.readEntries({
      after: through,
      upTo,
      limit,
      ...(topics === undefined ? {} : { topics }),
    });
    expect(answer.entries.length).toBeLessThanOrEqual(limit);
    expect(answer.through).toBeGreaterThan(through);
    for (const entry of answer.entries) {
      expect(entry.position).toBeGreaterThan(through);
      expect(entry.position).toBeLessThanOrEqual(answer.through);
    }
    entries.push(...answer.entries);
    through = answer.through;
  }
  return entries;
}
