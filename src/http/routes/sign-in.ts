import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { HttpHouse } from '../house.ts';
import { userJson } from '../json.ts';
import { type AddRoute, ok } from '../route.ts';
import { IdInput, idOf, UserAnswer } from '../schemas.ts';
import { problem } from '../status.ts';

/** Makes a token that says what it is told. */
export type IssueToken = (claims: {
  readonly sub: string;
  readonly name?: string;
  readonly role?: string;
}) => Promise<string>;

/** Tokens for whoever works on this machine, so that a first hour needs no key. Never there once keys are configured. */
export function addSignIn(
  addRoute: AddRoute,
  house: HttpHouse,
  issueToken: IssueToken,
  allowedOrigins: readonly string[],
): void {
  addRoute({
    method: 'POST',
    url: '/sign-in',
    operationId: 'signIn',
    tag: 'Users',
    summary: 'Get a token (development only)',
    description:
      'There only while no keys are configured, and only for programs and pages of this very machine: anything that came ' +
      'through a proxy, from elsewhere, by another name or from another page is refused.',
    who: 'anyone',
    body: Type.Object({
      id: IdInput,
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      role: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    }),
    answers: {
      200: {
        description: 'The token, and whom it names.',
        schema: Type.Object({ token: Type.String(), user: UserAnswer }, { additionalProperties: false }),
      },
    },
    refusals: ['FORBIDDEN', 'UNAUTHENTICATED'],
    async answer({ body, request }) {
      const objection = objectionTo(request, allowedOrigins);
      if (objection) return problem('FORBIDDEN', `${objection} Use \`npx parlance token\` there instead.`);
      const { name, role } = body;
      const token = await issueToken({
        sub: idOf(body.id),
        ...(name === undefined ? {} : { name }),
        ...(role === undefined ? {} : { role }),
      });
      const known = await house.authenticate(token);
      if (!known) return problem('UNAUTHENTICATED', 'This user was revoked a moment ago. Try again in a second.');
      return ok({ token, user: userJson(known.user) });
    },
  });
}

const loopbackAddress = /^(?:::ffff:)?127(?:\.\d{1,3}){3}$|^::1$/;
const loopbackHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

function objectionTo(request: FastifyRequest, allowedOrigins: readonly string[]): string | undefined {
  const { headers } = request;
  if (isForwarded(headers)) return 'The development sign-in does not answer through a proxy.';
  if (!loopbackAddress.test(request.socket.remoteAddress ?? '')) {
    return 'The development sign-in answers to this machine only.';
  }
  // A page elsewhere can make its own name point here; it cannot make the browser say another name.
  if (!loopbackHost.test(headers.host ?? '')) return 'The development sign-in answers to the name localhost only.';
  const { origin } = headers;
  const isOwn =
    origin === undefined || origin === `${request.protocol}://${headers.host}` || allowedOrigins.includes(origin);
  return isOwn ? undefined : 'The development sign-in does not answer to pages of other origins.';
}

function isForwarded(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some(
    (name) => name === 'forwarded' || name === 'via' || name === 'x-real-ip' || name.startsWith('x-forwarded'),
  );
}
