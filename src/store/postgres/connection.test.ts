import pg from 'pg';
import { expect, test } from 'vitest';
import { StoreUnavailable } from '../../app/ports.ts';
import { askWithRetries, DatabaseConnection, isLost, isRolledBack, NotConnected } from './connection.ts';

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

const statement = { name: 'one', text: 'SELECT 1' };
const refusal = (severity: string, code: string) =>
  Object.assign(new pg.DatabaseError('words', 1, 'error'), { severity, code });

/** Connections that are lost so many times, and then answer. */
function connectionsThatAreLost(times: number, retryForMs: number, isClosed = () => false) {
  let asked = 0;
  const ask = async () => {
    if (++asked <= times) throw new NotConnected('away');
    return [{ answer: 1 }];
  };
  const options = { pick: () => ({ ask }) as unknown as DatabaseConnection, retryForMs, isClosed };
  return { options, asked: () => asked };
}

test('what a lost connection has interrupted is asked again on the next one', async () => {
  const { options, asked } = connectionsThatAreLost(2, 60_000);
  expect(await askWithRetries(options, statement, [])).toEqual([{ answer: 1 }]);
  expect(asked()).toBe(3);
});

test.each([
  ['the time for it is over', -1, false],
  ['whoever asks is closed', 60_000, true],
])('it is not asked again when %s', async (_when, retryForMs, isClosed) => {
  const { options, asked } = connectionsThatAreLost(9, retryForMs, () => isClosed);
  await expect(askWithRetries(options, statement, [])).rejects.toThrow(StoreUnavailable);
  expect(asked()).toBe(1);
});

test('what the server has refused is not asked again', async () => {
  const refused = refusal('ERROR', '23505');
  const connection = { ask: () => Promise.reject(refused) } as unknown as DatabaseConnection;
  const options = { pick: () => connection, retryForMs: 60_000, isClosed: () => false };
  await expect(askWithRetries(options, statement, [])).rejects.toBe(refused);
});

test.each([
  ['a connection that breaks', new Error('ECONNRESET'), { lost: true, rolledBack: false }],
  ['a server that stops', refusal('FATAL', '57P01'), { lost: true, rolledBack: false }],
  ['a connection that is said to be broken', refusal('FATAL', '08006'), { lost: true, rolledBack: false }],
  ['a broken rule', refusal('ERROR', '23505'), { lost: false, rolledBack: true }],
  ['a broken rule in another language', refusal('FEHLER', '23505'), { lost: false, rolledBack: true }],
  ['a server that stops, in another language', refusal('FATALE', '57P01'), { lost: true, rolledBack: false }],
  ['a full disk in another language', refusal('ERREUR', '53100'), { lost: false, rolledBack: false }],
  ['a wrong password', refusal('FATAL', '28P01'), { lost: false, rolledBack: false }],
])('%s is told from what another attempt may mend, and from what has done nothing', (_what, error, told) => {
  expect({ lost: isLost(error), rolledBack: isRolledBack(error) }).toEqual(told);
});
