import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { socketCount } from '../../test/harness/clinging.ts';
import { as, asHost, type HttpFixture, openHttp, withHttp } from '../../test/harness/http-fixture.ts';
import type { UserJson } from './schemas.ts';

let http: HttpFixture;
beforeAll(async () => {
  http = await openHttp();
});
afterAll(async () => {
  await http[Symbol.asyncDispose]();
});

describe('who is asking', () => {
  test('a bearer in any case, or bare, is the user', async () => {
    for (const scheme of ['Bearer ', 'bearer ', 'BEARER  ', '']) {
      const { status, json } = await http.call<UserJson>('GET', '/api/v1/me', {
        authorization: `${scheme}token-1-ADMIN`,
      });
      expect([status, json]).toEqual([200, { id: '1', name: '1', email: '', role: 'ADMIN' }]);
    }
  });

  test('nothing, a bad token and a cookie are nobody, in the form of every refusal', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer no' },
      { authorization: 'Bearer' },
      { cookie: 'token=token-1' },
    ]) {
      const {
        status,
        json,
        headers: answered,
      } = await http.call('GET', '/api/v1/me', headers as Record<string, string>);
      expect(status).toBe(401);
      expect(json.error.code).toBe('UNAUTHENTICATED');
      expect(answered.get('www-authenticate')).toBe('Bearer');
    }
  });

  test('a token in the query is nobody, too', async () => {
    expect((await http.call('GET', '/api/v1/me?token=token-1')).status).toBe(401);
  });

  test('the right key is the host, a wrong one is nobody even beside a good token', async () => {
    expect((await http.call('GET', '/api/v1/conversations', asHost)).status).toBe(200);
    for (const key of ['', 'host-kex', 'host-key-and-more']) {
      expect((await http.call('GET', '/api/v1/conversations', { 'x-api-key': key, ...as('1') })).status).toBe(401);
    }
  });

  test('without a configured key nobody is the host', async () => {
    await withHttp({ apiKey: undefined }, async (keyless) => {
      for (const key of ['', 'undefined', 'host-key']) {
        expect((await keyless.call('GET', '/api/v1/conversations', { 'x-api-key': key })).status).toBe(401);
      }
    });
  });

  test('what is for the host refuses users, and the other way round', async () => {
    const asUser = await http.call('POST', '/api/v1/users/2/erase', as('1'));
    expect([asUser.status, asUser.json.error.code]).toEqual([403, 'FORBIDDEN']);
    expect((await http.call('GET', '/api/v1/me', asHost)).status).toBe(403);
  });

  test.each([
    '/api/v1/bans',
    '/api/v1/audit',
    '/api/v1/support/chats',
    '/api/v1/admin/stats',
    '/api/v1/admin/log',
    // What is asked for is missing, which is not looked at either.
    '/api/v1/admin/users',
    '/api/v1/admin/users/2/connections',
    '/api/v1/admin/conversations/2',
  ])('%s refuses users who are no admins, whatever they send', async (path) => {
    const asUser = await http.call('GET', path, as('1'));
    expect([asUser.status, asUser.json.error.code]).toEqual([403, 'FORBIDDEN']);
    expect(asUser.json.error.message).toContain('Only admins and the host application');
  });

  test('what is for admins grants admins and the host', async () => {
    for (const headers of [as('1-ADMIN'), asHost]) {
      expect((await http.call('GET', '/api/v1/admin/users/2/connections', headers)).status).toBe(200);
    }
  });

  test('a user over the limit is told when to come back', async () => {
    http.house.refuseEvents = { refused: 'RATE_LIMITED', message: 'Slow down.', retryAfterMs: 1200 };
    const { status, json, headers } = await http.call('GET', '/api/v1/me', as('1'));
    http.house.refuseEvents = undefined;
    expect([status, headers.get('retry-after')]).toEqual([429, '2']);
    expect(json.error).toEqual({ code: 'RATE_LIMITED', message: 'Slow down.', retryAfterMs: 1200 });
  });
});

