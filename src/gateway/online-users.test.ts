import { beforeEach, expect, test } from 'vitest';
import { until } from '../../test/harness/until.ts';
import type { Entry } from '../core/events.ts';
import type { ConversationId, Position, UserId } from '../core/model.ts';
import { OnlineUsers } from './online-users.ts';

type Reading = {
  readonly userIds: readonly UserId[];
  /** The store knows of these conversations, at this position. */
  answer(position: Position, conversationIds: readonly ConversationId[]): void;
  fail(): void;
};

let readings: Reading[];
let changes: string[];
let users: OnlineUsers;

beforeEach(() => {
  readings = [];
  changes = [];
  users = new OnlineUsers(
    {
      loadMemberships: (userIds) =>
        new Promise((resolve, reject) => {
          readings.push({
            userIds,
            answer(position, conversationIds) {
              const memberships = conversationIds.map((conversationId) => ({ conversationId, since: 1 }));
              resolve({ position, value: new Map(userIds.map((id) => [id, memberships])) });
            },
            fail: () => reject(new Error('away')),
          });
        }),
    },
    {
      onAdded: (user, conversationId) => void changes.push(`${user.id} in ${conversationId}`),
      onRemoved: (user, conversationId) => void changes.push(`${user.id} out of ${conversationId}`),
    },
  );
});

const reading = (index: number): Promise<Reading> =>
  until(
    () => readings[index],
    () => `${readings.length} readings`,
  );

function happens(event: 'MemberAdded' | 'MemberRemoved', userId: UserId, conversationId: string, at: Position): void {
  const user = { id: userId, email: '', role: 'USER', name: userId };
  const who = event === 'MemberAdded' ? { user, role: 'member' } : { userId };
  users.apply({ position: at, at, event: { type: event, conversationId, ...who, actorId: null } } as unknown as Entry);
}

const membershipsOf = (userId: UserId) => [...(users.get(userId)?.conversationIds.keys() ?? [])];

test('whoever knocks before the reading begins is read with it, once, and who is known is not read again', async () => {
  const knocks = ['ann', 'bob', 'ann'].map((id) => users.arrive(id));
  (await reading(0)).answer(7, ['tea']);
  await Promise.all(knocks);
  await users.arrive('bob');
  expect(readings.map(({ userIds }) => userIds)).toEqual([['ann', 'bob']]);
  expect(changes).toEqual(['ann in tea', 'bob in tea']);
});

test('what happens while memberships are read counts once, whether or not the reading has seen it', async () => {
  const knock = users.arrive('ann');
  const first = await reading(0);
  happens('MemberRemoved', 'ann', 'cake', 6);
  happens('MemberAdded', 'ann', 'tea', 7);
  happens('MemberRemoved', 'ann', 'tea', 8);
  happens('MemberAdded', 'ann', 'milk', 9);
  first.answer(7, ['cake', 'tea']);
  await knock;
  expect(changes).toEqual(['ann in cake', 'ann in tea', 'ann out of tea', 'ann in milk']);
  // It is over with the reading: a later one does not bring it back.
  happens('MemberRemoved', 'ann', 'milk', 10);
  const another = users.arrive('bob');
  (await reading(1)).answer(10, []);
  await another;
  expect(membershipsOf('ann')).toEqual(['cake']);
});

test('what happens to somebody whose reading is still under way waits for it, whoever else is through', async () => {
  const ann = users.arrive('ann');
  const first = await reading(0);
  const bob = users.arrive('bob');
  const second = await reading(1);
  happens('MemberRemoved', 'bob', 'tea', 9);
  first.answer(9, ['tea']);
  await ann;
  second.answer(8, ['tea']);
  await bob;
  expect(membershipsOf('ann')).toEqual(['tea']);
  expect(membershipsOf('bob')).toEqual([]);
});

test('what a node hears late that the reading has seen changes nothing', async () => {
  const knock = users.arrive('ann');
  (await reading(0)).answer(7, ['tea']);
  await knock;
  happens('MemberRemoved', 'ann', 'tea', 7);
  expect(membershipsOf('ann')).toEqual(['tea']);
  happens('MemberRemoved', 'ann', 'tea', 8);
  happens('MemberRemoved', 'ann', 'tea', 9);
  happens('MemberAdded', 'ann', 'cake', 10);
  happens('MemberAdded', 'ann', 'cake', 11);
  expect(changes).toEqual(['ann in tea', 'ann out of tea', 'ann in cake']);
});

test('who could not be read is not there, and is read when they knock again, without what was missed before', async () => {
  const knock = users.arrive('ann');
  const first = await reading(0);
  happens('MemberAdded', 'ann', 'tea', 9);
  first.fail();
  await expect(knock).rejects.toThrow('away');
  expect(users.get('ann')).toBeUndefined();
  const again = users.arrive('ann');
  (await reading(1)).answer(12, ['cake']);
  await again;
  expect(changes).toEqual(['ann in cake']);
});

test('who turns away at the door is forgotten, with all that they were in', async () => {
  const knock = users.arrive('ann');
  (await reading(0)).answer(7, ['tea']);
  users.leaveDoor(await knock);
  expect(users.get('ann')).toBeUndefined();
  expect(changes).toEqual(['ann in tea', 'ann out of tea']);
});
