import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { HttpLog } from '../house.ts';
import { pageType, plainPage } from '../plain-page.ts';

export type WebOptions = {
  /** Where the built pages lie; absent: `web/dist` of this package. */
  readonly webDir?: string | undefined;
  readonly log: HttpLog;
  /** What the pages have to know before anybody has signed in. Everybody may read it. */
  readonly settings: {
    readonly developmentSignIn: boolean;
    /** Origins whose pages may hand a token over to the pages that they embed. */
    readonly hostOrigins: readonly string[];
    readonly adminRoles: readonly string[];
    readonly fileLimitBytes: number;
  };
};

const builtHere = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/** The web pages: `index.html` at `/`, every other `<name>.html` at `/<name>`, and what they load. */
export async function addWeb(app: FastifyInstance, { webDir = builtHere, log, settings }: WebOptions): Promise<void> {
  app.get('/web-settings', { schema: { hide: true } }, async (_, reply) =>
    reply.header('cache-control', 'no-cache').send(settings),
  );
  if (!existsSync(join(webDir, 'index.html'))) {
    log.warn({}, 'The web pages are not built: run `npm ci && npm run build:web` to make them.');
    app.get('/', { schema: { hide: true } }, async (_, reply) => reply.type(pageType).send(unbuilt));
    return;
  }
  await app.register(fastifyStatic, {
    root: join(webDir, 'assets'),
    prefix: '/assets/',
    index: false,
    preCompressed: true,
    // Their names change with their content.
    immutable: true,
    maxAge: '365d',
  });
  for (const file of globSync('*.html', { cwd: webDir })) {
    const name = basename(file, '.html');
    for (const url of name === 'index' ? ['/'] : [`/${name}`, `/${name}/`]) {
      app.get(url, { schema: { hide: true } }, async (_, reply) =>
        reply.header('cache-control', 'no-cache').sendFile(file, webDir, { cacheControl: false, immutable: false }),
      );
    }
  }
}

const unbuilt = plainPage(
  'Parlance is running',
  `<p>The web pages are not built. Run <code>npm ci &amp;&amp; npm run build:web</code>, and start the server again.
<p>The HTTP API is at <a href="/swagger/">/swagger/</a>.`,
);
