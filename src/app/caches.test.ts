import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin, ann, bob, eve, person } from '../../test/harness/cast.ts';
import { openTemporaryStore, wireUseCases } from '../../test/harness/use-cases.ts';
import type { Actor, Command } from '../core/commands.ts';
import { applyToConversation } from '../core/conversations.ts';
import { type Entry, topicOf } from '../core/events.ts';
import {
  type Conversation,
  conversationKinds,
  type KnownConversation,
  type Position,
  supportStatuses,
} from '../core/model.ts';
import { isRefusal } from '../core/refusals.ts';
import { isMember, type Standing } from '../core/rules.ts';
import type { Snapshot } from './ports.ts';

/** Old snapshot + entries = new snapshot: whatever is asked for by whomever, in whichever order. */

const cast = [ann, bob, eve, admin, person('ivy')];
const userIds = cast.map(({ id }) => id);
const someone = fc.constantFrom(...userIds);
const actors: fc.Arbitrary<Actor> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...cast).map((user) => ({ kind: 'user' as const, user })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'host' as const }) },
);
const opening = fc.oneof(
  fc.constant({ kind: 'open' as const }),
  fc.constant({ kind: 'support' as const }),
  someone.map((toUserId) => ({ kind: 'direct' as const, toUserId })),
);

/** A command as a test makes it: the conversation, and messages of it, are known only when it runs. */
type Wish = (conversationId: string, messageIds: readonly Position[]) => Command;
const nth = (messageIds: readonly Position[], n: number): Position => messageIds[n % messageIds.length] ?? 1;

const wishes: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 4,
    arbitrary: opening.map(
      (as): Wish =>
        (conversationId) => ({ type: 'SendMessage', conversationId, text: 'x', opening: as }),
    ),
  },
  fc.nat().map(
    (n): Wish =>
      (conversationId, ids) => ({ type: 'SendMessage', conversationId, text: 'x', replyToId: nth(ids, n) }),
  ),
  fc.record({ n: fc.nat(), text: fc.constantFrom('x', 'y') }).map(
    ({ n, text }): Wish =>
      (conversationId, ids) => ({ type: 'EditMessage', conversationId, messageId: nth(ids, n), text }),
  ),
  fc.nat().map(
    (n): Wish =>
      (conversationId, ids) => ({ type: 'DeleteMessage', conversationId, messageId: nth(ids, n) }),
  ),
  fc.record({ n: fc.nat(), isSet: fc.boolean() }).map(
    ({ n, isSet }): Wish =>
      (conversationId, ids) => ({ type: 'SetReaction', conversationId, messageId: nth(ids, n), emoji: '👍', isSet }),
  ),
  {
    weight: 2,
    arbitrary: opening.map(
      (as): Wish =>
        (conversationId) => ({ type: 'JoinConversation', conversationId, opening: as, history: { want: 'none' } }),
    ),
  },
  fc.constant<Wish>((conversationId) => ({ type: 'LeaveConversation', conversationId })),
  fc.nat().map(
    (n): Wish =>
      (conversationId, ids) => ({ type: 'MarkRead', conversationId, marks: { what: 'upTo', messageId: nth(ids, n) } }),
  ),
  fc.constant<Wish>((conversationId) => ({ type: 'MarkRead', conversationId, marks: { what: 'everything' } })),
  fc.record({ kind: fc.constantFrom(...conversationKinds), memberIds: fc.array(someone, { maxLength: 3 }) }).map(
    (what): Wish =>
      (conversationId) => ({ type: 'CreateConversation', conversationId, ...what }),
  ),
  fc
    .record({ title: fc.string(), status: fc.constantFrom(...supportStatuses), adminId: someone }, { requiredKeys: [] })
    .map(
      (what): Wish =>
        (conversationId) => ({ type: 'ChangeConversation', conversationId, ...what }),
    ),
  {
    weight: 2,
    arbitrary: someone.map(
      (userId): Wish =>
        (conversationId) => ({ type: 'AddMember', conversationId, userId }),
    ),
  },
  {
    weight: 2,
    arbitrary: someone.map(
      (userId): Wish =>
        (conversationId) => ({ type: 'RemoveMember', conversationId, userId }),
    ),
  },
  fc.record({ userId: someone, role: fc.constantFrom('owner', 'member') }).map(
    (what): Wish =>
      (conversationId) => ({ type: 'ChangeRole', conversationId, ...what }),
  ),
  fc.boolean().map(
    (isMuted): Wish =>
      (conversationId) => ({ type: 'KeepConversation', conversationId, isMuted }),
  ),
  someone.map(
    (userId): Wish =>
      () => ({ type: 'CreateNotification', userId, title: 't', message: 'm', notificationType: 'n' }),
  ),
  someone.map(
    (userId): Wish =>
      () => ({ type: 'RevokeUser', userId }),
  ),
);
const steps = fc.array(fc.record({ actor: actors, wish: wishes, laterMs: fc.integer({ min: -5, max: 5 }) }), {
  minLength: 5,
  maxLength: 30,
  size: 'max',
});

