import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ann } from '../../test/harness/cast.ts';
import type { MessageRange } from '../app/ports.ts';
import type { Entry, LoggedEvent } from '../core/events.ts';
import type { Message, Position } from '../core/model.ts';
import { History } from './history.ts';
import { Sequencer } from './sequencer.ts';

/** Every third entry belongs to another conversation. */
const conversationAt = (position: Position) => (position % 3 === 0 ? 'other' : 'c');
const message = (id: Position): Message => ({
  id,
  conversationId: conversationAt(id),
  ordinal: id,
  sender: ann,
  text: `${id}`,
  at: 1,
});
const entry = (position: Position): Entry => ({
  position,
  at: 1,
  event: { type: 'MessageSent', conversationId: conversationAt(position), message: message(position), actorId: 'ann' },
});
/** The messages of the conversation in `(after, upTo]`. */
const messages = (after: Position, upTo: Position): Position[] =>
  Array.from({ length: Math.max(0, upTo - after) }, (_, i) => after + 1 + i).filter((id) => conversationAt(id) === 'c');

/** How far the store has got, and how far this node has heard. */
let stored: Position;
let duringRead: () => void;
let sequencer: Sequencer;
let history: History;

const never = () => Promise.reject(new Error('That is not long.'));

function open(ringEntries = 100, text = ''): void {
  const store = {
    readEntries: async ({ after, upTo = stored }: { after: Position; upTo?: Position }) => {
      const through = Math.max(after, Math.min(upTo, stored));
      return { entries: Array.from({ length: through - after }, (_, i) => entry(after + 1 + i)), through };
    },
    head: () => Promise.reject(new Error('Nobody asks.')),
  };
  sequencer = new Sequencer({ store, position: 0, ringEntries });
  history = new History(
    {
      readMessages: async ({ after = 0, before = Number.POSITIVE_INFINITY, limit, take }: MessageRange) => {
        const position = stored;
        const all = messages(after, Math.min(position, before - 1));
        const some = take === 'newest' ? all.slice(-limit) : all.slice(0, limit);
        await Promise.resolve();
        duringRead();
        return {
          position,
          value: {
            messages: some.map((id) => ({ ...message(id), text: `${id}${text}` })),
            hasMore: some.length < all.length,
          },
        };
      },
    },
    sequencer,
  );
}

/** So much is said and heard. */
function hear(upTo: Position): void {
  stored = Math.max(stored, upTo);
  while (sequencer.position < upTo) sequencer.push([entry(sequencer.position + 1)]);
}

const ids = (found: readonly Message[]) => found.map(({ id }) => id);

beforeEach(() => {
  stored = 0;
  duringRead = () => undefined;
  open();
});

