import { expect, test } from 'vitest';
import { as, withHttp } from '../../test/harness/http-fixture.ts';
import { Strangers } from './strangers.ts';

test('an address has so many at once, and more when time has passed; others have their own', () => {
  const clock = { ms: 0, nowMs: () => clock.ms };
  const strangers = new Strangers(2, clock);
  for (let n = 0; n < 4; n++) expect(strangers.take('a')).toBeUndefined();
  expect(strangers.take('a')).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 500 });
  expect(strangers.take('b')).toBeUndefined();
  clock.ms = 500;
  expect(strangers.take('a')).toBeUndefined();
  expect(strangers.take('a')).toBeDefined();
});

test('more addresses than can be kept in mind push out the one that was not heard of for longest', () => {
  const strangers = new Strangers(1, { nowMs: () => 0 });
  for (const address of ['lasting', 'old', 'lasting']) for (let n = 0; n < 3; n++) strangers.take(address);
  for (let n = 0; n < 9_999; n++) strangers.take(`address ${n}`);
  expect(strangers.take('lasting')).toBeDefined();
  expect(strangers.take('old')).toBeUndefined();
});

test.each([
  ['pages of nobody', '/files/none', {}, 404],
  ['what is not there', '/no/such/page', {}, 404],
  ['tokens that are none', '/api/v1/me', { authorization: 'Bearer none' }, 401],
  ['keys that are none', '/api/v1/me', { 'x-api-key': 'none' }, 401],
])('%s come to an end, and those who are known go on', async (_what, path, headers, before) => {
  await withHttp({ strangersPerSecond: 2 }, async (http) => {
    const statuses = [];
    for (let n = 0; n < 12; n++) statuses.push((await http.call('GET', path, headers)).status);
    expect(statuses.slice(0, 4)).toEqual([before, before, before, before]);
    expect(statuses).toContain(429);
    const refused = await http.call('GET', path, headers);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await http.call('GET', '/api/v1/me', as('ann'))).status).toBe(200);
    for (let n = 0; n < 20; n++) expect((await http.call('GET', '/health')).status).toBe(200);
  });
});
