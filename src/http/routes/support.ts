import Type from 'typebox';
import { supportStatuses } from '../../core/model.ts';
import { isRefusal, refuse } from '../../core/refusals.ts';
import { conversationJson, time, userJson } from '../json.ts';
import { readPageCursor, writePageCursor } from '../page-cursor.ts';
import { viewAs } from '../reading.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { ConversationAnswer, LimitText, limitOf, PathId, SupportChatPage } from '../schemas.ts';

/** The queue of support chats, for those who answer them. */
export function addSupportRoutes(addRoute: AddRoute, context: RouteContext): void {
  const { house } = context;

  addRoute({
    method: 'GET',
    url: '/api/v1/support/chats',
    operationId: 'listSupportChats',
    tag: 'Conversations',
    summary: 'Who waits for help?',
    description:
      'For the host and admins: support chats in a status, those that have had it longest first. An admin sees none that they ' +
      'were removed from.',
    who: 'admins',
    query: Type.Object({
      status: Type.Optional(Type.Enum([...supportStatuses], { description: '`PENDING` when absent.' })),
      limit: Type.Optional(LimitText),
      after: Type.Optional(
        Type.String({ maxLength: 1000, description: 'The `nextAfter` of the page before this one.' }),
      ),
    }),
    answers: { 200: { description: 'One page.', schema: SupportChatPage } },
    refusals: [],
    async answer({ actor, query }) {
      const after = query.after === undefined ? undefined : readPageCursor(query.after);
      if (query.after !== undefined && !after) {
        return refuse('INVALID', { message: '`after` must be the `nextAfter` of an earlier page.' });
      }
      const { chats, hasMore } = await house.store.listSupportChats({
        status: query.status ?? 'PENDING',
        viewerId: actor.kind === 'user' ? actor.user.id : undefined,
        limit: limitOf(query.limit),
        ...(after ? { after: { since: after.updatedAt, id: after.id } } : {}),
      });
      const users = await house.store.loadUsers(chats.flatMap(({ view }) => view.conversation.clientId ?? []));
      const last = chats.at(-1);
      return ok({
        chats: chats.map(({ view, since }) => {
          const client = users.get(view.conversation.clientId ?? '');
          return {
            since: time(since),
            conversation: conversationJson(view),
            ...(client ? { client: userJson(client) } : {}),
          };
        }),
        hasMore,
        ...(hasMore && last
          ? { nextAfter: writePageCursor({ updatedAt: last.since, id: last.view.conversation.id }) }
          : {}),
      });
    },
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/conversations/:id/take',
    operationId: 'takeSupportChat',
    tag: 'Conversations',
    summary: 'Take a support chat that nobody has',
    description:
      'For admins: of several who take it at the same time one gets it. They become its admin and a member, and it becomes ' +
      '`ACTIVE`. To take over what another one has, assign it with `adminId`.',
    who: 'user',
    params: PathId,
    answers: { 200: { description: 'The conversation as it is now.', schema: ConversationAnswer } },
    refusals: ['NOT_FOUND', 'CONVERSATION_CLOSED', 'CONVERSATION_TAKEN'],
    async answer({ actor, params, baseUrl }) {
      const outcome = await house.execute(
        { type: 'ChangeConversation', conversationId: params.id, adminId: actor.user.id, onlyIfFree: true },
        actor,
        { baseUrl },
      );
      if (isRefusal(outcome)) return outcome;
      const view = await viewAs(actor, params.id, context);
      return isRefusal(view) ? view : ok(conversationJson(view));
    },
  });
}
