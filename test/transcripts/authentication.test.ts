import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DialectName } from '../../src/dialects/dialect.ts';
import { dialectNames } from '../../src/dialects/dialect.ts';
import { type Client, type Dialling, dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse } from '../harness/house.ts';

const allowed = 'https://chat.example.com';

let house: OpenHouse;
let clients: Client[] = [];
beforeAll(async () => {
  house = await openHouse({ ALLOWED_ORIGINS: allowed });
});
afterEach(() => {
  for (const client of clients) client.close();
  clients = [];
});
afterAll(() => house[Symbol.asyncDispose]());

function knock(dialect: DialectName, dialling: Dialling): Client {
  const client = dial(house.address, dialect, { room: 'general/', ...dialling });
  clients.push(client);
  return client;
}

/** `in`, or how the client was told that it may not come in. */
async function outcome(dialect: DialectName, dialling: Dialling): Promise<string> {
  const client = knock(dialect, dialling);
  try {
    await client.connected();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (dialect !== 'rooms') return 'in';
  // Refused only after the upgrade was accepted, else no client would see the code.
  return Promise.race([
    client.next('rooms').then(() => 'in'),
    client.ended().then(({ code }) => `closed with ${code}`),
  ]);
}

const refusalOf = (dialect: DialectName) =>
  dialect === 'rooms' ? 'closed with 4001' : 'refused: Authentication error';
const nowSeconds = () => Math.floor(Date.now() / 1000);

describe.each(dialectNames)('%s', (dialect) => {
  const places =
    dialect === 'rooms' ? (['header', 'query', 'cookie'] as const) : (['auth', 'header', 'query', 'cookie'] as const);

  test.each(places)('takes a token from %s, with and without Bearer in any case', async (by) => {
    const token = house.token({ sub: '1' });
    // A cookie has no blanks of its own: it is written percent-encoded.
    const written = (text: string) => (by === 'cookie' ? encodeURIComponent(text) : text);
    for (const text of [token, `Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`]) {
      expect(await outcome(dialect, { by, token: written(text) })).toBe('in');
    }
    for (const text of ['nonsense', `${token}x`, 'Bearer ', 'null', `Basic ${token}`]) {
      expect(await outcome(dialect, { by, token: written(text) })).toBe(refusalOf(dialect));
    }
  });

  test('decides by the first place that holds anything', async () => {
    const token = house.token({ sub: '1' });
    const bad = { authorization: 'Bearer nonsense' };
    expect(await outcome(dialect, { by: 'query', token, headers: bad })).toBe(refusalOf(dialect));
    expect(await outcome(dialect, { by: 'header', token, headers: { cookie: 'token=nonsense' } })).toBe('in');
    expect(await outcome(dialect, { by: 'header', token, query: { token: 'nonsense' } })).toBe('in');
    expect(await outcome(dialect, { by: 'cookie', token, query: { token: 'nonsense' } })).toBe(refusalOf(dialect));
  });

  test('refuses what is no token', async () => {
    expect(await outcome(dialect, { by: 'nothing' })).toBe(refusalOf(dialect));
    if (dialect === 'rooms') return;
    const token = house.token({ sub: '1' });
    for (const odd of [5, true, [token], { token }]) {
      expect(await outcome(dialect, { by: 'nothing', auth: { token: odd } })).toBe(refusalOf(dialect));
      expect(await outcome(dialect, { by: 'header', token, auth: { token: odd } })).toBe(refusalOf(dialect));
    }
    expect(await outcome(dialect, { by: 'header', token, auth: { token: null } })).toBe('in');
  });

  test('refuses tokens that nobody signed, that name nobody, or whose time is over or not yet come', async () => {
    const claims = Buffer.from(JSON.stringify({ sub: '1' })).toString('base64url');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`;
    const head = Buffer.from('{"alg":"HS256"}').toString('base64url');
    const foreign = `${head}.${claims}.${createHmac('sha256', 'another secret').update(`${head}.${claims}`).digest('base64url')}`;
    const bad = [
      unsigned,
      foreign,
      house.token({ name: 'Nobody' }),
      house.token({ sub: '' }),
      house.token({ sub: '1', exp: nowSeconds() - 40 }),
      house.token({ sub: '1', nbf: nowSeconds() + 40 }),
    ];
    for (const token of bad) expect(await outcome(dialect, { token })).toBe(refusalOf(dialect));
    for (const token of [
      house.token({ sub: '1', exp: nowSeconds() - 10 }),
      house.token({ sub: '1', nbf: nowSeconds() + 10 }),
      house.token({ user_id: 7 }),
      house.token({ userId: '7' }),
      house.token({ id: 7 }),
    ]) {
      expect(await outcome(dialect, { token })).toBe('in');
    }
  });

  test('takes a cookie from its own pages only', async () => {
    const token = house.token({ sub: '1' });
    const comesFrom = (headers: Dialling['headers'] = {}) => outcome(dialect, { by: 'cookie', token, headers });
    expect(await comesFrom({ origin: allowed })).toBe('in');
    expect(await comesFrom({ origin: 'https://evil.example.com' })).toBe(refusalOf(dialect));
    expect(await comesFrom({ origin: 'null' })).toBe(refusalOf(dialect));
    expect(await comesFrom()).toBe('in');
    for (const site of ['none', 'same-origin']) expect(await comesFrom({ 'sec-fetch-site': site })).toBe('in');
    for (const site of ['cross-site', 'same-site']) {
      expect(await comesFrom({ 'sec-fetch-site': site })).toBe(refusalOf(dialect));
    }
    expect(await outcome(dialect, { by: 'query', token, headers: { origin: 'https://evil.example.com' } })).toBe('in');
  });
});

const endOf: { readonly [D in DialectName]: unknown } = {
  kenz: { words: 'transport close' },
  support: { words: 'transport close' },
  direct: { words: 'transport close' },
  messaging: { words: 'transport close' },
  rooms: { code: 4001, words: expect.stringContaining('4001') },
};

test('a token that ends ends its connections by closing the transport, so that clients come back by themselves', async () => {
  const token = house.token({ sub: '31', exp: nowSeconds() - 28 });
  const open = dialectNames.map((dialect) => ({ dialect, client: knock(dialect, { token }) }));
  for (const { client } of open) await client.connected();
  for (const { dialect, client } of open) expect(await client.ended()).toMatchObject(endOf[dialect] as object);
});

test('a revoked user is off every connection at once, and back with a later token only', async () => {
  const token = house.token({ sub: '32' });
  const open = dialectNames.map((dialect) => ({ dialect, client: knock(dialect, { token }) }));
  for (const { client } of open) await client.connected();
  const bystander = knock('kenz', { token: house.token({ sub: '33' }) });
  await bystander.connected();
  expect((await house.call('POST', '/api/v1/users/32/revoke', { token })).status).toBe(403);
  expect((await house.call('POST', '/api/v1/users/32/revoke', 'host')).status).toBe(200);
  for (const { dialect, client } of open) {
    const end = await client.ended();
    if (dialect === 'rooms') expect(end.code).toBe(4001);
  }
  expect(bystander.end).toBeUndefined();
  const revokedAt = nowSeconds();
  for (const dialect of dialectNames) {
    expect(await outcome(dialect, { token })).toBe(refusalOf(dialect));
    expect(await outcome(dialect, { token: house.token({ sub: '32', iat: undefined }) })).toBe(refusalOf(dialect));
  }
  expect((await house.call('GET', '/api/v1/conversations', { token })).status).toBe(401);
  while (nowSeconds() <= revokedAt) await wait(20);
  const later = house.token({ sub: '32' });
  for (const dialect of dialectNames) expect(await outcome(dialect, { token: later })).toBe('in');
});

test('a revocation and a token’s profile survive a restart', async () => {
  await using own = await openHouse();
  const token = own.token({ sub: '41', name: 'Ann' });
  expect((await own.call('GET', '/api/v1/me', { token })).json).toMatchObject({
    id: '41',
    name: 'Ann',
    email: '',
    role: 'USER',
  });
  await own.call('POST', '/api/v1/users/41/revoke', 'host');
  await own.restart();
  expect((await own.call('GET', '/api/v1/me', { token })).status).toBe(401);
});
