import Type from 'typebox';
import { isRefusal } from '../../core/refusals.ts';
import { userJson } from '../json.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { PathId, UserAnswer } from '../schemas.ts';

export function addUserRoutes(addRoute: AddRoute, { house }: RouteContext): void {
  addRoute({
    method: 'GET',
    url: '/api/v1/me',
    operationId: 'getMe',
    tag: 'Users',
    summary: 'Who am I?',
    description: 'The user whom the token names, as the server knows them.',
    who: 'user',
    answers: { 200: { description: 'The user.', schema: UserAnswer } },
    refusals: [],
    answer: async ({ actor }) => ok(userJson(actor.user)),
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/users/:id/revoke',
    operationId: 'revokeUser',
    tag: 'Users',
    summary: 'Refuse every token that a user has now',
    description:
      'Their connections end within a second. Tokens issued up to and including this second, or that do not say when, are ' +
      'refused from now on; later ones are welcome.',
    who: 'host',
    params: PathId,
    answers: {
      200: {
        description: 'Done.',
        schema: Type.Object({ userId: PathId.properties.id }, { additionalProperties: false }),
      },
    },
    refusals: ['USER_NOT_FOUND'],
    async answer({ actor, params, baseUrl }) {
      const outcome = await house.execute({ type: 'RevokeUser', userId: params.id }, actor, { baseUrl });
      return isRefusal(outcome) ? outcome : ok({ userId: outcome.userId });
    },
  });
}
