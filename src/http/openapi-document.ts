import type { HttpHouse } from './house.ts';
import { buildHttp } from './server.ts';

/** The OpenAPI document of every route there can be, the development sign-in included. */
export async function openApiDocument(): Promise<object> {
  const nobody = new Proxy({}, { get: () => () => Promise.reject(new Error('There is only a document here.')) });
  const app = await buildHttp({
    house: { ...(nobody as HttpHouse), store: nobody as HttpHouse['store'] },
    blobs: nobody as never,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    adminRoles: new Set(),
    allowedOrigins: [],
    limits: { bodyBytes: 1, payloadBytes: 1, fileBytes: 1 },
    developmentSignIn: async () => '',
  });
  await app.ready();
  try {
    return app.swagger();
  } finally {
    await app.close();
  }
}
