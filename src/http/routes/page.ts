import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The page at `/`: what this is and where to go. */
export async function addPage(
  app: FastifyInstance,
  options: { readonly baseUrlOf: (request: FastifyRequest) => string; readonly isDevelopment: boolean },
): Promise<void> {
  const file = await readFile(new URL('../page/index.html', import.meta.url), 'utf8');
  const page = options.isDevelopment ? file : file.replace(/<!-- development -->[\s\S]*?<!-- end -->/g, '');

  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    const baseUrl = options.baseUrlOf(request);
    const html = page
      .replaceAll('{{base}}', escaped(baseUrl))
      .replaceAll('{{socketBase}}', escaped(baseUrl.replace(/^http/, 'ws')));
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(html);
  });
}

const entities: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? '');