describe('history', () => {
  test('tells what was edited or deleted while it was read as it is by then, wherever it was found', async () => {
    hear(4);
    duringRead = () => {
      duringRead = () => undefined;
      hear(5);
      const revise = (event: LoggedEvent) => sequencer.push([{ position: ++stored, at: 2, event } as Entry]);
      const about = { conversationId: 'c', actorId: 'ann' };
      revise({ type: 'MessageDeleted', messageId: 1, senderId: 'ann', ...about });
      revise({ type: 'MessageEdited', message: { ...message(2), text: 'new', editedAt: 2 }, ...about });
      revise({ type: 'MessageEdited', message: { ...message(5), text: 'newer', editedAt: 2 }, ...about });
    };
    let found: readonly Message[] = [];
    await history.newest('c', 10, (page) => {
      found = page.messages;
    });
    expect(found.map(({ text }) => text)).toEqual(['new', '4', 'newer']);
  });

  test('is read once for all who ask for the same at once, and for each of them up to their own cutover', async () => {
    hear(4);
    let isFirst = true;
    duringRead = () => {
      if (isFirst) hear(6);
      isFirst = false;
    };
    const found: (readonly number[])[] = [];
    const ask = (limit: number) => history.newest('c', limit, ({ messages }) => found.push(ids(messages)));
    await Promise.all([ask(10), ask(10), ask(2)]);
    expect([history.reads, ...found]).toEqual([
      2,
      ids(messages(0, 6).map(message)),
      ids(messages(0, 6).map(message)),
      messages(0, 6).slice(-2),
    ]);
    await ask(10);
    expect(history.reads).toBe(3);
  });

  test('and what is heard from the cutover on leave no hole and repeat nothing, while messages flow', async () => {
    const steps = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { minLength: 1, maxLength: 12 });
    const wish = fc.oneof(
      fc.record({ want: fc.constant('newest' as const), limit: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ want: fc.constant('after' as const), position: fc.nat(30) }),
    );
    await fc.assert(
      fc.asyncProperty(steps, wish, fc.integer({ min: 1, max: 10 }), async (script, wanted, ringEntries) => {
        stored = 0;
        open(ringEntries);
        const [first, ...rest] = script;
        hear(first?.[0] ?? 0);
        stored += first?.[1] ?? 0;
        // With every read the node hears more, and the store is further still.
        duringRead = () => {
          const [heard = 0, ahead = 0] = rest.shift() ?? [];
          hear(sequencer.position + heard);
          stored += ahead;
        };
        const inTheLog = stored;
        const live: Position[] = [];
        let told: Position[] | undefined;
        sequencer.subscribe(({ position }) => {
          if (told && conversationAt(position) === 'c') live.push(position);
        });
        const before: Position[] = [];
        const earlier = async (found: readonly Message[]) => before.push(...ids(found)) > 0;
        await history.wished('c', wanted, earlier, (found) => {
          told = [...before, ...ids(found)];
        });
        hear(stored + 3);
        const everything = messages(wanted.want === 'after' ? wanted.position : 0, sequencer.position);
        const heard = [
          ...(told ?? []),
          ...live.filter((id) => wanted.want === 'newest' || wanted.position <= inTheLog || id > wanted.position),
        ];
        if (wanted.want === 'after') expect(heard).toEqual(everything);
        else expect(heard).toEqual(everything.slice(-heard.length || everything.length));
        if (wanted.want === 'newest') expect(told?.length).toBeLessThanOrEqual(wanted.limit);
      }),
    );
  });

  test('reads again when more has passed meanwhile than the ring holds', async () => {
    open(3);
    hear(10);
    let times = 0;
    duringRead = () => {
      if (times++ === 0) hear(20);
    };
    let told: Position[] = [];
    await history.newest('c', 50, (page) => {
      told = ids(page.messages);
    });
    expect(history.reads).toBe(2);
    expect(told).toEqual(messages(0, 20));
  });

  test('does not tell what this node has not heard yet, since that comes by itself', async () => {
    hear(10);
    stored = 20;
    let told: Position[] = [];
    await history.newest('c', 50, (page) => {
      told = ids(page.messages);
    });
    expect(told).toEqual(messages(0, 10));
  });

  test('says whether there is more, also while the store is ahead of what was heard', async () => {
    hear(30);
    const asked = async (limit: number, after?: Position) => {
      let found = { ids: [] as Position[], hasMore: false };
      const take = ({ messages: some, hasMore }: { messages: readonly Message[]; hasMore: boolean }) => {
        found = { ids: ids(some), hasMore };
      };
      await (after === undefined ? history.newest('c', limit, take) : history.after('c', after, limit, take));
      return found;
    };
    expect(await asked(5)).toEqual({ ids: messages(0, 30).slice(-5), hasMore: true });
    expect(await asked(20)).toEqual({ ids: messages(0, 30), hasMore: false });
    expect(await asked(5, 0)).toEqual({ ids: messages(0, 30).slice(0, 5), hasMore: true });
    expect(await asked(5, 25)).toEqual({ ids: messages(25, 30), hasMore: false });
    stored = 32;
    expect(await asked(5)).toEqual({ ids: messages(0, 30).slice(-3), hasMore: true });
    expect(await asked(5, 25)).toEqual({ ids: messages(25, 30), hasMore: false });
  });

  test('after a place tells no more than was asked for, also where more is said while it is read', async () => {
    hear(4);
    duringRead = () => hear(30);
    let found = { ids: [] as Position[], hasMore: false };
    await history.after('c', 0, 5, ({ messages: some, hasMore }) => {
      found = { ids: ids(some), hasMore };
    });
    expect(found).toEqual({ ids: messages(0, 30).slice(0, 5), hasMore: true });
  });

  test('after a place beyond what was heard is empty', async () => {
    hear(10);
    let told: Position[] | undefined;
    await history.wished('c', { want: 'after', position: 99 }, never, (found) => {
      told = ids(found);
    });
    expect(told).toEqual([]);
  });

  test('that nobody wants is not read', async () => {
    hear(10);
    let told: readonly Message[] | undefined;
    await history.wished('c', { want: 'none' }, never, (found) => {
      told = found;
    });
    expect([told, history.reads]).toEqual([[], 0]);
  });

  test('after a place is told whole, piece by piece, each when there is room for it', async () => {
    open(10_000);
    hear(3000);
    const told: Position[][] = [];
    let isTaking = false;
    const earlier = async (found: readonly Message[]) => {
      expect(isTaking).toBe(false);
      isTaking = true;
      told.push(ids(found));
      await Promise.resolve();
      isTaking = false;
      return true;
    };
    await history.wished('c', { want: 'after', position: 5 }, earlier, (found) => told.push(ids(found)));
    expect(told.flat()).toEqual(messages(5, 3000));
    expect(told.length).toBe(4);
    expect(history.reads).toBe(4);
  });

  test('of long messages is told in pieces of few of them, and the last piece is cut over', async () => {
    const long = 'x'.repeat(30_000);
    open(10_000, long);
    hear(300);
    const told: Position[][] = [];
    const earlier = async (found: readonly Message[]) => told.push(ids(found)) > 0;
    await history.wished('c', { want: 'after', position: 0 }, earlier, (found) => told.push(ids(found)));
    expect(told.flat()).toEqual(messages(0, 300));
    expect(Math.max(...told.map(({ length }) => length))).toBe(3);
    expect(told.at(-1)).toEqual([]);
  });

  test('of messages that are long enough alone is told one by one', async () => {
    open(10_000, 'x'.repeat(70_000));
    hear(10);
    const told: Position[][] = [];
    const earlier = async (found: readonly Message[]) => told.push(ids(found)) > 0;
    await history.wished('c', { want: 'after', position: 0 }, earlier, (found) => told.push(ids(found)));
    expect(told).toEqual([...messages(0, 10).map((id) => [id]), []]);
  });

  test('tells in a later piece nothing that was deleted while an earlier one was taken', async () => {
    open(10_000, 'x'.repeat(30_000));
    hear(300);
    const told: Position[] = [];
    const earlier = async (found: readonly Message[]) => {
      told.push(...ids(found));
      if (told.length > 3) return true;
      const event = { type: 'MessageDeleted', conversationId: 'c', messageId: 290, senderId: 'ann', actorId: 'ann' };
      sequencer.push([{ position: 301, at: 1, event: event as LoggedEvent }]);
      return true;
    };
    await history.wished('c', { want: 'after', position: 0 }, earlier, (found) => told.push(...ids(found)));
    expect(told).toEqual(messages(0, 300).filter((id) => id !== 290));
  });

  test('ends where nobody wants more of it', async () => {
    open(10_000);
    hear(3000);
    const cutover = vi.fn();
    await history.wished('c', { want: 'after', position: 5 }, async () => false, cutover);
    expect([history.reads, cutover.mock.calls]).toEqual([1, []]);
  });

  test('up to a place ends there', async () => {
    hear(30);
    let told: Position[] = [];
    await history.until('c', { after: 4, upTo: 20, limit: 50 }, (page) => {
      told = ids(page.messages);
    });
    expect(told).toEqual(messages(4, 20));
    await history.until('c', { after: undefined, upTo: 20, limit: 3 }, (page) => {
      told = ids(page.messages);
    });
    expect(told).toEqual(messages(0, 20).slice(-3));
  });
});
