import { expect, test } from 'vitest';
import { Pids } from './pids.ts';

test('of many sessions each has an id of its own, of 96 random bits, and is read back', () => {
  const pids = new Pids('a secret', 'epoch');
  const made = Array.from({ length: 1_000 }, () => pids.make('ann', '/', 5, 1_000));
  expect(new Set(made.map(({ sessionId }) => sessionId)).size).toBe(1_000);
  for (const { pid, sessionId } of made) {
    expect(sessionId).toMatch(/^[\w-]{16}$/);
    expect(pids.read(pid, 'ann', '/')).toEqual({ sessionId, firstPosition: 5, madeAt: 1_000 });
  }
});
