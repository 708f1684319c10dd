import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';

/** What a page of another origin can do with the cookie that the browser adds to its requests, where no websocket is involved. */

const listed = 'https://app.example.com';
const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
let house: OpenHouse;
let cookie = '';
beforeAll(async () => {
  house = await openHouse({ ALLOWED_ORIGINS: listed });
  cookie = `token=${house.token({ sub: '1' })}`;
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

/** Knocks by polling, and resolves with what the namespace answers. */
async function knock(namespace: string, headers: Record<string, string>): Promise<string> {
  const path = `${house.address}/socket.io/?EIO=4&transport=polling`;
  const opening = await (await fetch(path, { headers })).text();
  const { sid } = JSON.parse(opening.slice(1)) as { sid: string };
  const body = namespace === '/' ? '40' : `40${namespace},`;
  await fetch(`${path}&sid=${sid}`, { method: 'POST', headers, body });
  return (await fetch(`${path}&sid=${sid}`, { headers })).text();
}

describe.each(['/', '/chat'])('by polling, on %s', (namespace) => {
  test('it is nobody', async () => {
    expect(await knock(namespace, { cookie, ...foreign })).toMatch(/^44.*Authentication error/);
    expect(await knock(namespace, { cookie, origin: 'null' })).toMatch(/^44.*Authentication error/);
  });

  test('a page of a listed origin is let in', async () => {
    expect(await knock(namespace, { cookie, origin: listed })).toMatch(/^40.*sid/);
  });
});

test.each([
  ['GET', '/api/v1/conversations'],
  ['GET', '/api/v1/me'],
  ['POST', '/api/v1/conversations'],
  ['POST', '/api/v1/files'],
] as const)('over HTTP the cookie is nobody, wherever it comes from: %s %s', async (method, path) => {
  for (const headers of [{ cookie, ...foreign }, { cookie, origin: listed }, { cookie }]) {
    const body = method === 'POST' ? { body: '{}' } : {};
    const response = await fetch(house.address + path, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...body,
    });
    expect(response.status).toBe(401);
  }
});

test('browsers hand answers that needed a cookie to listed origins only', async () => {
  const credentials = async (origin: string): Promise<string | null> =>
    (await fetch(`${house.address}/api/v1/me`, { headers: { origin } })).headers.get(
      'access-control-allow-credentials',
    );
  expect(await credentials(listed)).toBe('true');
  expect(await credentials('https://evil.example')).toBeNull();
});
