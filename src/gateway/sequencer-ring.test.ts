import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entry, FakeLog, listenTo } from '../../test/harness/sequencer-scene.ts';

describe('what a sequencer remembers', () => {
  const everything = { conversationIds: ['c0', 'c1', 'c2'], userId: 'ann' };

  test.each([
    [0, undefined],
    [11, undefined],
    [12, [13, 14, 15, 16, 17, 18, 19, 20]],
    [13, [14, 15, 16, 17, 18, 19, 20]],
    [19, [20]],
    [20, []],
    [25, []],
  ])('of the newest 8 of 20 entries, after %i', (after, wanted) => {
    const { sequencer } = listenTo(new FakeLog());
    sequencer.push(new FakeLog().entriesUpTo(20));
    const inConversation = wanted?.filter((position) => position % 3 === 1);
    expect(sequencer.recent(after, 'c1')?.map(({ position }) => position)).toEqual(inConversation);
    if (wanted) expect(sequencer.ring.ofTopics(after, everything).map(({ position }) => position)).toEqual(wanted);
  });

  test('does not speak for what was before it began', () => {
    const { sequencer } = listenTo(new FakeLog(), { position: 5 });
    expect(sequencer.recent(4, 'c0')).toBeUndefined();
    expect(sequencer.recent(5, 'c0')).toEqual([]);
    sequencer.push([entry(6)]);
    expect(sequencer.recent(4, 'c0')).toBeUndefined();
    expect(sequencer.recent(5, 'c0')).toHaveLength(1);
  });

  test('is the log as far as it reaches, holes passed over, as a whole and topic by topic', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 38, size: 'max' }),
        fc.integer({ min: 1, max: 12 }),
        async (holes, ringEntries) => {
          const log = new FakeLog(holes);
          log.head = 40;
          const { sequencer } = listenTo(log, { ringEntries });
          await sequencer.catchUp();
          for (let after = 0; after <= 40; after++) {
            const recent = sequencer.recent(after, 'c1');
            expect(recent === undefined).toBe(after < 40 - ringEntries);
            if (!recent) continue;
            const wanted = log.entriesUpTo(40, after);
            expect(recent).toEqual(wanted.filter(({ position }) => position % 3 === 1));
            expect(sequencer.ring.ofTopics(after, everything)).toEqual(wanted);
            const topics = { conversationIds: ['c0', 'c2'], userId: 'ann' };
            expect(sequencer.ring.ofTopics(after, topics)).toEqual(wanted.filter(({ position }) => position % 3 !== 1));
          }
        },
      ),
    );
  });
});
