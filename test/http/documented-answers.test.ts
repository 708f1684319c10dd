import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { answerCheck, committedOpenApi } from '../harness/http-conformity.ts';

/** Every operation that the OpenAPI document names, asked in ways in which none may be asked. */

type Operation = {
  readonly method: string;
  readonly path: string;
  readonly schemes: readonly string[];
  readonly hasBody: boolean;
};

type Described = { readonly security: readonly object[]; readonly requestBody?: object };

const document = committedOpenApi();
const check = answerCheck(document);
const { paths } = document as { paths: { [template: string]: { [method: string]: Described } } };
const operations = Object.entries(paths).flatMap(([template, methods]) =>
  Object.entries(methods).map(
    ([method, { security, requestBody }]): Operation => ({
      method: method.toUpperCase(),
      path: template.replace(/\{[^}]+\}/g, '1'),
      schemes: security.flatMap((scheme) => Object.keys(scheme)),
      hasBody: requestBody !== undefined,
    }),
  ),
);

let house: OpenHouse;
let token: string;
beforeAll(async () => {
  // Without a secret there is the sign-in of development too.
  house = await openHouse({ JWT_SECRET: undefined, EVENT_BURST: '10000', STRANGERS_PER_SECOND: '10000' });
  const { json } = await house.call('POST', '/sign-in', 'nobody', { id: 1, role: 'ADMIN' });
  ({ token } = json as { token: string });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

async function ask({ method, path, schemes }: Operation, how: { isKnown?: boolean; body?: string; type?: string }) {
  const { isKnown = true, body, type = 'application/json' } = how;
  const known = schemes.includes('bearer') ? { authorization: `Bearer ${token}` } : house.hostHeaders;
  const response = await fetch(house.address + path, {
    method,
    headers: {
      ...(isKnown && schemes.length > 0 ? known : {}),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const { status, headers } = response;
  const text = await response.text();
  check(method, path, { status, headers, text });
  return { status, code: status >= 400 ? (JSON.parse(text) as { error: { code: string } }).error.code : undefined };
}

const readingBodies = operations.filter(({ method }) => method !== 'GET');

test.each(operations.filter(({ schemes }) => schemes.length > 0))('$method $path answers nobody', async (operation) => {
  expect(await ask(operation, { isKnown: false })).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
});

test.each(readingBodies)('$method $path refuses a body that it cannot read, as documented', async (operation) => {
  expect(await ask(operation, { body: '{' })).toEqual({ status: 400, code: 'MALFORMED' });
  expect((await ask(operation, { body: 'x', type: 'text/plain' })).status).toBe(415);
  expect((await ask(operation, { body: JSON.stringify({ x: 'x'.repeat(1_000_000) }) })).status).toBe(413);
});

test.each(readingBodies.filter(({ hasBody }) => hasBody))(
  '$method $path refuses a body of another shape, as documented',
  async (operation) => {
    // An upload is no JSON at all.
    const isUpload = operation.path === '/api/v1/files';
    expect((await ask(operation, { body: '[]' })).status).toBe(isUpload ? 415 : 400);
  },
);

test.each(operations.filter(({ method }) => method === 'GET'))(
  '$method $path answers as documented',
  async (operation) => {
    await ask(operation, {});
    await ask({ ...operation, path: `${operation.path}?limit=0&before=-1&after=-1&q=` }, {});
  },
);
