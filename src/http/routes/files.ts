import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { fileUrl } from '../../app/messages.ts';
import type { StoredFile } from '../../app/ports.ts';
import { readRange } from '../byte-range.ts';
import { contentDisposition } from '../file-name.ts';
import { isShownInline } from '../file-type.ts';
import { fileJson } from '../json.ts';
import { type AddRoute, created, type RouteContext, refusalsAs } from '../route.ts';
import { FileAnswer } from '../schemas.ts';
import { problem, sendProblem } from '../status.ts';
import { receiveFile } from '../upload.ts';

const anyBytes = { 'application/octet-stream': { schema: Type.Unsafe({}) } };
const fileHeaders = {
  ETag: { type: 'string', description: 'Names the file, which never changes.' },
  'Content-Disposition': { type: 'string', description: 'Whether to show it or to save it, and its name.' },
};
const rangeHeader = { 'Content-Range': { type: 'string', description: 'Which bytes of how many.' } };
const refused = refusalsAs(['FILE_NOT_FOUND', 'RANGE_NOT_SATISFIABLE', 'RATE_LIMITED', 'INTERNAL', 'UNAVAILABLE']);

export function addFileRoutes(app: FastifyInstance, addRoute: AddRoute, context: RouteContext): void {
  addRoute({
    method: 'POST',
    url: '/api/v1/files',
    operationId: 'uploadFile',
    tag: 'Files',
    summary: 'Upload a file',
    description:
      'A multipart form with one file in the field `file`. Send its `id` as `fileId` of a message. Its address cannot be ' +
      'guessed; whoever is handed it may read the file.',
    who: 'both',
    isMultipart: true,
    body: Type.Object({ file: Type.Unsafe<unknown>({ type: 'string', format: 'binary' }) }),
    answers: { 201: { description: 'The file is kept.', schema: FileAnswer } },
    refusals: [],
    async answer({ actor, baseUrl, request }) {
      const user = actor.kind === 'user' ? actor.user : null;
      const received = await receiveFile(request, context, user);
      if (!('sizeBytes' in received)) return received;
      const file: StoredFile = {
        ...received,
        uploadedBy: user?.id ?? null,
        at: context.house.clock.nowMs(),
      };
      try {
        await context.house.store.saveFile(file);
      } catch (error) {
        await context.blobs.remove(file.id);
        throw error;
      }
      return created(fileJson(file, fileUrl(baseUrl, file.id, file.name)));
    },
  });

  for (const url of ['/files/:id', '/files/:id/:name']) {
    app.route({
      method: 'GET',
      url,
      schema: {
        operationId: url.endsWith('name') ? 'readNamedFile' : 'readFile',
        tags: ['Files'],
        summary: 'Fetch a file',
        description:
          'Holding the address is the right to read, since `<img>` sends no header; the name at its end is for people. Ranges ' +
          'are served. Common images, audio and video are shown in place, everything else is handed over to be saved.',
        security: [],
        params: Type.Object({ id: Type.String(), ...(url.endsWith('name') ? { name: Type.String() } : {}) }),
        response: {
          200: { description: 'The file.', headers: fileHeaders, content: anyBytes },
          206: { description: 'A part of it.', headers: { ...fileHeaders, ...rangeHeader }, content: anyBytes },
          302: {
            description: 'Where it is, for a while: in the S3 store that keeps the files.',
            headers: { Location: { type: 'string', description: 'Its address there.' } },
            type: 'null',
          },
          304: { description: 'It is as `If-None-Match` says.', headers: fileHeaders, type: 'null' },
          ...refused,
          416: { ...refused[416], headers: rangeHeader },
        },
      },
      handler: (request, reply) => serve(request, reply, context),
    });
  }
}

const fileId = /^[\w-]{16,200}$/;

async function serve(request: FastifyRequest, reply: FastifyReply, context: RouteContext): Promise<FastifyReply> {
  const { id } = request.params as { id: string };
  const notFound = () => sendProblem(reply, problem('FILE_NOT_FOUND', 'File not found. Check the address.'));
  const file = fileId.test(id) ? await context.house.store.loadFile(id) : undefined;
  if (!file) return notFound();

  const etag = `"${file.id}"`;
  reply.header('accept-ranges', 'bytes');
  const ifRange = request.headers['if-range'];
  const range = ifRange === undefined || ifRange === etag ? readRange(request.headers.range, file.sizeBytes) : 'whole';
  if (range === 'beyond') {
    reply.header('content-range', `bytes */${file.sizeBytes}`);
    return sendProblem(reply, problem('RANGE_NOT_SATISFIABLE'));
  }
  const isUnchanged = request.headers['if-none-match'] === etag;
  const isBodyWanted = request.method !== 'HEAD' && !isUnchanged;
  const disposition = contentDisposition(isShownInline(file.type) ? 'inline' : 'attachment', file.name);
  const { redirect } = context.blobs;
  const elsewhere = isBodyWanted ? redirect?.addressOf(id, { type: file.type, disposition }) : undefined;
  if (redirect && elsewhere !== undefined) {
    // Kept for less time than the address is valid, so that nobody is sent to one that is about to end.
    const keepSeconds = Math.floor(redirect.validSeconds / 2);
    reply.headers({
      'cache-control': `private, max-age=${keepSeconds}`,
      'cross-origin-resource-policy': 'cross-origin',
    });
    return reply.redirect(elsewhere, 302);
  }
  const content = isBodyWanted ? await context.blobs.read(id, range === 'whole' ? undefined : range) : undefined;
  if (isBodyWanted && !content) return notFound();

  reply.headers({
    // A file never changes, and its address is a secret of those who were given it.
    'cache-control': 'private, max-age=31536000, immutable',
    etag,
    'content-disposition': disposition,
    'x-content-type-options': 'nosniff',
    'content-security-policy':
      "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
    // Pages of the applications that embed this chat show these files.
    'cross-origin-resource-policy': 'cross-origin',
  });
  if (isUnchanged) return reply.code(304).send();
  const sizeBytes = range === 'whole' ? file.sizeBytes : range.end - range.start + 1;
  if (range !== 'whole') {
    reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.sizeBytes}`);
  }
  reply.headers({ 'content-type': file.type, 'content-length': sizeBytes });
  return reply.send(content instanceof Readable ? content : Readable.from(content ?? [], { objectMode: false }));
}
