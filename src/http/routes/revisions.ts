import Type from 'typebox';
import { isRefusal, refuse } from '../../core/refusals.ts';
import { messageJson } from '../json.ts';
import { MessageAnswer } from '../message-schemas.ts';
import { viewAs } from '../reading.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { PathId, PositionText, positionOf } from '../schemas.ts';

const OneMessage = Type.Object({ ...PathId.properties, messageId: PositionText });
const OneReaction = Type.Object({
  ...OneMessage.properties,
  emoji: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'An emoji, percent-encoded, or a word in its place: 1 to 64 characters without blanks.',
  }),
});
const asItIs = { 200: { description: 'The message as it is now.', schema: MessageAnswer } };

/** One message: read it, change it, delete it, react to it. */
export function addRevisionRoutes(addRoute: AddRoute, context: RouteContext): void {
  const { house } = context;

  addRoute({
    method: 'GET',
    url: '/api/v1/conversations/:id/messages/:messageId',
    operationId: 'getMessage',
    tag: 'Messages',
    summary: 'Read one message',
    description:
      'With its reactions and what it answers; of a deleted one, what is left. For members, the host, and, of a support ' +
      'conversation, the admins.',
    who: 'both',
    params: OneMessage,
    answers: asItIs,
    refusals: ['NOT_FOUND', 'MESSAGE_NOT_FOUND'],
    async answer({ actor, params }) {
      const view = await viewAs(actor, params.id, context);
      if (isRefusal(view)) return view;
      const message = await house.store.loadMessage(params.id, positionOf(params.messageId));
      return message ? ok(messageJson(message)) : refuse('MESSAGE_NOT_FOUND');
    },
  });

  addRoute({
    method: 'PATCH',
    url: '/api/v1/conversations/:id/messages/:messageId',
    operationId: 'editMessage',
    tag: 'Messages',
    summary: 'Change the text of a message',
    description:
      'Its sender may, while they are a member and the chat is not closed, and the host. The old text is kept nowhere; what ' +
      'is attached stays. Counts as a message.',
    who: 'both',
    params: OneMessage,
    body: Type.Object({ text: Type.String({ description: 'May be empty only where something is attached.' }) }),
    answers: asItIs,
    refusals: ['NOT_FOUND', 'MESSAGE_NOT_FOUND', 'MISSING_CONTENT', 'BLOCKED', 'CONVERSATION_CLOSED'],
    async answer({ actor, params, body, baseUrl }) {
      const outcome = await house.execute(
        { type: 'EditMessage', conversationId: params.id, messageId: positionOf(params.messageId), text: body.text },
        actor,
        { baseUrl },
      );
      return isRefusal(outcome) ? outcome : ok(messageJson(outcome.message));
    },
  });

  addRoute({
    method: 'DELETE',
    url: '/api/v1/conversations/:id/messages/:messageId',
    operationId: 'deleteMessage',
    tag: 'Messages',
    summary: 'Delete a message',
    description:
      'Its sender may, owners of group and open conversations, admins in support chats, and the host. What it said is erased, ' +
      'also where others quote it; `deletedAt` stays. Repeating it is harmless. Counts as a message.',
    who: 'both',
    params: OneMessage,
    answers: { 200: { description: 'What is left of the message.', schema: MessageAnswer } },
    refusals: ['NOT_FOUND', 'MESSAGE_NOT_FOUND'],
    async answer({ actor, params, baseUrl }) {
      const outcome = await house.execute(
        { type: 'DeleteMessage', conversationId: params.id, messageId: positionOf(params.messageId) },
        actor,
        { baseUrl },
      );
      return isRefusal(outcome) ? outcome : ok(messageJson(outcome.message));
    },
  });

  for (const [method, operationId, summary, isSet] of [
    ['PUT', 'addReaction', 'React to a message', true],
    ['DELETE', 'removeReaction', 'Take a reaction back', false],
  ] as const) {
    addRoute({
      method,
      url: '/api/v1/conversations/:id/messages/:messageId/reactions/:emoji',
      operationId,
      tag: 'Messages',
      summary,
      description:
        'For members, each emoji once; repeating it is harmless. A message has at most 1,000 reactions. Counts as a message.',
      who: 'user',
      params: OneReaction,
      answers: asItIs,
      refusals: ['NOT_FOUND', 'MESSAGE_NOT_FOUND', 'BLOCKED', 'CONVERSATION_CLOSED'],
      async answer({ actor, params, baseUrl }) {
        const { id: conversationId, emoji } = params;
        const messageId = positionOf(params.messageId);
        const command = { type: 'SetReaction', conversationId, messageId, emoji, isSet } as const;
        const outcome = await house.execute(command, actor, { baseUrl });
        return isRefusal(outcome) ? outcome : ok(messageJson(outcome.message));
      },
    });
  }
}
