import { expect, test } from 'vitest';
import type { EventOf } from '../core/events.ts';
import { Sequencer } from './sequencer.ts';
import { ToldMarks } from './told-marks.ts';

const mark = (
  position: number,
  from: number,
  to: number,
  messageIds: readonly number[],
  more: Partial<EventOf<'ReadCursorMoved'>> = {},
) => {
  const event = { conversationId: 'tea', userId: 'bob', actorId: 'bob', from, to, messageIds, ...more };
  return { position, at: 1, event: { type: 'ReadCursorMoved', ...event } } as const;
};

test('what was told of a reader is no news, whatever the log keeps of them in one', () => {
  const marks = new ToldMarks();
  marks.note(mark(4, 0, 3, [1, 3]));
  expect(marks.newsOf(mark(9, 0, 8, [1, 3, 5, 8]))).toEqual(mark(9, 3, 8, [5, 8]));
  marks.note(mark(9, 3, 8, [5, 8]));
  expect(marks.newsOf(mark(20, 0, 11, [1, 3, 5, 8]))).toEqual(mark(20, 8, 11, []));
});

test('what nobody has told is news: of another reader, of elsewhere, and of a range that begins later', () => {
  const marks = new ToldMarks();
  marks.note(mark(4, 0, 3, [1, 3]));
  for (const entry of [
    mark(9, 0, 8, [1, 8], { userId: 'eve', actorId: 'eve' }),
    mark(9, 0, 8, [1, 8], { conversationId: 'kettle' }),
    mark(9, 3, 8, [5, 8]),
  ]) {
    expect(marks.newsOf(entry)).toBe(entry);
  }
});

test('a node that starts does not tell again what the newest of the log had told', async () => {
  const joined = mark(6, 0, 5, [1, 3, 5]);
  const store = {
    readEntries: async () => ({ entries: [joined], through: 6 }),
    head: async () => ({ position: 6, epoch: 'e', secret: 's' }),
  };
  const sequencer = new Sequencer({ store, position: 0, ringEntries: 8 });
  const heard: unknown[] = [];
  sequencer.subscribe((entry) => heard.push(entry));
  sequencer.startWith([mark(4, 0, 3, [1, 3])], 4);
  sequencer.head(6);
  await sequencer.caughtUp(6);
  expect(heard).toEqual([mark(6, 3, 5, [5])]);
  sequencer.dispose();
});
