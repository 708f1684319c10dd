import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadlines } from './deadlines.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('each is due when its time is over, once, and not before', () => {
  const due: string[] = [];
  using deadlines = new Deadlines<string>(100, (item) => due.push(item));
  deadlines.set('a');
  vi.advanceTimersByTime(60);
  deadlines.set('b');
  vi.advanceTimersByTime(39);
  expect(due).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(due).toEqual(['a']);
  vi.advanceTimersByTime(60);
  expect(due).toEqual(['a', 'b']);
  vi.advanceTimersByTime(1_000);
  expect(due).toEqual(['a', 'b']);
});

test('who is set again or deleted is not due at the time before', () => {
  const due: string[] = [];
  using deadlines = new Deadlines<string>(100, (item) => due.push(item));
  for (const item of ['a', 'b', 'c']) deadlines.set(item);
  vi.advanceTimersByTime(50);
  deadlines.set('a');
  deadlines.delete('b');
  vi.advanceTimersByTime(51);
  expect(due).toEqual(['c']);
  vi.advanceTimersByTime(50);
  expect(due).toEqual(['c', 'a']);
});

test('who is set anew while it is due waits again, and nothing comes after the end', () => {
  const due: string[] = [];
  const deadlines = new Deadlines<string>(100, (item) => {
    due.push(item);
    deadlines.set(item);
  });
  deadlines.set('a');
  vi.advanceTimersByTime(310);
  expect(due).toEqual(['a', 'a', 'a']);
  expect(vi.getTimerCount()).toBe(1);
  deadlines[Symbol.dispose]();
  vi.advanceTimersByTime(1_000);
  expect(due).toHaveLength(3);
});
