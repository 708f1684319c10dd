import { openApiDocument } from '../../src/http/openapi-document.ts';

/** The HTTP API as OpenAPI 3.1, from the schemas that validate it. */
export async function openApiPage(): Promise<string> {
  return `${JSON.stringify(await openApiDocument(), null, 2)}\n`;
}
