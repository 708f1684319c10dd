import { expect, test } from 'vitest';
import { until } from '../../test/harness/until.ts';
import type { TimeMs, UserId } from '../core/model.ts';
import { LastSeen } from './last-seen.ts';

const away = (userId: UserId, lastActive: TimeMs) =>
  ({ type: 'PresenceChanged', userId, status: 'offline', lastActive, actorId: userId }) as const;

test('many who are seen at about the same time are saved together, each at their latest', async () => {
  const saved: [UserId, TimeMs][][] = [];
  const seen = new LastSeen({
    store: { saveLastSeen: async (users) => void saved.push([...users]) },
    onError: (error) => expect.fail(String(error)),
    everyMs: 5,
  });
  seen.hear(away('ann', 3));
  seen.hear(away('bob', 7));
  seen.hear(away('ann', 2));
  await until(
    () => saved.length > 0,
    () => 'should have come: they are saved',
  );
  expect(saved).toEqual([
    [
      ['ann', 3],
      ['bob', 7],
    ],
  ]);
});

test('whoever waits is saved when the server stops', async () => {
  const saved: UserId[] = [];
  {
    await using seen = new LastSeen({
      store: { saveLastSeen: async (users) => void saved.push(...users.keys()) },
      onError: (error) => expect.fail(String(error)),
    });
    seen.note('ann', 1);
  }
  expect(saved).toEqual(['ann']);
});

test('a store that cannot save now is told again of those who come later', async () => {
  const errors: unknown[] = [];
  const saved: UserId[] = [];
  let isAway = true;
  const seen = new LastSeen({
    store: {
      saveLastSeen: async (users) => {
        if (isAway) throw new Error('away');
        saved.push(...users.keys());
      },
    },
    onError: (error) => errors.push(error),
    everyMs: 1,
  });
  seen.note('ann', 1);
  await until(
    () => errors.length > 0,
    () => 'should have come: it failed',
  );
  isAway = false;
  seen.note('bob', 2);
  await until(
    () => saved.length > 0,
    () => 'should have come: it went on',
  );
  expect(saved).toEqual(['bob']);
});

test('while a store is slow nothing more is asked of it, and whoever comes meanwhile is saved after that', async () => {
  const savings: { users: UserId[]; done: () => void }[] = [];
  const seen = new LastSeen({
    store: {
      saveLastSeen: (users) => new Promise((done) => savings.push({ users: [...users.keys()], done })),
    },
    onError: (error) => expect.fail(String(error)),
    everyMs: 1,
  });
  const savedUsers = (count: number) =>
    until(
      () => savings.length >= count,
      () => `should have come: ${count} savings`,
    );
  seen.note('ann', 1);
  await savedUsers(1);
  for (const userId of ['bob', 'eve']) {
    seen.note(userId, 2);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(savings).toHaveLength(1);
  savings[0]?.done();
  await savedUsers(2);
  savings[1]?.done();
  await seen[Symbol.asyncDispose]();
  expect(savings.map(({ users }) => users)).toEqual([['ann'], ['bob', 'eve']]);
});
