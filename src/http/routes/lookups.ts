import Type from 'typebox';
import { refuse } from '../../core/refusals.ts';
import { conversationJson, time, userJson } from '../json.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { ConversationAnswer, LimitText, limitOf, PathId, UserAnswer } from '../schemas.ts';

const Time = Type.String({ format: 'date-time' });

const ConnectionList = Type.Object(
  {
    connections: Type.Array(
      Type.Object(
        {
          id: Type.Integer({ description: 'As the log of this node names it.' }),
          dialects: Type.Array(Type.String(), { description: 'Those that it has spoken.' }),
          transport: Type.String(),
          namespace: Type.String(),
          address: Type.String(),
          sessionId: Type.Optional(
            Type.String({ description: 'Where its client may come back and hear what it missed. It opens nothing.' }),
          ),
          joinedCount: Type.Integer({ description: 'How many conversations it has joined.' }),
          unsentBytes: Type.Integer({ description: 'What its client has not taken yet.' }),
          isCatchingUp: Type.Boolean({ description: 'Whether it is still being told what it missed.' }),
          lastActive: Time,
          expiresAt: Type.Optional({ ...Time, description: 'When its token ends.' }),
        },
        { title: 'Connection', additionalProperties: false },
      ),
      { description: 'On the node that answers, oldest first.' },
    ),
    elsewhereCount: Type.Integer({ description: 'How many more there are on other nodes.' }),
  },
  { title: 'ConnectionList', additionalProperties: false },
);

const UserPage = Type.Object(
  { users: Type.Array(UserAnswer), hasMore: Type.Boolean() },
  { title: 'UserPage', additionalProperties: false },
);

/** What those who look after the server find out about users and conversations. */
export function addLookupRoutes(addRoute: AddRoute, { house }: RouteContext): void {
  addRoute({
    method: 'GET',
    url: '/api/v1/admin/users',
    operationId: 'findUsers',
    tag: 'Users',
    summary: 'Who is it?',
    description:
      'For the host and admins: users whose id, name or email address contains what is searched for, by id. It looks through ' +
      'all users, so it takes the longer the more there are.',
    who: 'admins',
    query: Type.Object({
      q: Type.String({ minLength: 1, maxLength: 200, description: 'A part of it, in any case.' }),
      limit: Type.Optional(LimitText),
    }),
    answers: { 200: { description: 'The first of them.', schema: UserPage } },
    refusals: [],
    async answer({ query }) {
      const limit = limitOf(query.limit);
      const users = await house.store.findUsers(query.q, limit + 1);
      return ok({ users: users.slice(0, limit).map(userJson), hasMore: users.length > limit });
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/admin/users/:id/connections',
    operationId: 'listConnections',
    tag: 'Users',
    summary: 'How is a user connected?',
    description: 'For the host and admins. A user without connections, or never seen, has an empty list.',
    who: 'admins',
    params: PathId,
    answers: { 200: { description: 'Their live connections.', schema: ConnectionList } },
    refusals: [],
    async answer({ params: { id } }) {
      return ok({
        connections: house.connections.of(id).map(({ sessionId, activeAt, expiresAt, ...connection }) => ({
          ...connection,
          ...(sessionId === undefined ? {} : { sessionId }),
          lastActive: time(activeAt),
          ...(expiresAt === undefined ? {} : { expiresAt: time(expiresAt) }),
        })),
        elsewhereCount: house.connections.countElsewhere(id),
      });
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/admin/conversations/:id',
    operationId: 'outlineConversation',
    tag: 'Conversations',
    summary: 'What kind of conversation is it?',
    description:
      'For the host and admins, of any conversation: its kind, title, status and counts. Who is in it and what is said there is not ' +
      'shown.',
    who: 'admins',
    params: PathId,
    answers: { 200: { description: 'The conversation, without its last message.', schema: ConversationAnswer } },
    refusals: ['NOT_FOUND'],
    async answer({ params: { id } }) {
      const view = await house.store.viewConversation(id, undefined);
      return view ? ok(conversationJson({ conversation: view.conversation, unreadCount: 0 })) : refuse('NOT_FOUND');
    },
  });
}
