import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { tags } from './route.ts';

/** The OpenAPI document, made of the routes' own schemas, and the page that shows it. */

const description = `Parlance serves one set of conversations to clients of five WebSocket dialects. This is what they and the
host application do over HTTP: create conversations, manage members, read history, send, upload.

Every refusal is \`{"error": {"code", "message", "retryAfterMs"?}}\`; the message says what to do. Ids are written as strings
and accepted as strings or numbers. Times are UTC with milliseconds.`;

export async function addOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Parlance', version: '1', description, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/', description: 'This server' }],
      tags: Object.entries(tags).map(([name, words]) => ({ name, description: words })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A user, by their token.' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The host application, by API_KEY.' },
        },
      },
    },
    transformObject: (document) =>
      'openapiObject' in document ? named(document.openapiObject) : document.swaggerObject,
  });
  await app.register(swaggerUi, {
    routePrefix: '/swagger',
    uiConfig: { deepLinking: true, persistAuthorization: false, tryItOutEnabled: true },
  });
}

type Node = { [key: string]: unknown };

/** Moves every object schema that bears a title into the components, once, and leaves a reference in its place. */
function named<T extends object>(document: T): T {
  const schemas: Node = {};
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    const copy: Node = {};
    for (const [key, value] of Object.entries(node)) copy[key] = visit(value);
    const { title, description: _, ...schema } = copy;
    if (copy.type !== 'object' || typeof title !== 'string' || !('properties' in copy)) return copy;
    schemas[title] ??= schema;
    return { $ref: `#/components/schemas/${title}` };
  };
  const copy = visit(document) as Node;
  copy.components = { ...(copy.components as Node), schemas: sorted(schemas) };
  return copy as T;
}

const sorted = (node: Node): Node => Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)));
