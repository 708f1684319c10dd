import Type from 'typebox';
import type { Actor } from '../../core/commands.ts';
import type { ConversationId } from '../../core/model.ts';
import { isRefusal, type Refusal, refuse } from '../../core/refusals.ts';
import { viewAs } from '../reading.ts';
import { type AddRoute, type Answered, ok, type RouteContext } from '../route.ts';
import { PathId, PositionText, positionOf, ReadStateAnswer, SettingsAnswer, UnreadAnswer } from '../schemas.ts';

/** What a member has of a conversation for themselves: how far they have read it, and how they keep it. */
export function addReadingRoutes(addRoute: AddRoute, context: RouteContext): void {
  const { house } = context;

  async function readState(actor: Actor, id: ConversationId): Promise<Answered | Refusal> {
    const view = await viewAs(actor, id, context);
    if (isRefusal(view)) return view;
    if (!view.member) return refuse('NOT_FOUND');
    const { readCursor } = view.member;
    return ok({
      conversationId: id,
      ...(readCursor === 0 ? {} : { readCursor: String(readCursor) }),
      unreadCount: view.unreadCount,
    });
  }

  addRoute({
    method: 'GET',
    url: '/api/v1/conversations/:id/read',
    operationId: 'getReadState',
    tag: 'Conversations',
    summary: 'How far have I read?',
    description: 'The newest message that the user has read, and how many of others came after it.',
    who: 'user',
    params: PathId,
    answers: { 200: { description: 'Where the user is.', schema: ReadStateAnswer } },
    refusals: ['NOT_FOUND'],
    answer: ({ actor, params }) => readState(actor, params.id),
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/conversations/:id/read',
    operationId: 'markRead',
    tag: 'Conversations',
    summary: 'Mark messages as read',
    description:
      'Up to and including `messageId`; without one, everything. The cursor only moves forward. The others hear of it in ' +
      'their own dialect, as of a mark that was made on a socket.',
    who: 'user',
    params: PathId,
    body: Type.Object({ messageId: Type.Optional(Type.Union([PositionText, Type.Integer({ minimum: 0 })])) }),
    answers: { 200: { description: 'Where the user is now.', schema: ReadStateAnswer } },
    refusals: ['NOT_FOUND', 'MESSAGE_NOT_FOUND'],
    async answer({ actor, params, body: { messageId }, baseUrl }) {
      const marks =
        messageId === undefined
          ? ({ what: 'everything' } as const)
          : ({ what: 'upTo', messageId: positionOf(messageId) } as const);
      const command = { type: 'MarkRead', conversationId: params.id, marks } as const;
      const outcome = await house.execute<'MarkRead'>(command, actor, { baseUrl });
      return isRefusal(outcome) ? outcome : readState(actor, params.id);
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/me/unread',
    operationId: 'getUnread',
    tag: 'Conversations',
    summary: 'How much have I not read?',
    description: 'Over all conversations that the user neither muted nor archived, for the badge of an application.',
    who: 'user',
    answers: { 200: { description: 'The totals.', schema: UnreadAnswer } },
    refusals: [],
    async answer({ actor }) {
      const { id } = actor.user;
      const [{ messages, conversations }, notifications] = await Promise.all([
        house.store.countUnread(id),
        house.store.countUnreadNotifications(id),
      ]);
      return ok({ messages, conversations, notifications });
    },
  });

  addRoute({
    method: 'PATCH',
    url: '/api/v1/conversations/:id/settings',
    operationId: 'keepConversation',
    tag: 'Conversations',
    summary: 'Archive or mute for oneself',
    description:
      'For the asking member alone; nobody else hears of it. An archived conversation stays so until it is taken back, whatever ' +
      'is said in it. A muted one counts in no total; its messages arrive as ever, and clients stay quiet about them.',
    who: 'user',
    params: PathId,
    body: Type.Object({ isArchived: Type.Optional(Type.Boolean()), isMuted: Type.Optional(Type.Boolean()) }),
    answers: { 200: { description: 'How the user keeps it now.', schema: SettingsAnswer } },
    refusals: ['NOT_FOUND'],
    async answer({ actor, params: { id: conversationId }, body: { isArchived, isMuted }, baseUrl }) {
      if (isArchived === undefined && isMuted === undefined) {
        return refuse('INVALID', { message: 'Nothing to change. Send `isArchived` or `isMuted`.' });
      }
      const outcome = await house.execute(
        {
          type: 'KeepConversation',
          conversationId,
          ...(isArchived === undefined ? {} : { isArchived }),
          ...(isMuted === undefined ? {} : { isMuted }),
        },
        actor,
        { baseUrl },
      );
      return isRefusal(outcome) ? outcome : ok({ conversationId, ...outcome.settings });
    },
  });
}
