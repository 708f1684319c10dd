import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { refuse } from '../core/refusals.ts';
import type { HttpLog } from './house.ts';
import { pageType, plainPage } from './plain-page.ts';
import { type Problem, problem, problemOf, sendProblem, statusOf } from './status.ts';

/** Whatever goes wrong is answered in one form, with words that say what to do. */

/** A body that is no JSON. */
class MalformedJson extends Error {}

/** What a schema refuses, in words; carried by an error because Fastify's validators know no other way. */
class SchemaMismatch extends Error {}

const parts: { readonly [part: string]: string } = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'headers',
};

/** Checks with the compiled schema as it stands: nothing is coerced, filled in or removed. */
export function validatorCompiler({ schema, httpPart }: { schema: unknown; httpPart?: string | undefined }) {
  const compiled = Compile(schema as TSchema);
  const part = parts[httpPart ?? ''] ?? 'request';
  return (value: unknown): { value: unknown } | { error: Error } => {
    if (compiled.Check(value)) return { value };
    if (httpPart === 'body' && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      return { error: new SchemaMismatch('The body must be one JSON object, sent as application/json.') };
    }
    // The deepest complaint is the one about the field itself, not about the union or object around it.
    const [worst] = [...compiled.Errors(value)].sort((a, b) => b.instancePath.length - a.instancePath.length);
    const field = worst?.instancePath.slice(1).replaceAll('/', '.') || undefined;
    const where = field ? `\`${field}\` in the ${part} ` : `The ${part} `;
    return { error: new SchemaMismatch(`${where}${worst?.message ?? 'does not fit'}. /swagger/ shows what it takes.`) };
  };
}

/** Reads JSON as it is: a key such as `__proto__` becomes a property like any other. An empty body is no body. */
export function addJsonParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json(?:\s*;|\s*$)/i,
    { parseAs: 'string' },
    (_request, body, done) => {
      if (body === '') return done(null, undefined);
      try {
        done(null, JSON.parse(body as string));
      } catch {
        done(new MalformedJson());
      }
    },
  );
}

/** What an error is to the client; undefined for a bug of ours. */
function problemOfError(error: Partial<FastifyError>): Problem | undefined {
  if (error instanceof MalformedJson) return problem('MALFORMED');
  if (error instanceof SchemaMismatch) return problem('INVALID', error.message);
  if (error.name === 'StoreUnavailable') return problemOf(refuse('UNAVAILABLE', { retryAfterMs: 1000 }));
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem('TOO_LARGE');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem('UNSUPPORTED_MEDIA_TYPE');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return problem('MALFORMED', 'The body is not as long as Content-Length says. Send it whole.');
    case 'FST_ERR_BAD_URL':
      return problem('INVALID', 'The path is not a valid address. Percent-encode its parts.');
    default:
      break;
  }
  const status = error.statusCode ?? 500;
  return status >= 400 && status < 500 ? problem('INVALID') : undefined;
}

/** Answers an error that was thrown; logs those that are ours. */
export function answerError(log: HttpLog): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    let refused = problemOfError(error instanceof Error ? error : {});
    if (!refused) {
      refused = problem('INTERNAL');
      log.error({ err: error, requestId: request.id, route: request.routeOptions.url }, 'request failed');
    }
    void sendProblem(reply, refused);
  };
}

/** Answers an address that is none: people in browsers, who ask for HTML by name, with a page; all others in the one form. */
export function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): void {
  const wantsPage = /^(GET|HEAD)$/.test(request.method) && /\btext\/html\b/i.test(request.headers.accept ?? '');
  if (wantsPage)
    void reply.code(statusOf('ROUTE_NOT_FOUND')).header('cache-control', 'no-store').type(pageType).send(nothingHere);
  else void sendProblem(reply, problem('ROUTE_NOT_FOUND'));
}

const nothingHere = plainPage(
  'There is nothing here',
  '<p>Check the address, or go to the <a href="/">start page</a>.\n<p>The HTTP API is at <a href="/swagger/">/swagger/</a>.',
);

/** How long a client that sent no sound request has to read so and to close. */
const lingerMs = 1_000;

/** Answers what could not even be read as HTTP, and ends its connection. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  // Without a TLS handshake there is nobody who could read words.
  if (!socket.writable || socket.bytesWritten > 0 || /^ERR_(SSL|TLS)_/.test(error.code ?? '')) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const message =
    status === 408
      ? 'The request took too long. Send it in one go.'
      : 'This is not a valid HTTP request. Check its first line, its headers and its length.';
  const body = JSON.stringify({ error: problem('MALFORMED', message) });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  // Whoever does not close for their part would keep it else.
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
