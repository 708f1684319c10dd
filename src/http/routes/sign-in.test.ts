import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selfSigned } from '../../../test/harness/certificate.ts';
import { type HttpFixture, openHttp, withHttp } from '../../../test/harness/http-fixture.ts';

let http: HttpFixture;
beforeAll(async () => {
  http = await openHttp({ developmentSignIn: async ({ sub, role }) => `token-${sub}${role ? `-${role}` : ''}` });
});
afterAll(async () => {
  await http[Symbol.asyncDispose]();
});

/** With Node's own requests, since `fetch` lets nobody choose a Host. */
function signIn(
  headers: Record<string, string>,
  body: object = { id: 1 },
  { port, isSecure = false }: { readonly port: number; readonly isSecure?: boolean } = http,
): Promise<{ status: number; text: string }> {
  const place = { host: '127.0.0.1', port, path: '/sign-in', method: 'POST', rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const sent = (isSecure ? secureRequest : request)(place, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, text });
    });
    sent.on('error', reject);
    sent.setHeader('content-type', 'application/json');
    for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value);
    sent.end(JSON.stringify(body));
  });
}

test('this machine gets a token for anybody', async () => {
  const { status, text } = await signIn({}, { id: 5, name: 'Ann', role: 'ADMIN' });
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual({ token: 'token-5-ADMIN', user: { id: '5', name: '5', email: '', role: 'ADMIN' } });
});

test('its own names and its own page are welcome', async () => {
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'].flatMap((name) => [
    name,
    `${name}:${http.port}`,
  ])) {
    expect([host, (await signIn({ host })).status]).toEqual([host, 200]);
    expect([host, (await signIn({ host, origin: `http://${host}` })).status]).toEqual([host, 200]);
  }
  expect((await signIn({ origin: 'https://app.example.com' })).status).toBe(200);
});

test('its own page is welcome over TLS too, and one that came without is another', async () => {
  const certificate = { ...selfSigned('localhost'), validUntil: new Date() };
  await withHttp({ certificate, developmentSignIn: async ({ sub }) => `token-${sub}` }, async ({ port }) => {
    const host = `localhost:${port}`;
    const from = async (origin: string) => (await signIn({ host, origin }, { id: 1 }, { port, isSecure: true })).status;
    expect([await from(`https://${host}`), await from(`http://${host}`)]).toEqual([200, 403]);
  });
});

test('whatever came through a proxy, by another name or from another page is refused', async () => {
  const hostile: Record<string, string>[] = [
    { forwarded: 'for=1.2.3.4' },
    { 'x-forwarded-for': '127.0.0.1' },
    { 'X-Forwarded-Proto': 'https' },
    { 'x-forwarded-host': 'localhost' },
    { 'x-real-ip': '127.0.0.1' },
    { via: '1.1 proxy' },
    { host: 'evil.example' },
    { host: 'localhost.evil.example' },
    { host: '127.0.0.1.evil.example:8000' },
    { host: 'user@localhost' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost.evil.example' },
    { host: 'localhost:8000', origin: 'http://localhost:9999' },
  ];
  for (const headers of hostile) {
    const { status, text } = await signIn(headers);
    expect([headers, status]).toEqual([headers, 403]);
    expect(JSON.parse(text).error.code).toBe('FORBIDDEN');
  }
});

test('a page cannot send it as a plain form', async () => {
  expect((await signIn({ 'content-type': 'text/plain' })).status).toBe(415);
});

test('it takes an id, and words', async () => {
  for (const body of [{}, { id: null }, { id: '' }, { id: 1, name: '' }, { id: 1, role: 7 }]) {
    expect((await signIn({}, body)).status).toBe(400);
  }
});

test('pages are told that it is on', async () => {
  expect((await http.call<unknown>('GET', '/web-settings')).json).toMatchObject({ developmentSignIn: true });
});

test('it is not there when it is off', async () => {
  await withHttp({}, async (closed) => {
    const { status, json } = await closed.call('POST', '/sign-in', {}, { id: 1 });
    expect([status, json.error.code]).toEqual([404, 'ROUTE_NOT_FOUND']);
  });
});
