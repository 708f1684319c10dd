import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AppendItem, MessageRange, ReadMarks, Store } from '../../app/ports.ts';
import { type EventOf, readIdsLimit } from '../../core/events.ts';
import type { ConversationId, Position, UserId } from '../../core/model.ts';
import { gather, item, marked, readAll, said, say } from './scene.contract.ts';

const users: readonly UserId[] = ['ann', 'bob', 'eve'];

/** What somebody does; messages are named by their place among those there are, and some names are of no message here. */
type Deed = { readonly userId: UserId } & (
  | { readonly what: 'say' | 'everything' }
  | { readonly what: 'upTo' | 'messages'; readonly named: readonly number[] }
);
type Move = { readonly position: Position } & Pick<EventOf<'ReadCursorMoved'>, 'from' | 'to' | 'messageIds'>;

/** The naive conversation: a list of messages, a cursor for each user, and every move it ever made. */
class Model {
  readonly messages: { readonly position: Position; readonly senderId: UserId }[] = [];
  readonly moves = new Map<UserId, Move[]>(users.map((userId) => [userId, []]));
  head: Position;

  constructor(head: Position) {
    this.head = head;
  }

  cursor(userId: UserId): Position {
    return this.moves.get(userId)?.at(-1)?.to ?? 0;
  }

  unread(userId: UserId): number {
    return this.messages.filter(({ position, senderId }) => senderId !== userId && position > this.cursor(userId))
      .length;
  }

  say(senderId: UserId): Position {
    this.messages.push({ position: ++this.head, senderId });
    return this.head;
  }

  mark(userId: UserId, marks: ReadMarks): { readonly marked: readonly Position[]; readonly move: Move | undefined } {
    const named = marks.what === 'upTo' ? [marks.messageId] : marks.what === 'messages' ? marks.messageIds : [];
    const existing = named.filter((id) => this.messages.some(({ position }) => position === id));
    const from = this.cursor(userId);
    const to = marks.what === 'everything' ? (this.messages.at(-1)?.position ?? 0) : Math.max(0, ...existing);
    if (to <= from) return { marked: existing, move: undefined };
    const passed = this.messages.filter(({ position }) => position > from && position <= to);
    const told =
      marks.what === 'messages'
        ? passed.filter(({ position }) => existing.includes(position))
        : passed.filter(({ senderId }) => senderId !== userId);
    const move = { position: ++this.head, from, to, messageIds: told.map(({ position }) => position) };
    this.moves.get(userId)?.push(move);
    return { marked: existing, move };
  }

  /** Where the entries are that the log still has. */
  get kept(): readonly Position[] {
    const cursors = [...this.moves.values()].flatMap((moves) => moves.at(-1)?.position ?? []);
    return [...this.messages.map(({ position }) => position), ...cursors].sort((a, b) => a - b);
  }
}

const named = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 5 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ userId: fc.constantFrom(...users), what: fc.constant('say' as const) }) },
  fc.record({ userId: fc.constantFrom(...users), what: fc.constant('everything' as const) }),
  fc.record({ userId: fc.constantFrom(...users), what: fc.constantFrom('upTo' as const, 'messages' as const), named }),
);
/** What is written at once, time after time. */
const story = fc.array(fc.array(deed, { minLength: 1, maxLength: 9, size: 'max' }), { minLength: 1, maxLength: 5 });
const bound = fc.option(fc.integer({ min: -2, max: 45 }), { nil: undefined });
const messageQuestion = fc.record({
  after: bound,
  before: bound,
  limit: fc.integer({ min: 1, max: 12 }),
  take: fc.constantFrom('oldest' as const, 'newest' as const),
});
const pageLimits = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

