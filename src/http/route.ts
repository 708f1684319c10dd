import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static, type TSchema } from 'typebox';
import type { Blobs } from '../app/ports.ts';
import type { Actor } from '../core/commands.ts';
import { isRefusal, type Refusal, type RefusalCode } from '../core/refusals.ts';
import type { Audit } from './audit.ts';
import { type Authenticator, actorOf, type Known } from './authenticate.ts';
import type { HttpHouse } from './house.ts';
import { ErrorAnswer } from './schemas.ts';
import { type HttpCode, type Problem, problemHeaders, problemOf, sendProblem, statusOf, wordsOf } from './status.ts';

/** A route is a value: what it takes, what it answers, what it may refuse. Here it becomes Fastify's and OpenAPI's. */

/** Who may use a route: those who have shown who they are, or `anyone`. */
type Who = Known | 'anyone';

type ActorFor<W extends Who> = W extends 'user'
  ? Extract<Actor, { kind: 'user' }>
  : W extends 'host'
    ? Extract<Actor, { kind: 'host' }>
    : W extends 'both' | 'admins'
      ? Actor
      : undefined;

type Asked<W extends Who, P extends TSchema, Q extends TSchema, B extends TSchema> = {
  readonly actor: ActorFor<W>;
  readonly params: Static<P>;
  readonly query: Static<Q>;
  readonly body: Static<B>;
  /** Where addresses that are handed out begin. */
  readonly baseUrl: string;
  /** For what needs the stream or the connection itself. */
  readonly request: FastifyRequest;
};

export type Answered = { readonly status: 200 | 201 | 503; readonly body: object } | { readonly status: 204 };

export const ok = (body: object): Answered => ({ status: 200, body });
export const created = (body: object): Answered => ({ status: 201, body });

type Answerable = { readonly description: string; readonly schema?: TSchema };

type Route<W extends Who, P extends TSchema, Q extends TSchema, B extends TSchema> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  readonly who: W;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Is the body a multipart form that `answer` reads itself? */
  readonly isMultipart?: true;
  /**
   * What of it is written down. By default every change that the host makes; `never`: nothing, since the log has it;
   * `admins too`: also what admins do.
   */
  readonly audit?: 'never' | 'admins too';
  readonly answers: { readonly [S in 200 | 201 | 204 | 503]?: Answerable };
  /** What it refuses for reasons of its own; what every route may refuse is added. */
  readonly refusals: readonly HttpCode[];
  answer(asked: Asked<W, P, Q, B>): Promise<Answered | Refusal | Problem>;
};

export const tags = {
  Conversations: 'Create, list and change conversations, and their members.',
  Messages: 'Read and send messages. What is sent here is heard in every dialect.',
  Files: 'Upload files, and fetch them.',
  Notifications: 'Tell a user something outside of any conversation.',
  Users: 'Who is who, who is here, and who no longer may.',
  Webhooks: 'Tell the host application of what happens.',
  Server: 'The server itself, and who did what with it.',
} as const;
type Tag = keyof typeof tags;

/** Puts a route on the server. */
export type AddRoute = <
  W extends Who,
  P extends TSchema = Type.TUnknown,
  Q extends TSchema = Type.TUnknown,
  B extends TSchema = Type.TUnknown,
>(
  route: Route<W, P, Q, B>,
) => void;

/** What the routes work with. */
export type RouteContext = {
  readonly house: HttpHouse;
  readonly blobs: Blobs;
  readonly adminRoles: ReadonlySet<string>;
  readonly fileLimitBytes: number;
  readonly payloadLimitBytes: number;
};

