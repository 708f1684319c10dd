import Type from 'typebox';
import { conversationKinds, supportStatuses } from '../../core/model.ts';
import { isRefusal, refuse } from '../../core/refusals.ts';
import { conversationJson } from '../json.ts';
import { readPageCursor, writePageCursor } from '../page-cursor.ts';
import { viewAs } from '../reading.ts';
import { type AddRoute, created, ok, type RouteContext } from '../route.ts';
import { ConversationAnswer, ConversationPage, IdInput, idOf, limitOf, PageQuery, PathId } from '../schemas.ts';

const seeing =
  'Members see their conversations, admins every support conversation that they were not removed from, the host all. For ' +
  'everybody else it does not exist.';

export function addConversationRoutes(addRoute: AddRoute, context: RouteContext): void {
  const { house } = context;

  addRoute({
    method: 'POST',
    url: '/api/v1/conversations',
    operationId: 'createConversation',
    tag: 'Conversations',
    summary: 'Create a conversation',
    description:
      'A user becomes its owner; the host names the members. `direct` is between two users, `group` for whoever was added, ' +
      '`open` for anybody who enters, `support` between one client and the admins. Asking again for an id that exists and ' +
      'agrees answers 200 and changes nothing.',
    who: 'both',
    body: Type.Object({
      id: Type.Optional(IdInput),
      kind: Type.Enum([...conversationKinds]),
      title: Type.Optional(Type.String()),
      members: Type.Optional(Type.Array(IdInput, { maxItems: 1000, description: 'Ids of users, seen before or not.' })),
    }),
    answers: {
      200: { description: 'It existed already, and agrees.', schema: ConversationAnswer },
      201: { description: 'It is new.', schema: ConversationAnswer },
    },
    refusals: ['CONVERSATION_EXISTS', 'BLOCKED'],
    async answer({ actor, body, baseUrl }) {
      const outcome = await house.execute(
        {
          type: 'CreateConversation',
          ...(body.id === undefined ? {} : { conversationId: idOf(body.id) }),
          kind: body.kind,
          ...(body.title === undefined ? {} : { title: body.title }),
          memberIds: (body.members ?? []).map(idOf),
        },
        actor,
        { baseUrl },
      );
      if (isRefusal(outcome)) return outcome;
      const view = await viewAs(actor, outcome.conversation.id, context);
      if (isRefusal(view)) return view;
      return outcome.isNew ? created(conversationJson(view)) : ok(conversationJson(view));
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/conversations',
    operationId: 'listConversations',
    tag: 'Conversations',
    summary: 'List conversations, newest activity first',
    description:
      'A user is answered their own, each with what a list draws: its last message, how much is unread, and of a direct one ' +
      'the other member. Archived ones are listed only when asked for. The host is answered all there are.',
    who: 'both',
    query: Type.Object({
      ...PageQuery.properties,
      archived: Type.Optional(
        Type.Enum(['false', 'true', 'all'], {
          description: 'Which of a user’s own: those that are not archived (when absent), only those that are, or all.',
        }),
      ),
      kind: Type.Optional(Type.Enum([...conversationKinds])),
    }),
    answers: { 200: { description: 'One page.', schema: ConversationPage } },
    refusals: [],
    async answer({ actor, query }) {
      const before = query.before === undefined ? undefined : readPageCursor(query.before);
      if (query.before !== undefined && !before) {
        return refuse('INVALID', { message: '`before` must be the `nextBefore` of an earlier page.' });
      }
      const userId = actor.kind === 'user' ? actor.user.id : undefined;
      const { archived = 'false', kind } = query;
      const page = {
        limit: limitOf(query.limit),
        ...(before ? { before } : {}),
        ...(archived === 'all' ? {} : { isArchived: archived === 'true' }),
        ...(kind ? { kind } : {}),
      };
      const { views, hasMore } = await house.store.listConversations(userId, page);
      const last = views.at(-1)?.conversation;
      return ok({
        conversations: views.map(conversationJson),
        hasMore,
        ...(hasMore && last ? { nextBefore: writePageCursor(last) } : {}),
      });
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/conversations/:id',
    operationId: 'getConversation',
    tag: 'Conversations',
    summary: 'Look at one conversation',
    description: seeing,
    who: 'both',
    params: PathId,
    answers: { 200: { description: 'The conversation.', schema: ConversationAnswer } },
    refusals: ['NOT_FOUND'],
    async answer({ actor, params }) {
      const view = await viewAs(actor, params.id, context);
      return isRefusal(view) ? view : ok(conversationJson(view));
    },
  });

  addRoute({
    method: 'PATCH',
    url: '/api/v1/conversations/:id',
    operationId: 'changeConversation',
    tag: 'Conversations',
    summary: 'Change a title, or the status or admin of a support conversation',
    description:
      'Owners and the host change the title. A support conversation is closed by either side and reopened by an admin; naming ' +
      'an `adminId` makes it `ACTIVE`. Those who are in it hear of it in their own dialect.',
    who: 'both',
    params: PathId,
    body: Type.Object({
      title: Type.Optional(Type.String()),
      status: Type.Optional(Type.Enum([...supportStatuses])),
      adminId: Type.Optional(IdInput),
    }),
    answers: { 200: { description: 'The conversation as it is now.', schema: ConversationAnswer } },
    refusals: ['NOT_FOUND', 'CONVERSATION_CLOSED'],
    async answer({ actor, params, body, baseUrl }) {
      const { title, status, adminId } = body;
      if (title === undefined && status === undefined && adminId === undefined) {
        return refuse('INVALID', { message: 'Nothing to change. Send `title`, `status` or `adminId`.' });
      }
      const outcome = await house.execute(
        {
          type: 'ChangeConversation',
          conversationId: params.id,
          ...(title === undefined ? {} : { title }),
          ...(status === undefined ? {} : { status }),
          ...(adminId === undefined ? {} : { adminId: idOf(adminId) }),
        },
        actor,
        { baseUrl },
      );
      if (isRefusal(outcome)) return outcome;
      const view = await viewAs(actor, params.id, context);
      return isRefusal(view) ? view : ok(conversationJson(view));
    },
  });
}
