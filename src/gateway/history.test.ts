import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { conversationAt, HistoryScene, ids, message, messages, never } from '../../test/harness/history-scene.ts';
import type { Entry, LoggedEvent } from '../core/events.ts';
import type { Message, Position } from '../core/model.ts';

let scene: HistoryScene;

beforeEach(() => {
  scene = new HistoryScene();
});

describe('history', () => {
  test('tells what was edited or deleted while it was read as it is by then, wherever it was found', async () => {
    scene.hear(4);
    scene.duringRead = () => {
      scene.duringRead = () => undefined;
      scene.hear(5);
      const revise = (event: LoggedEvent) =>
        scene.sequencer.push([{ position: ++scene.stored, at: 2, event } as Entry]);
      const about = { conversationId: 'c', actorId: 'ann' };
      revise({ type: 'MessageDeleted', messageId: 1, senderId: 'ann', ...about });
      revise({ type: 'MessageEdited', message: { ...message(2), text: 'new', editedAt: 2 }, ...about });
      revise({ type: 'MessageEdited', message: { ...message(5), text: 'newer', editedAt: 2 }, ...about });
    };
    let found: readonly Message[] = [];
    await scene.history.newest('c', 10, (page) => {
      found = page.messages;
    });
    expect(found.map(({ text }) => text)).toEqual(['new', '4', 'newer']);
  });

  test('is read once for all who ask for the same at once, and for each of them up to their own cutover', async () => {
    scene.hear(4);
    let isFirst = true;
    scene.duringRead = () => {
      if (isFirst) scene.hear(6);
      isFirst = false;
    };
    const found: (readonly number[])[] = [];
    const ask = (limit: number) => scene.history.newest('c', limit, ({ messages }) => found.push(ids(messages)));
    await Promise.all([ask(10), ask(10), ask(2)]);
    expect([scene.history.reads, ...found]).toEqual([
      2,
      ids(messages(0, 6).map(message)),
      ids(messages(0, 6).map(message)),
      messages(0, 6).slice(-2),
    ]);
    await ask(10);
    expect(scene.history.reads).toBe(3);
  });

  test('and what is heard from the cutover on leave no hole and repeat nothing, while messages flow', async () => {
    const steps = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { minLength: 1, maxLength: 12 });
    const wish = fc.oneof(
      fc.record({ want: fc.constant('newest' as const), limit: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ want: fc.constant('after' as const), position: fc.nat(30) }),
    );
    await fc.assert(
      fc.asyncProperty(steps, wish, fc.integer({ min: 1, max: 10 }), async (script, wanted, ringEntries) => {
        scene = new HistoryScene(ringEntries);
        const [first, ...rest] = script;
        scene.hear(first?.[0] ?? 0);
        scene.stored += first?.[1] ?? 0;
        // With every read the node hears more, and the store is further still.
        scene.duringRead = () => {
          const [heard = 0, ahead = 0] = rest.shift() ?? [];
          scene.hear(scene.sequencer.position + heard);
          scene.stored += ahead;
        };
        const inTheLog = scene.stored;
        const live: Position[] = [];
        let told: Position[] | undefined;
        scene.sequencer.subscribe(({ position }) => {
          if (told && conversationAt(position) === 'c') live.push(position);
        });
        const before: Position[] = [];
        const earlier = async (found: readonly Message[]) => before.push(...ids(found)) > 0;
        await scene.history.wished('c', wanted, earlier, (found) => {
          told = [...before, ...ids(found)];
        });
        scene.hear(scene.stored + 3);
        const everything = messages(wanted.want === 'after' ? wanted.position : 0, scene.sequencer.position);
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
    scene = new HistoryScene(3);
    scene.hear(10);
    let times = 0;
    scene.duringRead = () => {
      if (times++ === 0) scene.hear(20);
    };
    let told: Position[] = [];
    await scene.history.newest('c', 50, (page) => {
      told = ids(page.messages);
    });
    expect(scene.history.reads).toBe(2);
    expect(told).toEqual(messages(0, 20));
  });

  test('does not tell what this node has not heard yet, since that comes by itself', async () => {
    scene.hear(10);
    scene.stored = 20;
    let told: Position[] = [];
    await scene.history.newest('c', 50, (page) => {
      told = ids(page.messages);
    });
    expect(told).toEqual(messages(0, 10));
  });

  test('says whether there is more, also while the store is ahead of what was heard', async () => {
    scene.hear(30);
    const asked = async (limit: number, after?: Position) => {
      let found = { ids: [] as Position[], hasMore: false };
      const take = ({ messages: some, hasMore }: { messages: readonly Message[]; hasMore: boolean }) => {
        found = { ids: ids(some), hasMore };
      };
      await (after === undefined
        ? scene.history.newest('c', limit, take)
        : scene.history.after('c', after, limit, take));
      return found;
    };
    expect(await asked(5)).toEqual({ ids: messages(0, 30).slice(-5), hasMore: true });
    expect(await asked(20)).toEqual({ ids: messages(0, 30), hasMore: false });
    expect(await asked(5, 0)).toEqual({ ids: messages(0, 30).slice(0, 5), hasMore: true });
    expect(await asked(5, 25)).toEqual({ ids: messages(25, 30), hasMore: false });
    scene.stored = 32;
    expect(await asked(5)).toEqual({ ids: messages(0, 30).slice(-3), hasMore: true });
    expect(await asked(5, 25)).toEqual({ ids: messages(25, 30), hasMore: false });
  });

  test('after a place tells no more than was asked for, also where more is said while it is read', async () => {
    scene.hear(4);
    scene.duringRead = () => scene.hear(30);
    let found = { ids: [] as Position[], hasMore: false };
    await scene.history.after('c', 0, 5, ({ messages: some, hasMore }) => {
      found = { ids: ids(some), hasMore };
    });
    expect(found).toEqual({ ids: messages(0, 30).slice(0, 5), hasMore: true });
  });

  test('after a place beyond what was heard is empty', async () => {
    scene.hear(10);
    let told: Position[] | undefined;
    await scene.history.wished('c', { want: 'after', position: 99 }, never, (found) => {
      told = ids(found);
    });
    expect(told).toEqual([]);
  });

  test('up to a place ends there', async () => {
    scene.hear(30);
    let told: Position[] = [];
    await scene.history.until('c', { after: 4, upTo: 20, limit: 50 }, (page) => {
      told = ids(page.messages);
    });
    expect(told).toEqual(messages(4, 20));
    await scene.history.until('c', { after: undefined, upTo: 20, limit: 3 }, (page) => {
      told = ids(page.messages);
    });
    expect(told).toEqual(messages(0, 20).slice(-3));
  });
});
