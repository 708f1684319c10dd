import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { signToken } from './hmac.ts';
import { openTokens } from './open.ts';

const now = 1_700_000_000;
const clock = { nowMs: () => now * 1000 };
const secret = 'a secret of at least thirty-two bytes';
const bySecret = { secret, algorithms: ['HS256'] };

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

function pem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** A token of exactly these parts, well signed. */
function made(payload: unknown, header: unknown = { alg: 'HS256' }, hash = 'sha256', key = secret): string {
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

function signed(alg: string, key: KeyObject, kid?: string): Promise<string> {
  const header = kid === undefined ? { alg } : { alg, kid };
  return new SignJWT({ sub: 'ann' }).setProtectedHeader(header).sign(key);
}

const verify = (token: string, more: object = {}) => openTokens({ ...bySecret, ...more }, clock).verify(token);

describe('who a token speaks for', () => {
  test.each([
    ['sub', { sub: 'a', user_id: 'b', userId: 'c', id: 'd' }, 'a'],
    ['user_id', { user_id: 'b', userId: 'c', id: 'd' }, 'b'],
    ['userId', { userId: 'c', id: 'd' }, 'c'],
    ['id', { id: 'd' }, 'd'],
    ['the next one where a claim is null', { sub: null, id: 'd' }, 'd'],
    ['a number', { sub: 42 }, '42'],
    ['zero', { sub: 0 }, '0'],
    ['letters of any script', { sub: 'Ünïcödé-日本-😀' }, 'Ünïcödé-日本-😀'],
    ['200 characters', { sub: 'x'.repeat(200) }, 'x'.repeat(200)],
    ['200 characters of two code units', { sub: '😀'.repeat(200) }, '😀'.repeat(200)],
  ])('the id is taken from %s', async (_, claims, id) => {
    expect((await verify(made(claims)))?.user.id).toBe(id);
  });

  test.each([
    ['no id', {}],
    ['an empty id', { sub: '', id: 'd' }],
    ['an id of 201 characters', { sub: 'x'.repeat(201) }],
    ['an id of 201 characters, most of two code units', { sub: `${'😀'.repeat(200)}x` }],
    ['an endless id', { sub: '😀'.repeat(600) }],
    ['a control character', { sub: 'a\nb' }],
    ['a zero byte', { sub: 'a\u0000' }],
    ['half a surrogate pair', { sub: '\ud800' }],
    ['a negative id', { sub: -1 }],
    ['a fraction', { sub: 1.5 }],
    ['an unsafe integer', '{"sub":9007199254740993}'],
    ['a boolean id', { sub: true, id: 'd' }],
    ['an object as id', { sub: { toString: 'x' } }],
    ['a list as id', { sub: ['a'] }],
    ['a list as payload', ['a']],
    ['null as payload', 'null'],
    ['no JSON as payload', 'hello'],
  ])('%s speaks for nobody', async (_, claims) => {
    expect(await verify(made(claims))).toBeUndefined();
  });

  test('the profile is read, and which of it the token named', async () => {
    const full = { sub: '1', email: 'ann@example.com', role: 'ADMIN', name: 'Ann', iat: now - 5, exp: now + 5 };
    expect(await verify(made(full))).toEqual({
      user: { id: '1', email: 'ann@example.com', role: 'ADMIN', name: 'Ann' },
      named: { email: true, name: true },
      issuedAtSeconds: now - 5,
      expiresAtSeconds: now + 5,
    });
  });

  test('a missing or senseless profile is filled in and not called named', async () => {
    for (const claims of [
      { sub: '1' },
      { sub: '1', email: 7, role: ['ADMIN'], roles: 'ADMIN', name: {}, username: '' },
    ]) {
      expect(await verify(made(claims))).toEqual({
        user: { id: '1', email: '', role: 'USER', name: '1' },
        named: { email: false, name: false },
      });
    }
  });

  test.each([
    ['x'.repeat(257), 'x'.repeat(256)],
    [`${'x'.repeat(255)}😀😀`, `${'x'.repeat(255)}😀`],
    ['😀'.repeat(600), '😀'.repeat(256)],
    ['half a pair: \ud800', 'half a pair: \ufffd'],
  ])('a long name is cut between characters, and half of one replaced: %#', async (name, kept) => {
    expect((await verify(made({ sub: '1', name })))?.user.name).toBe(kept);
  });

  test.each([
    [{ username: 'u', preferred_username: 'p', name: 'n' }, 'u'],
    [{ preferred_username: 'p', name: 'n' }, 'p'],
    [{ name: 'n' }, 'n'],
  ])('of several names the first one counts: %j', async (claims, name) => {
    expect((await verify(made({ sub: '1', ...claims })))?.user.name).toBe(name);
  });

  test.each([
    [{ role: 'A', roles: ['B'] }, 'A'],
    [{ roles: ['B', 'C'] }, 'B'],
    [{ roles: [] }, 'USER'],
  ])('of several roles the first one counts: %j', async (claims, role) => {
    expect((await verify(made({ sub: '1', ...claims })))?.user.role).toBe(role);
  });
});

describe('when and where a token holds', () => {
  test.each([
    ['expired by 29 s', { exp: now - 29 }, true],
    ['expired by 31 s', { exp: now - 31 }, false],
    ['valid in 29 s', { nbf: now + 29 }, true],
    ['valid in 31 s', { nbf: now + 31 }, false],
    ['an expiry that is a text', { exp: String(now + 100) }, false],
    ['an expiry that is null', { exp: null }, false],
    ['an issue time that is a text', { iat: 'now' }, false],
    ['no times at all', {}, true],
  ])('%s', async (_, claims, isGood) => {
    expect((await verify(made({ sub: '1', ...claims }))) !== undefined).toBe(isGood);
  });

  test.each([
    ['the right issuer', { issuer: 'us' }, { iss: 'us' }, true],
    ['another issuer', { issuer: 'us' }, { iss: 'them' }, false],
    ['no issuer', { issuer: 'us' }, {}, false],
    ['the right audience', { audience: 'chat' }, { aud: 'chat' }, true],
    ['the right audience among others', { audience: 'chat' }, { aud: ['shop', 'chat'] }, true],
    ['another audience', { audience: 'chat' }, { aud: 'shop' }, false],
    ['an audience that only begins alike', { audience: 'chat' }, { aud: 'chatter' }, false],
    ['an issuer that nobody asked for', {}, { iss: 'them', aud: 'shop' }, true],
  ])('%s', async (_, settings, claims, isGood) => {
    expect((await verify(made({ sub: '1', ...claims }), settings)) !== undefined).toBe(isGood);
  });
});

describe('what passes for a token', () => {
  const good = made({ sub: '1' });
  const [header = '', payload = '', signature = ''] = good.split('.');

  test('a token made by signToken does', async () => {
    const principal = await verify(signToken(secret, { sub: '1' }, 60, now));
    expect(principal).toMatchObject({ issuedAtSeconds: now, expiresAtSeconds: now + 60 });
  });

  test('one that is made without a time begins with the second that it is made in', () => {
    vi.spyOn(Date, 'now').mockReturnValue(now * 1000 + 999);
    expect(signToken(secret, { sub: '1' }, 60)).toBe(signToken(secret, { sub: '1' }, 60, now));
  });

  test.each([
    ['nothing', ''],
    ['two dots', '..'],
    ['words', 'not a token'],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${good}.x`],
    ['another payload', `${header}.${part({ sub: '2' })}.${signature}`],
    ['another header', `${part({ alg: 'HS256', x: 1 })}.${payload}.${signature}`],
    ['a flipped signature', `${header}.${payload}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`],
    ['a shortened signature', good.slice(0, -1)],
    ['a padded signature', `${good}=`],
    ['no signature', `${header}.${payload}.`],
    ['alg none, unsigned', `${part({ alg: 'none' })}.${payload}.`],
    ['alg none, signed', made({ sub: '1' }, { alg: 'none' })],
    ['alg in other letters', made({ sub: '1' }, { alg: 'hs256' })],
    ['alg that is an object member', made({ sub: '1' }, { alg: 'constructor' })],
    ['alg that is a list', made({ sub: '1' }, { alg: ['HS256'] })],
    ['an algorithm that is not configured', made({ sub: '1' }, { alg: 'HS512' }, 'sha512')],
    ['another secret', made({ sub: '1' }, { alg: 'HS256' }, 'sha256', 'another secret')],
    ['a header that must be understood', made({ sub: '1' }, { alg: 'HS256', crit: ['b64'], b64: false })],
    ['a header that is no JSON', `${part('hello')}.${payload}.${signature}`],
    ['a huge token', made({ sub: '1', text: 'x'.repeat(20_000) })],
    ['a megabyte of dots', '.'.repeat(1_000_000)],
  ])('%s does not', async (_, token) => {
    expect(await verify(good)).toBeDefined();
    expect(await verify(token)).toBeUndefined();
  });

  test('the header of each decides for it alone, whichever came before', async () => {
    const [good, strange] = [made({ sub: 'ann' }), made({ sub: 'ann' }, { alg: 'HS256', crit: ['x'] })];
    const { verify: ask } = openTokens(bySecret, clock);
    const found: (string | undefined)[] = [];
    for (const token of [good, good, strange, good, strange, strange]) found.push((await ask(token))?.user.id);
    expect(found).toEqual(['ann', 'ann', undefined, 'ann', undefined, undefined]);
  });

  test('HS512 does where it is configured', async () => {
    const token = made({ sub: '1' }, { alg: 'HS512' }, 'sha512');
    expect(await verify(token, { algorithms: ['HS512'] })).toBeDefined();
  });
});

describe('public keys', () => {
  test.each([
    ['RS256', rsa],
    ['ES256', ec],
    ['EdDSA', ed],
  ])('%s is verified, and only with its own key', async (alg, pair) => {
    const token = await signed(alg, pair.privateKey);
    const good = openTokens({ publicKey: pem(pair.publicKey), algorithms: [alg] }, clock);
    expect((await good.verify(token))?.user.id).toBe('ann');
    const other = openTokens({ publicKey: pem((pair === rsa ? ec : rsa).publicKey), algorithms: [alg] }, clock);
    expect(await other.verify(token)).toBeUndefined();
  });

  test('a public key is never taken for a shared secret', async () => {
    const publicKey = pem(rsa.publicKey);
    const forged = made({ sub: 'ann' }, { alg: 'HS256' }, 'sha256', publicKey);
    for (const algorithms of [['RS256'], ['RS256', 'HS256']]) {
      expect(await openTokens({ publicKey, algorithms }, clock).verify(forged)).toBeUndefined();
      expect(await openTokens({ publicKey, secret, algorithms }, clock).verify(forged)).toBeUndefined();
    }
  });

  test('times are checked as with a secret', async () => {
    const token = await new SignJWT({ sub: 'ann', exp: now - 31 })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(rsa.privateKey);
    const tokens = openTokens({ publicKey: pem(rsa.publicKey), algorithms: ['RS256'] }, clock);
    expect(await tokens.verify(token)).toBeUndefined();
  });
});

describe('keys that a provider publishes', () => {
  let provider: Server | undefined;
  afterEach(() => provider?.close());

  test('are followed when they change, and kept while the provider is away', async () => {
    const next = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keySet = async (kid: string, key: KeyObject) => ({
      keys: [{ ...(await exportJWK(key)), kid, alg: 'RS256' }],
    });
    let published = await keySet('old', rsa.publicKey);
    let asked = 0;
    provider = createServer((_, response) => {
      asked += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(published));
    }).listen(0, '127.0.0.1');
    await once(provider, 'listening');
    const { port } = provider.address() as AddressInfo;
    const jwksUrl = `http://127.0.0.1:${port}/keys`;
    const tokens = openTokens({ jwksUrl, algorithms: ['RS256', 'ES256'], jwksCooldownMs: 0 }, clock);

    const oldToken = await signed('RS256', rsa.privateKey, 'old');
    const newToken = await signed('RS256', next.privateKey, 'new');
    expect(await tokens.verify(oldToken)).toBeDefined();
    expect(await tokens.verify(oldToken)).toBeDefined();
    expect(asked).toBe(1);
    expect(await tokens.verify(newToken)).toBeUndefined();

    published = await keySet('new', next.publicKey);
    expect(await tokens.verify(newToken)).toBeDefined();
    expect(await tokens.verify(oldToken)).toBeUndefined();
    expect(await tokens.verify(made({ sub: 'ann' }, { alg: 'HS256', kid: 'new' }))).toBeUndefined();

    provider.close();
    provider.closeAllConnections();
    expect(await tokens.verify(newToken)).toBeDefined();
    expect(await tokens.verify(oldToken)).toBeUndefined();
  });

  test('are not asked for again by made-up key ids within the cooldown', async () => {
    let asked = 0;
    provider = createServer((_, response) => {
      asked += 1;
      response.end('{"keys":[]}');
    }).listen(0, '127.0.0.1');
    await once(provider, 'listening');
    const { port } = provider.address() as AddressInfo;
    const tokens = openTokens({ jwksUrl: `http://127.0.0.1:${port}/`, algorithms: ['RS256'] }, clock);
    for (const kid of ['a', 'b', 'c']) {
      expect(await tokens.verify(await signed('RS256', rsa.privateKey, kid))).toBeUndefined();
    }
    expect(asked).toBe(1);
  });
});
