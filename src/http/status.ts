import type { FastifyReply } from 'fastify';
import { type Refusal, type RefusalCode, refusalWords } from '../core/refusals.ts';

/** How refusals look over HTTP. */

const refusalStatus: { readonly [C in RefusalCode]: number } = {
  NOT_FOUND: 404,
  MESSAGE_NOT_FOUND: 404,
  FILE_NOT_FOUND: 404,
  USER_NOT_FOUND: 404,
  WEBHOOK_NOT_FOUND: 404,
  NOTIFICATION_NOT_FOUND: 404,
  FORBIDDEN: 403,
  INVALID: 400,
  MISSING_CONTENT: 400,
  MALFORMED: 400,
  TOO_LARGE: 413,
  UNKNOWN_EVENT: 400,
  BLOCKED: 403,
  CONVERSATION_CLOSED: 409,
  CONVERSATION_TAKEN: 409,
  CONVERSATION_EXISTS: 409,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  UNAUTHENTICATED: 401,
};

/** What only HTTP can refuse. */
const httpWords = {
  ROUTE_NOT_FOUND: 'Nothing answers here. Check the method and the path; /swagger/ lists them.',
  UNSUPPORTED_MEDIA_TYPE:
    'This content type is not read here. Send application/json, or multipart/form-data for files.',
  RANGE_NOT_SATISFIABLE: 'The file is shorter than that. Ask for a range within its size.',
  INTERNAL: 'Something went wrong here. It was logged; try again, and report it if it stays.',
} as const;

type HttpOnlyCode = keyof typeof httpWords;

/** Where the core's words speak of what sockets send. */
const wordsOverHttp: { readonly [C in RefusalCode]?: string } = {
  INVALID: 'The request does not fit. Check its path, query and body; /swagger/ shows what it takes.',
};

const httpStatus: { readonly [C in HttpOnlyCode]: number } = {
  ROUTE_NOT_FOUND: 404,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RANGE_NOT_SATISFIABLE: 416,
  INTERNAL: 500,
};

export type HttpCode = RefusalCode | HttpOnlyCode;

export const httpCodes = [...Object.keys(refusalWords), ...Object.keys(httpWords)] as HttpCode[];

/** A refusal as HTTP says it: the core's, or one of HTTP's own. */
export type Problem = {
  readonly code: HttpCode;
  readonly message: string;
  readonly retryAfterMs?: number;
};

const isHttpOnly = (code: HttpCode): code is HttpOnlyCode => code in httpWords;

export function statusOf(code: HttpCode): number {
  return isHttpOnly(code) ? httpStatus[code] : refusalStatus[code];
}

/** What to do about a refusal of this code, where nothing more precise is known. */
export function wordsOf(code: HttpCode): string {
  return isHttpOnly(code) ? httpWords[code] : (wordsOverHttp[code] ?? refusalWords[code]);
}

export function problem(code: HttpCode, message: string = wordsOf(code)): Problem {
  return { code, message };
}

export function problemOf(refusal: Refusal): Problem {
  const { refused: code, message, retryAfterMs } = refusal;
  return { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

type Described = { readonly type: 'string' | 'integer'; readonly description: string };

/** The headers that stand beside refusals of a status, for the OpenAPI document; {@link sendProblem} sets them. */
export const problemHeaders: { readonly [status: number]: { readonly [name: string]: Described } } = {
  401: { 'WWW-Authenticate': { type: 'string', description: 'How to show who one is: `Bearer`.' } },
  429: { 'Retry-After': { type: 'integer', description: 'Seconds until it may be tried again.' } },
  503: { 'Retry-After': { type: 'integer', description: 'Seconds until it may be tried again.' } },
};

/** Answers with a refusal, and all that belongs to it: status, headers, body. */
export function sendProblem(reply: FastifyReply, refused: Problem): FastifyReply {
  const status = statusOf(refused.code);
  const headers: { [name: string]: string } = { 'cache-control': 'no-store' };
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (status === 429 || status === 503) {
    headers['retry-after'] = String(Math.max(1, Math.ceil((refused.retryAfterMs ?? 1000) / 1000)));
  }
  return reply.code(status).headers(headers).send({ error: refused });
}