export function routeAdder(
  app: FastifyInstance,
  authenticator: Authenticator,
  baseUrlOf: (request: FastifyRequest) => string,
  audit: Audit,
): AddRoute {
  return (route) => {
    const { who } = route;
    app.route({
      method: route.method,
      url: route.url,
      schema: {
        operationId: route.operationId,
        tags: [route.tag],
        summary: route.summary,
        description: route.description,
        security: securityOf(who),
        ...(route.params ? { params: route.params } : {}),
        ...(route.query ? { querystring: route.query } : {}),
        ...(route.body ? { body: route.body } : {}),
        ...(route.isMultipart ? { consumes: ['multipart/form-data'] } : {}),
        response: responsesOf(route),
      },
      // A form is read as a stream, so there is no body that could be checked beforehand.
      ...(route.isMultipart ? { validatorCompiler: () => () => true } : {}),
      ...(who === 'anyone' ? {} : { onRequest: authenticator(who) }),
      handler: async (request, reply) => {
        // The hook above has let in nobody else.
        const actor = who === 'anyone' ? undefined : actorOf(request);
        const outcome = await route.answer({
          actor: actor as ActorFor<typeof who>,
          // The schemas have let in nothing else.
          params: request.params as never,
          query: request.query as never,
          body: request.body as never,
          baseUrl: baseUrlOf(request),
          request,
        });
        const refused = 'code' in outcome ? outcome : isRefusal(outcome) ? problemOf(outcome) : undefined;
        if (actor && isAudited(route, actor, refused !== undefined)) {
          const status = 'status' in outcome ? outcome.status : statusOf(refused?.code ?? 'INTERNAL');
          await audit(request, { actor, action: route.operationId, status });
        }
        if (refused) return sendProblem(reply, refused);
        if (!('status' in outcome)) throw new Error('Neither an answer nor a refusal.');
        reply.code(outcome.status).header('cache-control', 'no-store');
        return outcome.status === 204 ? reply.send() : reply.send(outcome.body);
      },
    });
  };
}

/** Strangers who are refused would fill it. */
function isAudited(
  { method, audit }: Route<Who, TSchema, TSchema, TSchema>,
  actor: Actor,
  isRefused: boolean,
): boolean {
  if (method === 'GET' || audit === 'never') return false;
  return actor.kind === 'host' || (audit === 'admins too' && !isRefused);
}

function securityOf(who: Who): { readonly [scheme: string]: readonly string[] }[] {
  const either = ['bearer', 'apiKey'];
  const schemes = { user: ['bearer'], host: ['apiKey'], admins: either, both: either, anyone: [] }[who];
  return schemes.map((scheme) => ({ [scheme]: [] }));
}

/** What machines ask for every few seconds: neither logged as news nor limited. */
export const quietRoutes: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

const always: readonly HttpCode[] = ['INTERNAL', 'UNAVAILABLE'];
/** A body is read wherever a request may have one, also where none is asked for. */
const whenBodyIsRead: readonly HttpCode[] = ['MALFORMED', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
const whenKnown: readonly RefusalCode[] = ['UNAUTHENTICATED', 'RATE_LIMITED', 'FORBIDDEN'];

const whenStrange = (url: string): readonly RefusalCode[] => (quietRoutes.has(url) ? [] : ['RATE_LIMITED']);

function responsesOf(route: Route<Who, TSchema, TSchema, TSchema>): { [status: string]: TSchema } {
  const responses: { [status: string]: TSchema } = {};
  for (const [status, { description, schema }] of Object.entries(route.answers)) {
    responses[status] = schema ? { ...schema, description } : Type.Null({ description });
  }
  const takesInput = route.params || route.query || route.body;
  const codes = new Set<HttpCode>([
    ...(takesInput ? (['INVALID'] as const) : []),
    ...(route.method === 'GET' ? [] : whenBodyIsRead),
    ...(route.who === 'anyone' ? whenStrange(route.url) : whenKnown),
    ...route.refusals,
    ...always,
  ]);
  return { ...refusalsAs(codes), ...responses };
}

/** What the document says of refusals with these codes, by their status. */
export function refusalsAs(codes: Iterable<HttpCode>): { [status: string]: TSchema } {
  const byStatus = [...Map.groupBy(codes, statusOf)].map(([status, some]) => {
    const description = some.map((code) => `\`${code}\`: ${wordsOf(code)}`).join('\n\n');
    const headers = problemHeaders[status];
    return [status, { ...ErrorAnswer, description, ...(headers ? { headers } : {}) }] as const;
  });
  return Object.fromEntries(byStatus);
}
