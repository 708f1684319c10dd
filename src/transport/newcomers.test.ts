import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Newcomers } from './newcomers.ts';

class Engine extends EventEmitter {
  readyState = 'open';

  close(): void {
    this.readyState = 'closed';
    this.emit('close');
  }
}

const patienceMs = 20_000;
let cutOff: Engine[];
let newcomers: Newcomers<Engine>;

beforeEach(() => {
  vi.useFakeTimers();
  cutOff = [];
  newcomers = new Newcomers<Engine>({ perAddress: 2, patienceMs, cutOff: (engine) => cutOff.push(engine) });
});
afterEach(() => {
  newcomers[Symbol.dispose]();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function arrive(address = 'a'): Engine {
  const engine = new Engine();
  newcomers.add(engine, address);
  return engine;
}

test('so many of one address may wait at once, and each that is in or gone makes room for one, once', () => {
  const [first, second] = [arrive(), arrive()];
  newcomers.add(first, 'a');
  expect([newcomers.mayCome('a'), newcomers.mayCome('b')]).toEqual([false, true]);
  newcomers.release(first);
  newcomers.release(first);
  first.close();
  expect(newcomers.mayCome('a')).toBe(true);
  arrive();
  expect(newcomers.mayCome('a')).toBe(false);
  second.close();
  expect(newcomers.mayCome('a')).toBe(true);
  expect([first, second].map((engine) => engine.listenerCount('close'))).toEqual([0, 0]);
});

test('one that is closed already does not wait, and one that was never seen is released without harm', () => {
  for (let time = 0; time < 3; time++) {
    const engine = new Engine();
    engine.close();
    newcomers.add(engine, 'a');
    newcomers.release(new Engine());
  }
  expect(newcomers.mayCome('a')).toBe(true);
});

test('whoever waits for too long is cut off and makes room, and nobody before that', () => {
  const first = arrive();
  vi.advanceTimersByTime(patienceMs / 2);
  arrive();
  vi.advanceTimersByTime(patienceMs / 2 - 1);
  expect(cutOff).toEqual([]);
  vi.advanceTimersByTime(1 + patienceMs / 4);
  expect(cutOff).toEqual([first]);
  expect(newcomers.mayCome('a')).toBe(true);
});

test('who waits for our answer is not cut off for that, and others are nevertheless', () => {
  const asking = arrive('a');
  newcomers.asks(asking, true);
  const silent = arrive('b');
  vi.advanceTimersByTime(2 * patienceMs);
  expect(cutOff).toEqual([silent]);
  newcomers.asks(asking, false);
  vi.advanceTimersByTime(patienceMs / 4);
  expect(cutOff).toEqual([silent, asking]);
});
