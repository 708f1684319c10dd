import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Typing } from './typing.ts';

let told: boolean[];
let typing: Typing;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  typing = new Typing((isTyping) => told.push(isTyping));
});
afterEach(() => {
  typing.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('whoever types tells so now and then while it goes on, and once that it is over', () => {
  for (let second = 0; second < 7; second++) {
    typing.set(true);
    vi.advanceTimersByTime(1_000);
  }
  expect(told).toEqual([true, true, true]);
  for (let times = 0; times < 2; times++) typing.set(false);
  expect(told).toEqual([true, true, true, false]);
  typing.set(true);
  expect(told.at(-1)).toBe(true);
});

test('nobody is told of an end that a message has told already', () => {
  typing.set(true);
  typing.hasSaid();
  typing.set(false);
  expect(told).toEqual([true]);
  typing.set(true);
  expect(told).toEqual([true, true]);
});

test('others are seen typing once, until they stop or are not heard of for some seconds', () => {
  for (const id of ['1', '2', '1']) typing.hear(id, true);
  expect(typing.users.get()).toEqual(['1', '2']);
  typing.hear('2', false);
  vi.advanceTimersByTime(7_999);
  expect(typing.users.get()).toEqual(['1']);
  typing.hear('1', true);
  vi.advanceTimersByTime(7_999);
  expect(typing.users.get()).toEqual(['1']);
  vi.advanceTimersByTime(1);
  expect(typing.users.get()).toEqual([]);
});
