import Type from 'typebox';
import { isRefusal, refuse } from '../../core/refusals.ts';
import { userJson } from '../json.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { PathId, UserAnswer } from '../schemas.ts';

const ProfileName = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }));
const ImageUrl = Type.Optional(Type.Union([Type.String({ maxLength: 4096 }), Type.Null()]));

export function addUserRoutes(addRoute: AddRoute, { house, adminRoles }: RouteContext): void {
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
    method: 'PATCH',
    url: '/api/v1/me',
    operationId: 'changeMe',
    tag: 'Users',
    summary: 'Change my name or picture',
    description:
      'What a token names wins: a `name` in the next token takes the place of one that was set here. `imageUrl: null` takes the ' +
      'picture away. What was said before keeps the name that it was said under.',
    who: 'user',
    body: Type.Object({ name: ProfileName, imageUrl: ImageUrl }),
    answers: { 200: { description: 'The user as they are now.', schema: UserAnswer } },
    refusals: [],
    async answer({ actor, body: { name, imageUrl }, baseUrl }) {
      const outcome = await house.execute(
        {
          type: 'ChangeProfile',
          userId: actor.user.id,
          ...(name === undefined ? {} : { name }),
          ...(imageUrl === undefined ? {} : { imageUrl }),
        },
        actor,
        { baseUrl },
      );
      return isRefusal(outcome) ? outcome : ok(userJson(outcome.user));
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/users/:id',
    operationId: 'getUser',
    tag: 'Users',
    summary: 'Look at one user',
    description:
      'The host and admins look at everybody; users at themselves and at those with whom they share a conversation.',
    who: 'both',
    params: PathId,
    answers: { 200: { description: 'The user.', schema: UserAnswer } },
    refusals: ['USER_NOT_FOUND'],
    async answer({ actor, params: { id } }) {
      const maySee =
        actor.kind === 'host' ||
        actor.user.id === id ||
        adminRoles.has(actor.user.role) ||
        (await house.store.findAcquaintances(actor.user.id, [id])).has(id);
      const user = maySee ? (await house.store.loadUsers([id])).get(id) : undefined;
      return user ? ok(userJson(user)) : refuse('USER_NOT_FOUND');
    },
  });

  addRoute({
    method: 'PUT',
    url: '/api/v1/users/:id',
    operationId: 'upsertUser',
    tag: 'Users',
    summary: 'Create a user, or change their profile',
    description:
      'For the host, so that users have a name and a picture before they first come. What is not named stays as it is. What a ' +
      'token names wins, and rights come from tokens alone.',
    who: 'host',
    params: PathId,
    body: Type.Object({
      name: ProfileName,
      email: Type.Optional(Type.String({ maxLength: 320 })),
      imageUrl: ImageUrl,
    }),
    answers: { 200: { description: 'The user as they are now.', schema: UserAnswer } },
    refusals: [],
    async answer({ actor, params: { id: userId }, body: { name, email, imageUrl }, baseUrl }) {
      const outcome = await house.execute(
        {
          type: 'ChangeProfile',
          userId,
          ...(name === undefined ? {} : { name }),
          ...(email === undefined ? {} : { email }),
          ...(imageUrl === undefined ? {} : { imageUrl }),
        },
        actor,
        { baseUrl },
      );
      return isRefusal(outcome) ? outcome : ok(userJson(outcome.user));
    },
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/users/:id/revoke',
    operationId: 'revokeUser',
    audit: 'admins too',
    tag: 'Users',
    summary: 'Refuse every token that a user has now',
    description:
      'By the host, and by admins, who revoke no admins. The user’s connections end within a second. Tokens issued up to and ' +
      'including this second, or that do not say when, are refused from now on; later ones are welcome.',
    who: 'both',
    params: PathId,
    answers: {
      200: {
        description: 'Done.',
        schema: Type.Object({ userId: PathId.properties.id }, { additionalProperties: false }),
      },
    },
    refusals: [],
    async answer({ actor, params, baseUrl }) {
      const outcome = await house.execute({ type: 'RevokeUser', userId: params.id }, actor, { baseUrl });
      return isRefusal(outcome) ? outcome : ok({ userId: outcome.userId });
    },
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/users/:id/erase',
    operationId: 'eraseUser',
    tag: 'Users',
    summary: 'Erase a user for good',
    description:
      'Their tokens are refused, their messages become deleted ones, their profile is blank, and their notifications, ' +
      'sessions, settings and files are gone. Their id stays where it holds other things together. There is no way back. ' +
      'Answers when it is done, which takes the longer the longer the log is; asked again after a failure, it goes on.',
    who: 'host',
    params: PathId,
    answers: {
      200: {
        description: 'Done.',
        schema: Type.Object(
          { userId: PathId.properties.id, messages: Type.Integer(), files: Type.Integer() },
          { additionalProperties: false },
        ),
      },
    },
    refusals: ['USER_NOT_FOUND'],
    async answer({ params: { id } }) {
      if (!(await house.store.loadUsers([id])).has(id)) return refuse('USER_NOT_FOUND');
      const { messages, files } = await house.eraseUser(id);
      return ok({ userId: id, messages, files });
    },
  });
}
