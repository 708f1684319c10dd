import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Held } from './held.ts';

class Holding {
  letGoes = 0;

  letGo(): void {
    this.letGoes++;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('what is held', () => {
  it('is let go once, however often that is said', () => {
    using held = new Held(60_000);
    const [one, other] = [new Holding(), new Holding()];
    held.add(one);
    held.add(other);
    held.release(one);
    held.release(one);
    expect([one.letGoes, other.letGoes]).toEqual([1, 0]);
  });

  it('never waits for longer than it may', () => {
    using held = new Held(1_000);
    const holding = new Holding();
    vi.advanceTimersByTime(1);
    held.add(holding);
    vi.advanceTimersByTime(700);
    expect(holding.letGoes).toBe(0);
    vi.advanceTimersByTime(300);
    expect(holding.letGoes).toBe(1);
  });

  it('leaves at the end', () => {
    const held = new Held(60_000);
    const holding = new Holding();
    held.add(holding);
    held[Symbol.dispose]();
    expect(holding.letGoes).toBe(1);
  });
});