describe('what cannot be understood', () => {
  const post = (body: string, type = 'application/json') =>
    http.call('POST', '/api/v1/conversations', { ...as('1'), 'content-type': type }, body);

  test('broken JSON', async () => {
    const { status, json } = await post('{"kind":');
    expect([status, json.error.code]).toEqual([400, 'MALFORMED']);
  });

  test('JSON that is no object, or no body at all', async () => {
    for (const body of ['null', '[]', '"group"', '7', '']) {
      const { status, json } = await post(body);
      expect([status, json.error.code]).toEqual([400, 'INVALID']);
      expect(json.error.message).toContain('JSON object');
    }
  });

  test('a field of a wrong type is named', async () => {
    const { status, json } = await post('{"kind":"group","title":7}');
    expect([status, json.error.code]).toEqual([400, 'INVALID']);
    expect(json.error.message).toContain('`title` in the body');
  });

  test('another content type', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'multipart/form-data',
    ]) {
      const { status, json } = await post('{"kind":"group"}', type);
      expect([type, status, json.error.code]).toEqual([type, 415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
  });

  test('a body that is too large', async () => {
    const { status, json } = await post(`{"kind":"${'x'.repeat(1 << 20)}"}`);
    expect([status, json.error.code]).toEqual([413, 'TOO_LARGE']);
  });

  test('a bad query', async () => {
    for (const query of ['limit=0', 'limit=-1', 'limit=ten', 'limit=1.5', 'limit=1&limit=2', 'limit=', 'before=zzz']) {
      const { status, json } = await http.call('GET', `/api/v1/conversations?${query}`, as('1'));
      expect([query, status, json.error.code]).toEqual([query, 400, 'INVALID']);
    }
  });

  test('unknown routes and methods', async () => {
    for (const [method, path] of [
      ['GET', '/nowhere'],
      ['GET', '/api/v1'],
      ['PUT', '/api/v1/conversations'],
      ['POST', '/'],
    ]) {
      const { status, json } = await http.call(method as string, path as string, as('1'));
      expect([status, json.error.code]).toEqual([404, 'ROUTE_NOT_FOUND']);
    }
  });

  test('unknown addresses in a browser, by a page that leads to the first one', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const page = await http.call('GET', '/nowhere', { accept });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(page.text).toContain('<a href="/">start page</a>');
    expect(page.text).not.toMatch(/<script|<style|nowhere/);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(page.headers.get('cache-control')).toBe('no-store');
    for (const [method, other] of [
      ['GET', '*/*'],
      ['GET', 'application/json'],
      ['POST', accept],
    ] as const) {
      const { status, json } = await http.call(method, '/nowhere', { accept: other });
      expect([status, json.error.code]).toEqual([404, 'ROUTE_NOT_FOUND']);
    }
  });

  test('an address that is none', async () => {
    const { status, json } = await http.call('GET', '/api/v1/conversations/%zz', as('1'));
    expect([status, json.error.code]).toEqual([400, 'INVALID']);
  });

  test('bytes that are no HTTP', async () => {
    const answer = await http.raw('NONSENSE\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').error.code).toBe('MALFORMED');
  });

  test('headers that are too large', async () => {
    expect(await http.raw(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(100_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });

  test.each([
    ['half a head', 'GET / HT', 408],
    ['no HTTP', 'NONSENSE\r\n\r\n', 400],
  ])('%s holds no socket once it is answered, though its client does not close', async (_what, request, status) => {
    await withHttp({ handshakeMs: 400 }, async ({ port, server }) => {
      const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => client.write(request));
      const [answer] = await once(client, 'data');
      expect(String(answer)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      await expect.poll(() => socketCount(server)).toBe(0);
      client.destroy();
    });
  });
});

describe('what goes wrong here', () => {
  test('a store that cannot write says when to come back', async () => {
    http.house.isDown = true;
    const { status, json, headers } = await http.call('POST', '/api/v1/conversations', as('1'), { kind: 'group' });
    http.house.isDown = false;
    expect([status, json.error.code, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '3']);
  });

  test('a bug is logged, and tells the client nothing of itself', async () => {
    const { viewConversation } = http.house.store;
    Object.assign(http.house.store, { viewConversation: () => Promise.reject(new Error('secret detail')) });
    const { status, text } = await http.call('GET', '/api/v1/conversations/1?token=abc', as('1'));
    Object.assign(http.house.store, { viewConversation });
    expect(status).toBe(500);
    expect(JSON.parse(text).error.code).toBe('INTERNAL');
    expect(text).not.toContain('secret detail');
    expect(http.logged.filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});

test('the log names the route and never a token, a query or a file address', async () => {
  http.logged.length = 0;
  await http.call('GET', '/api/v1/me?token=token-9', as('9'));
  await http.call('GET', '/files/secret-of-somebody-0123/x.png?token=token-9');
  await http.call('GET', '/nowhere/token-9');
  await http.call('GET', '/health');
  await expect.poll(() => http.logged.length).toBe(4);
  const lines = JSON.stringify(http.logged);
  expect(lines).toContain('"route":"/api/v1/me"');
  expect(lines).not.toContain('token-9');
  expect(lines).not.toContain('secret-of-somebody');
});

describe('pages of other origins', () => {
  const preflight = (origin: string) =>
    http.call('OPTIONS', '/api/v1/conversations', {
      origin,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type',
    });

  test('any may call, without credentials', async () => {
    const { status, headers } = await preflight('https://elsewhere.example');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('https://elsewhere.example');
    expect(headers.get('access-control-allow-methods')?.split(', ').sort()).toEqual([
      'DELETE',
      'GET',
      'HEAD',
      'PATCH',
      'POST',
      'PUT',
    ]);
    expect(headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')?.toLowerCase()).toContain('origin');
  });

  test('only the listed ones with credentials', async () => {
    const { headers } = await preflight('https://app.example.com');
    expect(headers.get('access-control-allow-credentials')).toBe('true');
  });

  test('refusals can be read, too', async () => {
    const { status, headers } = await http.call('GET', '/api/v1/me', { origin: 'https://elsewhere.example' });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([401, 'https://elsewhere.example']);
    // What browsers hide from pages unless they are told not to.
    for (const name of ['Retry-After', 'Content-Range', 'Content-Disposition']) {
      expect(headers.get('access-control-expose-headers')?.split(', ')).toContain(name);
    }
  });
});
