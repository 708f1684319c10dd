import { expect, test } from 'vitest';
import { StoreUnavailable } from '../../app/ports.ts';
import { DatabaseConnection, isLost, NotConnected } from './connection.ts';

test('a database that does not answer is asked no more than so much at once', async () => {
  // Nobody listens there.
  await using line = new DatabaseConnection({ host: '127.0.0.1', port: 1, user: 'nobody', database: 'none' });
  const asked = Array.from({ length: 10_001 }, () => line.ask({ name: 'one', text: 'SELECT 1' }, []));
  const outcomes = await Promise.allSettled(asked);
  const errors = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined));
  expect(errors.slice(0, 10_000).every((error) => error instanceof NotConnected && isLost(error))).toBe(true);
  expect(errors[10_000]).toBeInstanceOf(StoreUnavailable);
  expect(isLost(errors[10_000])).toBe(false);
  expect(line.outstanding).toBe(0);
});
