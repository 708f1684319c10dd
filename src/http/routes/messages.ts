import Type, { type Static } from 'typebox';
import type { Actor, CommandOf } from '../../core/commands.ts';
import type { Attachment, Json } from '../../core/model.ts';
import { isRefusal, type Refusal, refuse } from '../../core/refusals.ts';
import { messageJson } from '../json.ts';
import { MessageAnswer, MessagePage } from '../message-schemas.ts';
import { userOf, viewAs } from '../reading.ts';
import { type AddRoute, created, ok, type RouteContext } from '../route.ts';
import {
  AttachmentInput,
  IdInput,
  idOf,
  isPosition,
  LimitText,
  limitOf,
  Metadata,
  PathId,
  PositionText,
  positionOf,
} from '../schemas.ts';

const NewMessage = Type.Object({
  text: Type.Optional(Type.String({ description: 'May be absent when there is a file or an attachment.' })),
  replyToId: Type.Optional(
    Type.Union([Type.String({ maxLength: 200 }), Type.Integer({ minimum: 0 })], {
      description: 'The message that this one answers. What is no decimal integer counts as absent.',
    }),
  ),
  fileId: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'The id of an uploaded file.' })),
  attachment: Type.Optional(AttachmentInput),
  metadata: Type.Optional(Metadata),
  clientMessageId: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description:
        'Makes repeating this send harmless: unique per user and conversation. May also stand in `metadata`.',
    }),
  ),
  senderId: Type.Optional(IdInput),
});

/** Deeper than any metadata that means something, and far from where writing it as JSON would overflow the stack. */
const nestingLimit = 64;

export function addMessageRoutes(addRoute: AddRoute, context: RouteContext): void {
  const { house } = context;

  addRoute({
    method: 'GET',
    url: '/api/v1/conversations/:id/messages',
    operationId: 'listMessages',
    tag: 'Messages',
    summary: 'Read messages, oldest first',
    description:
      'With `after` the oldest messages after that one, with `before` the newest before it, with neither the newest. Of ' +
      'deleted messages it brings what is left. ' +
      'For members, the host, and, of a support conversation, the admins.',
    who: 'both',
    params: PathId,
    query: Type.Object({
      limit: Type.Optional(LimitText),
      before: Type.Optional(PositionText),
      after: Type.Optional(PositionText),
    }),
    answers: { 200: { description: 'One page.', schema: MessagePage } },
    refusals: ['NOT_FOUND'],
    async answer({ actor, params, query }) {
      const view = await viewAs(actor, params.id, context);
      if (isRefusal(view)) return view;
      const { value } = await house.store.readMessages({
        conversationId: params.id,
        ...(query.after === undefined ? {} : { after: positionOf(query.after) }),
        ...(query.before === undefined ? {} : { before: positionOf(query.before) }),
        limit: limitOf(query.limit),
        take: query.after === undefined ? 'newest' : 'oldest',
        withDeleted: true,
      });
      return ok({ messages: value.messages.map(messageJson), hasMore: value.hasMore });
    },
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/conversations/:id/messages',
    operationId: 'sendMessage',
    audit: 'never',
    tag: 'Messages',
    summary: 'Send a message',
    description:
      'Answers when it is on disk; it is heard in every dialect. The host says in `senderId` as which user it speaks, and is ' +
      'held to what that user may do; a user speaks for nobody else.',
    who: 'both',
    params: PathId,
    body: NewMessage,
    answers: {
      200: { description: 'Said before under this `clientMessageId`: the first message.', schema: MessageAnswer },
      201: { description: 'The message.', schema: MessageAnswer },
    },
    refusals: ['NOT_FOUND', 'MISSING_CONTENT', 'MESSAGE_NOT_FOUND', 'FILE_NOT_FOUND', 'BLOCKED', 'CONVERSATION_CLOSED'],
    async answer({ actor, params, body, baseUrl }) {
      const tooMuch = measure(body, context.payloadLimitBytes);
      if (tooMuch) return tooMuch;
      const sender = await senderOf(actor, body.senderId, context);
      if (isRefusal(sender)) return sender;
      const outcome = await house.execute(commandOf(params.id, body), sender, { baseUrl });
      if (isRefusal(outcome)) return outcome;
      const message = messageJson(outcome.message);
      return outcome.isRepeat ? ok(message) : created(message);
    },
  });
}

/** The user who speaks. */
async function senderOf(
  actor: Actor,
  senderId: string | number | undefined,
  context: RouteContext,
): Promise<Actor | Refusal> {
  if (actor.kind === 'user') {
    if (senderId === undefined || idOf(senderId) === actor.user.id) return actor;
    return refuse('FORBIDDEN', { message: 'Only the host application may speak for others. Leave `senderId` out.' });
  }
  if (senderId === undefined) {
    return refuse('INVALID', { message: 'Say in `senderId` as which user the host application speaks.' });
  }
  return { kind: 'user', user: await userOf(idOf(senderId), context) };
}

/** What is too large or too deep to be kept, apart from the text, which has a limit of its own. */
function measure({ metadata, attachment }: Static<typeof NewMessage>, limitBytes: number): Refusal | undefined {
  if (metadata && isDeeper(metadata, nestingLimit)) {
    return refuse('INVALID', { message: `\`metadata\` is nested too deeply. Keep it within ${nestingLimit} levels.` });
  }
  // Fields that nobody knows are not kept, so they neither count nor are looked at.
  const kept = [metadata, attachment && attachmentOf(attachment)];
  if (Buffer.byteLength(JSON.stringify(kept)) <= limitBytes) return undefined;
  return refuse('TOO_LARGE', {
    message: `Metadata and attachment may take ${limitBytes} bytes. Send less, or upload a file.`,
  });
}

function isDeeper(json: Json, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return false;
  return levels === 0 || Object.values(json).some((inner: Json) => isDeeper(inner, levels - 1));
}

function commandOf(conversationId: string, body: Static<typeof NewMessage>): CommandOf<'SendMessage'> {
  const { fileId, attachment, metadata } = body;
  const named = metadata?.clientMessageId;
  const clientMessageId = body.clientMessageId ?? (typeof named === 'string' ? named : undefined);
  return {
    type: 'SendMessage',
    conversationId,
    text: body.text ?? '',
    ...(fileId === undefined ? {} : { fileId }),
    ...(attachment === undefined ? {} : { attachment: attachmentOf(attachment) }),
    ...(isPosition(body.replyToId) ? { replyToId: positionOf(body.replyToId) } : {}),
    ...(metadata === undefined ? {} : { metadata }),
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
  };
}

function attachmentOf({ url, type, name, size }: Static<typeof AttachmentInput>): Attachment {
  return {
    url,
    ...(type === undefined ? {} : { type }),
    ...(name === undefined ? {} : { name }),
    ...(size === undefined ? {} : { sizeBytes: size }),
  };
}
