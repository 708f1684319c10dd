import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AnswerAllowance } from './library-answers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const unsentLimitBytes = 1_000;
const enter = `0/${'x'.repeat(40)},`;

/** A session, and whether it was cut off. */
function scene(bufferedAmount = 0) {
  const allowance = new AnswerAllowance(unsentLimitBytes);
  const asker = { websocket: { bufferedAmount }, cutOff: vi.fn() };
  const ask = (type: string, data: unknown, times = 1): boolean[] =>
    Array.from({ length: times }, () => allowance.count(asker, type, data));
  return { ask, asker };
}

test.each([
  ['ping', undefined],
  ['message', enter],
])('who asks for a hundred answers gets them, and who asks for one more is cut off: %s %s', (type, data) => {
  const { ask, asker } = scene();
  expect(ask(type, data, 100)).not.toContain(false);
  expect(asker.cutOff).not.toHaveBeenCalled();
  expect(ask(type, data)).toEqual([false]);
  expect(asker.cutOff).toHaveBeenCalledTimes(1);
});

test('who asks now and then may go on for ever', () => {
  const { ask } = scene();
  for (let minute = 0; minute < 30; minute++) {
    expect(ask('ping', undefined, 90)).not.toContain(false);
    vi.advanceTimersByTime(10_001);
  }
});

test('what is answered by nobody here is not counted', () => {
  const { ask } = scene(unsentLimitBytes + 1);
  for (const [type, data] of [
    ['pong', undefined],
    ['message', '2["said"]'],
    ['message', Buffer.from('0')],
  ] as const) {
    expect(ask(type, data, 1_000)).not.toContain(false);
  }
});

test('a long request counts for as many as it is long', () => {
  const { ask } = scene();
  expect(ask('message', '0'.padEnd(50_000, 'x'), 2)).toEqual([true, true]);
  expect(ask('ping', undefined)).toEqual([false]);
});

test('who leaves too much unread gets no answer more', () => {
  expect(scene(unsentLimitBytes).ask('ping', undefined)).toEqual([true]);
  expect(scene(unsentLimitBytes + 1).ask('ping', undefined)).toEqual([false]);
});
