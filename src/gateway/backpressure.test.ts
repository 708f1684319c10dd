import { expect, test, vi } from 'vitest';
import { Backpressure } from './backpressure.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const crowd = (size: number, isEntering = (_index: number) => false) => {
  const paused = new Set<number>();
  const resumed: number[] = [];
  const connection = (_: unknown, index: number) => ({
    isEntering: isEntering(index),
    link: {
      pause: () => void paused.add(index),
      resume: () => void (paused.delete(index) && resumed.push(index)),
    },
  });
  const connections = new Set(Array.from({ length: size }, connection));
  return { connections, paused, resumed, backpressure: new Backpressure(connections) };
};

test('everybody is paused at once, and let go on a few in a turn', async () => {
  const { paused, resumed, backpressure } = crowd(33);
  backpressure.crowded();
  expect(paused.size).toBe(33);
  backpressure.roomy();
  expect(resumed).toEqual(Array.from({ length: 16 }, (_, index) => index));
  await expect.poll(() => paused.size).toBe(0);
});

test('whoever was let go on before it was crowded again is the last one the next time', async () => {
  const { paused, resumed, backpressure } = crowd(40);
  backpressure.crowded();
  backpressure.roomy();
  backpressure.crowded();
  await turn();
  await turn();
  expect(paused.size).toBe(40);
  resumed.length = 0;
  backpressure.roomy();
  await expect.poll(() => paused.size).toBe(0);
  expect(resumed).toEqual(Array.from({ length: 40 }, (_, index) => (index + 16) % 40));
});

test('nobody stays paused when it is crowded again, and over, while some are let go on and others have gone', async () => {
  const { connections, paused, backpressure } = crowd(100);
  backpressure.crowded();
  backpressure.roomy();
  await turn();
  for (const gone of [...connections].slice(0, 2)) connections.delete(gone);
  backpressure.crowded();
  backpressure.roomy();
  for (let turns = 0; turns < 20; turns++) await turn();
  expect(paused).toEqual(new Set());
});

test('whoever is not through the entrance is not let go on', async () => {
  const { paused, backpressure } = crowd(40, (index) => index === 20);
  backpressure.crowded();
  backpressure.roomy();
  await expect.poll(() => [...paused]).toEqual([20]);
});

test('nobody may be there', () => {
  const { backpressure } = crowd(0);
  backpressure.crowded();
  expect(() => backpressure.roomy()).not.toThrow();
});

test('whoever is paused for long is paused again and again, until there is room', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setImmediate'] });
  const { paused, resumed, backpressure } = crowd(3);
  backpressure.crowded();
  for (let times = 0; times < 4; times++) {
    paused.clear();
    vi.advanceTimersByTime(5_000);
    expect(paused.size).toBe(3);
  }
  backpressure.roomy();
  expect(resumed).toHaveLength(3);
  vi.advanceTimersByTime(60_000);
  expect(paused.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
