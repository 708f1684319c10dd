import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpFixture, openHttp } from '../../test/harness/http-fixture.ts';
import { openApiDocument } from './openapi-document.ts';

type Operation = {
  readonly operationId: string;
  readonly responses: { readonly [status: string]: { readonly description: string } };
  readonly [key: string]: unknown;
};
type Document = {
  readonly openapi: string;
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: object };
};

let http: HttpFixture;
beforeAll(async () => {
  http = await openHttp();
});
afterAll(async () => {
  await http[Symbol.asyncDispose]();
});

describe('the OpenAPI document', () => {
  test('is served as it is generated, but for what is there in development only', async () => {
    const { json } = await http.call<Document>('GET', '/swagger/json');
    const generated = (await openApiDocument()) as { paths: object };
    const { '/sign-in': signIn, ...paths } = generated.paths as Record<string, unknown>;
    expect(signIn).toBeDefined();
    expect(json.paths).toEqual(JSON.parse(JSON.stringify(paths)));
    expect(json.openapi).toBe('3.1.0');
  });

  test('describes every operation, its answers and its refusals, and refers to nothing that is missing', async () => {
    const { json } = await http.call<Document>('GET', '/swagger/json');
    const operations = Object.values(json.paths).flatMap((path) => Object.values(path));
    expect(operations.length).toBeGreaterThan(15);
    for (const operation of operations) {
      expect(operation).toMatchObject({
        operationId: expect.any(String),
        summary: expect.stringMatching(/\w/),
        description: expect.stringMatching(/\w/),
        tags: [expect.any(String)],
        security: expect.any(Array),
      });
      const { responses } = operation;
      expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true);
      for (const { description } of Object.values(responses)) expect(description).not.toBe('Default Response');
      // Events are what sockets send.
      expect(responses[400]?.description ?? '').not.toContain('event');
    }
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    const references = [...JSON.stringify(json).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    for (const [, name] of references) expect(Object.keys(json.components.schemas)).toContain(name);
    expect(json.paths['/api/v1/files']?.post?.requestBody).toHaveProperty(['content', 'multipart/form-data']);
    expect(json.paths['/api/v1/me']?.get?.security).toEqual([{ bearer: [] }]);
  });
});
