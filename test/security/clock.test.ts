import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { dial } from '../harness/clients.ts';
import { openHouse } from '../harness/house.ts';

/** Tokens come from elsewhere, and end by the time on the wall. */

afterEach(() => void vi.restoreAllMocks());

const hourMs = 3_600_000;
/** Sessions whose tokens have ended are looked for twice a second. */
const sweptMs = 700;

test('a clock that was an hour ahead for a moment keeps nobody out once it is right again', async () => {
  const trueNow = Date.now;
  await using house = await openHouse();
  const token = () => house.token({ sub: '1', exp: Math.floor(trueNow() / 1000) + 60 });
  const knock = async () => (await house.call('GET', '/api/v1/me/unread', { token: token() })).status;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => trueNow() + hourMs);
  expect(await knock()).toBe(401);
  clock.mockRestore();
  expect(await knock()).toBe(200);
  const client = dial(house.address, 'kenz', { token: token() });
  await client.connected();
  await wait(sweptMs);
  expect(client.end).toBeUndefined();
  client.close();
});
