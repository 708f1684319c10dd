import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { documented, readDocument, servedAt } from '../docs/document.ts';
import type { Html } from '../docs/html.ts';
import { dialectPage, indexPage } from '../docs/page.ts';
import { readOnce } from '../read-once.ts';

/** The documents of the dialects at `/docs`: a page for people and JSON for programs, each naming the address it was asked at. */
export async function addDocs(
  app: FastifyInstance,
  { baseUrlOf }: { readonly baseUrlOf: (request: FastifyRequest) => string },
): Promise<void> {
  // Read when asked for: the documents are made with a server that must start without them.
  const documentOf = readOnce(readDocument);
  const hidden = { schema: { hide: true } };
  const sendPage = (reply: FastifyReply, page: Html): FastifyReply =>
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page.markup);

  app.get('/docs', hidden, async (_request, reply) => {
    const documents = documented.map(async (name) => ({ name, document: await documentOf(name) }));
    return sendPage(reply, indexPage(await Promise.all(documents)));
  });
  for (const name of documented) {
    app.get(`/docs/${name}`, hidden, async (request, reply) =>
      sendPage(reply, dialectPage(name, servedAt(await documentOf(name), baseUrlOf(request)))),
    );
    app.get(`/docs/${name}.json`, hidden, async (request, reply) =>
      reply
        .type('application/json; charset=utf-8')
        .header('cache-control', 'no-cache')
        .send(servedAt(await documentOf(name), baseUrlOf(request))),
    );
  }
  for (const [file, type] of [
    ['page.css', 'text/css; charset=utf-8'],
    ['page.js', 'text/javascript; charset=utf-8'],
  ] as const) {
    const content = await readFile(new URL(`../docs/${file}`, import.meta.url), 'utf8');
    app.get(`/docs/${file}`, hidden, async (_request, reply) =>
      reply.type(type).header('cache-control', 'no-cache').send(content),
    );
  }
}