export function describeRanges(store: () => Store): void {
  /** Does it in the model and in the store, and compares every answer. */
  async function live(model: Model, id: ConversationId, foreign: Position, deeds: readonly Deed[]): Promise<void> {
    const items: AppendItem[] = [];
    const expected: unknown[] = [];
    for (const { userId, ...one } of deeds) {
      if (one.what === 'say') {
        items.push(item([said(id, userId, 'text')]));
        const position = model.say(userId);
        expected.push({ ok: true, entries: [{ position, event: { type: 'MessageSent', message: { id: position } } }] });
        continue;
      }
      const found = (index: number) => model.messages[index]?.position ?? foreign;
      const [first = 0, ...more] = 'named' in one ? one.named : [];
      const marks: ReadMarks =
        one.what === 'everything'
          ? { what: 'everything' }
          : one.what === 'upTo'
            ? { what: 'upTo', messageId: found(first) }
            : { what: 'messages', messageIds: [first, ...more].map(found) };
      items.push(item([marked(id, userId, marks)]));
      const { marked: names, move } = model.mark(userId, marks);
      const event = move && { userId, from: move.from, to: move.to, messageIds: move.messageIds };
      expected.push({ ok: true, marked: names, entries: move ? [{ position: move.position, event }] : [] });
    }
    expect(await store().append(items)).toMatchObject(expected);
  }

  const cursorsOf = async (id: ConversationId) => {
    const views = await Promise.all(users.map((userId) => store().viewConversation(id, userId)));
    return views.map((view) => [view?.member?.readCursor, view?.unreadCount]);
  };

  describe('messages and read marks in any order', () => {
    test('leave the cursors, counts, lists and ranges that a naive reading of them gives', async () => {
      const foreign = (await say(store(), await gather(store(), 'ann'), 'ann', 'elsewhere'))[0] ?? 0;
      await fc.assert(
        fc.asyncProperty(
          story,
          fc.array(messageQuestion, { minLength: 6, maxLength: 6 }),
          fc.tuple(pageLimits, fc.nat({ max: 30 }), fc.boolean()),
          async (times, questions, [limits, skipped, ofTopics]) => {
            const id = await gather(store(), ...users);
            const start = (await store().head()).position;
            const model = new Model(start);
            let before: readonly Position[] = users.map(() => 0);
            for (const deeds of times) {
              await live(model, id, foreign, deeds);
              const now = users.map((userId) => model.cursor(userId));
              expect(await cursorsOf(id)).toEqual(users.map((userId, n) => [now[n], model.unread(userId)]));
              for (const [n, cursor] of now.entries()) expect(cursor).toBeGreaterThanOrEqual(before[n] ?? 0);
              before = now;
            }
            expect((await store().head()).position).toBe(model.head);

            for (const { after, before, limit, take } of questions) {
              const range: MessageRange = {
                conversationId: id,
                ...(after === undefined ? {} : { after: start + after }),
                ...(before === undefined ? {} : { before: start + before }),
                ...{ limit, take },
              };
              const { after: first = 0, before: last = Number.POSITIVE_INFINITY } = range;
              const between = model.messages.flatMap(({ position }) =>
                position > first && position < last ? position : [],
              );
              const slice = take === 'oldest' ? between.slice(0, limit) : between.slice(-limit);
              const { position, value } = await store().readMessages(range);
              const ids = value.messages.map((message) => message.id);
              expect([position, ids, value.hasMore]).toEqual([model.head, slice, between.length > limit]);
            }

            const topics = ofTopics ? { conversationIds: [id], userIds: [] } : undefined;
            const whole = await readAll(store(), start, topics);
            expect(whole.map(({ position }) => position)).toEqual(model.kept);
            for (const [userId, moves] of model.moves) {
              for (const [n, { from }] of moves.entries()) expect(from).toBe(moves[n - 1]?.to ?? 0);
              const last = moves.at(-1);
              const messageIds = moves.flatMap((move) => move.messageIds).slice(-readIdsLimit);
              const stored = whole.flatMap(({ event, position }) =>
                event.type === 'ReadCursorMoved' && event.userId === userId
                  ? { position, from: event.from, to: event.to, messageIds: event.messageIds }
                  : [],
              );
              expect(stored).toEqual(last ? [{ ...last, from: 0, messageIds }] : []);
            }

            let through = Math.min(start + skipped, model.head);
            const pages = whole.filter(({ position }) => position > through);
            for (let page = 0; through < model.head; page++) {
              const limit = limits[page % limits.length] ?? 1;
              const answer = await store().readEntries({ after: through, limit, ...(topics && { topics }) });
              expect(answer.entries.length).toBeLessThanOrEqual(limit);
              expect(answer.through).toBeGreaterThan(through);
              through = answer.through;
              const upTo = pages.filter(({ position }) => position <= through);
              expect(answer.entries).toEqual(upTo);
              pages.splice(0, upTo.length);
            }
            expect([through, pages]).toEqual([model.head, []]);
          },
        ),
        { numRuns: 40 },
      );
    });
  });
}