const withoutCursor = (standing: Standing) => (isMember(standing) ? { ...standing, readCursor: 0 } : standing);

/** What is said is no fact: a lane does not count it. */
const asDecided = (conversation: KnownConversation | undefined) =>
  conversation && { ...conversation, ordinal: 0, lastMessageId: 0, updatedAt: 0 };

let opened: Awaited<ReturnType<typeof openTemporaryStore>>;
beforeAll(async () => {
  opened = await openTemporaryStore();
});
afterAll(() => opened[Symbol.asyncDispose]());
let conversations = 0;

test('a snapshot with the entries after it applied is the snapshot that a fresh load gives, and lanes know no other', async () => {
  const { store } = opened;
  const { house, execute, clock, heard } = wireUseCases(store);
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const id = `caches-${++conversations}`;
      const entries: Entry[] = [];
      const snapshots: Snapshot<Conversation | undefined>[] = [await store.loadConversation(id)];
      for (const { actor, wish, laterMs } of script) {
        const from = heard.length;
        clock.ms += laterMs;
        const messageIds = entries.filter((entry) => entry.event.type === 'MessageSent').map((entry) => entry.position);
        await execute(wish(id, messageIds), actor, { baseUrl: 'https://example.org' });
        entries.push(...heard.slice(from).filter((entry) => topicOf(entry.event).conversationId === id));

        const fresh = await store.loadConversation(id);
        for (const old of snapshots) {
          const after = entries.filter((entry) => entry.position > old.position);
          // Undefined says that it must be loaded: never wrong, but only right when somebody went.
          const known = after.reduce(applyToConversation, old.value);
          if (known === undefined && after.some((entry) => entry.event.type === 'MemberRemoved')) continue;
          expect(known).toEqual(fresh.value);
        }
        snapshots.push(fresh);

        for (const userId of userIds) {
          const facts = await house.lanes.facts(id, userId);
          if (isRefusal(facts)) throw new Error(facts.message);
          const stored = await store.loadMember(id, userId);
          expect(asDecided(facts.conversation)).toEqual(asDecided(fresh.value));
          expect(withoutCursor(facts.standing)).toEqual(withoutCursor(stored.value));
        }
      }
    }),
    { numRuns: 80 },
  );
}, 60_000);

test('entries that come round while facts are being loaded, before or after they are read, change nothing', async () => {
  const { store } = opened;
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), async (script, waits) => {
      // A node of its own per run, so that its lanes are empty at first; commands are not awaited one by one.
      const { house, execute } = wireUseCases(store);
      const id = `caches-${++conversations}`;
      const running: Promise<unknown>[] = [];
      for (const [index, { actor, wish }] of script.entries()) {
        running.push(execute(wish(id, []), actor, { baseUrl: 'https://example.org' }));
        if (waits[index]) await running.at(-1);
      }
      await Promise.all(running);
      const fresh = await store.loadConversation(id);
      for (const userId of userIds) {
        const facts = await house.lanes.facts(id, userId);
        if (isRefusal(facts)) throw new Error(facts.message);
        expect(asDecided(facts.conversation)).toEqual(asDecided(fresh.value));
        expect(withoutCursor(facts.standing)).toEqual(withoutCursor((await store.loadMember(id, userId)).value));
      }
    }),
    { numRuns: 80 },
  );
}, 60_000);
