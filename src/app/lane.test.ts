import { expect, test } from 'vitest';
import { Lane } from './lane.ts';

test('of a crowd a lane keeps only so many in mind, and those who came last', () => {
  const lane = new Lane<never>();
  const crowd = Array.from({ length: 10_001 }, (_, n) => `user-${n}`);
  for (const [at, id] of crowd.entries()) {
    const user = { id, email: '', role: 'USER', name: id };
    const event = { type: 'MemberAdded', conversationId: 'c', kind: 'open', user, role: 'member' } as const;
    lane.apply({ position: at + 1, at: 1, event });
  }
  expect(lane.standings.size).toBe(10_000);
  expect(lane.standings.has('user-0')).toBe(false);
  expect(lane.standingOf('user-10000')).toMatchObject({ userId: 'user-10000', since: 10_001 });
});
