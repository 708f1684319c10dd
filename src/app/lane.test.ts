import { expect, test } from 'vitest';
import { ann, bob, place } from '../../test/harness/cast.ts';
import type { User } from '../core/model.ts';
import { Lane } from './lane.ts';

test('of a crowd a lane keeps only so many in mind, and those who came last', () => {
  const lane = new Lane<never>('c');
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

const created = { type: 'ConversationCreated', conversation: place('open', { id: 'c' }) } as const;
const added = (user: User) =>
  ({ type: 'MemberAdded', conversationId: 'c', kind: 'open', user, role: 'member' }) as const;

test('whoever has not come since a conversation began has no standing in it, and nobody has to be asked', () => {
  const lane = new Lane<never>('c');
  lane.known = { value: undefined, position: 3 };
  expect(lane.knows(['ann'])).toBe(false);
  lane.apply({ position: 4, at: 1, event: created });
  lane.apply({ position: 5, at: 1, event: added(ann) });
  expect(lane.knows(['ann', 'bob'])).toBe(true);
  expect([lane.standingOf('ann'), lane.standingOf('bob')]).toMatchObject([{ since: 5 }, undefined as never]);
  lane.apply({
    position: 6,
    at: 1,
    event: { type: 'MemberRemoved', conversationId: 'c', userId: 'ann', wasJoined: false, mayReenter: false },
  });
  expect(lane.standingOf('ann')).toBe('barred');
  lane.forget();
  expect(lane.knows(['bob'])).toBe(false);
});

test('of a conversation that was there before, and of a crowd of which some were forgotten, everybody has to be asked', () => {
  const older = new Lane<never>('c');
  older.known = { value: created.conversation, position: 3 };
  older.apply({ position: 4, at: 1, event: added(ann) });
  expect([older.knows(['ann']), older.knows(['bob'])]).toEqual([true, false]);
  const crowded = new Lane<never>('c');
  crowded.known = { value: undefined, position: 3 };
  crowded.apply({ position: 4, at: 1, event: created });
  for (let n = 0; n <= 10_000; n++)
    crowded.apply({ position: 5 + n, at: 1, event: added({ ...bob, id: `user-${n}` }) });
  expect([crowded.knows(['user-10000']), crowded.knows(['user-0'])]).toEqual([true, false]);
});
