import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../core/commands.ts';
import type { HttpHouse } from './house.ts';
import { type Problem, problem, problemOf, sendProblem } from './status.ts';
import type { Strangers } from './strangers.ts';

/** Who is asking: a user by `Authorization: Bearer`, or the host application by `X-Api-Key`. Cookies are nobody. */

/** Who may use a route: a user, the host application, admins and the host, or a user and the host. */
export type Known = 'user' | 'host' | 'admins' | 'both';

/** The hook of a route that only these may use. */
export type Authenticator = (
  who: Known,
) => (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

const words = {
  nobody: 'Authentication error. Send `Authorization: Bearer <token>`, or `X-Api-Key` as the host application.',
  badToken: 'Authentication error. The token is not valid, has expired or was revoked; send another one.',
  badKey: 'Authentication error. This is not the configured API_KEY; send the right one as X-Api-Key.',
  noKey: 'Authentication error. This server has no API_KEY, so nobody is its host application; configure one.',
  hostOnly: 'Only the host application may do this. Send its API_KEY as X-Api-Key.',
  adminsOnly: 'Only admins and the host application may do this. Send the token of an admin, or the API_KEY.',
  userOnly: 'Only a user can do this. Send `Authorization: Bearer <token>` instead of X-Api-Key.',
};

const actorKey = 'actor';

/** Who the request comes from, once the hook has let it pass. */
export function actorOf(request: FastifyRequest): Actor {
  const actor = request.getDecorator<Actor | null>(actorKey);
  if (!actor) throw new Error('This route has not asked who it is.');
  return actor;
}

/** Has the request shown who it comes from? */
export function isKnown(request: FastifyRequest): boolean {
  return request.getDecorator<Actor | null>(actorKey) !== null;
}

export const actorDecorator = actorKey;

/** The token of an `Authorization` header, `Bearer` in any case or absent; undefined when there is none. */
export function bearerOf(header: string | undefined): string | undefined {
  const token = /^\s*(?:bearer\s+)?(\S+)\s*$/i.exec(header ?? '')?.[1];
  return token?.toLowerCase() === 'bearer' ? undefined : token;
}

/** Compares in a time that tells neither content nor length. */
export function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

export function authenticating(
  house: HttpHouse,
  { apiKey, adminRoles }: { readonly apiKey?: string | undefined; readonly adminRoles: ReadonlySet<string> },
  strangers: Strangers | undefined,
): Authenticator {
  async function recognise(request: FastifyRequest): Promise<Actor | Problem> {
    const key = request.headers['x-api-key'];
    if (key !== undefined) {
      if (!apiKey) return problem('UNAUTHENTICATED', words.noKey);
      const isHost = typeof key === 'string' && isSame(key, apiKey);
      return isHost ? { kind: 'host' } : problem('UNAUTHENTICATED', words.badKey);
    }
    const token = bearerOf(request.headers.authorization);
    if (token === undefined) return problem('UNAUTHENTICATED', words.nobody);
    const known = await house.authenticate(token);
    if (!known) return problem('UNAUTHENTICATED', words.badToken);
    const refusal = house.limits.takeEvent(known.user);
    return refusal ? problemOf(refusal) : { kind: 'user', user: known.user };
  }

  /** What to tell an actor who may not use such a route; undefined for one who may. */
  function objection(who: Known, actor: Actor): string | undefined {
    switch (who) {
      case 'both':
        return undefined;
      case 'user':
        return actor.kind === 'user' ? undefined : words.userOnly;
      case 'host':
        return actor.kind === 'host' ? undefined : words.hostOnly;
      case 'admins':
        return actor.kind === 'host' || adminRoles.has(actor.user.role) ? undefined : words.adminsOnly;
    }
  }

  return (who) => async (request, reply) => {
    const outcome = await recognise(request);
    if (!('kind' in outcome)) {
      const tooMany = outcome.code === 'UNAUTHENTICATED' ? strangers?.take(request.ip) : undefined;
      return sendProblem(reply, tooMany ?? outcome);
    }
    const objected = objection(who, outcome);
    if (objected !== undefined) return sendProblem(reply, problem('FORBIDDEN', objected));
    request.setDecorator<Actor | null>(actorKey, outcome);
    return undefined;
  };
}
