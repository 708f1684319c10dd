import Type, { type Static } from 'typebox';
import { Count, Id, MessageId, strict, Time } from './schemas.ts';

/** What only the host application is answered: its webhooks, and who did what. */

const FailureAnswer = Type.Object(
  { at: Time, message: Type.String(), attempts: Type.Integer({ minimum: 1, description: 'At that event.' }) },
  { title: 'WebhookFailure', ...strict },
);

const webhookFields = {
  id: Id,
  url: Type.String(),
  events: Type.Array(Type.String(), { description: 'Empty: all.' }),
  createdAt: Time,
  position: Type.String({ description: 'Everything up to here was delivered or parked, but what is of stragglers.' }),
  behind: Type.Integer({ minimum: 0, description: 'How many positions the log is ahead.' }),
  stragglers: Type.Array(
    Type.Object(
      { conversationId: Type.Optional(Id), userId: Type.Optional(Id), position: Type.String() },
      { title: 'Straggler', ...strict },
    ),
    {
      description:
        'Conversations, or users, that it has gone past, and up to where each of them was delivered or parked.',
    },
  ),
  parkedCount: Count,
  failure: Type.Optional({
    ...FailureAnswer,
    description: 'What went wrong last; absent while nothing is tried again.',
  }),
};

export const WebhookAnswer = Type.Object(webhookFields, { title: 'Webhook', ...strict });

export const NewWebhookAnswer = Type.Object(
  { ...webhookFields, secret: Type.String() },
  { title: 'NewWebhook', ...strict },
);

export const WebhookList = Type.Object({ webhooks: Type.Array(WebhookAnswer) }, { title: 'WebhookList', ...strict });

export const ParkedPage = Type.Object(
  {
    parked: Type.Array(
      Type.Object(
        { position: MessageId, type: Type.String(), conversationId: Type.Optional(Id), failure: FailureAnswer },
        { title: 'ParkedDelivery', ...strict },
      ),
      { description: 'Oldest first.' },
    ),
    hasMore: Type.Boolean(),
    nextAfter: Type.Optional(Type.String()),
  },
  { title: 'ParkedPage', ...strict },
);

export const AuditPage = Type.Object(
  {
    records: Type.Array(
      Type.Object(
        {
          id: MessageId,
          at: Time,
          userId: Type.Optional({ ...Id, description: 'The admin who did it; absent: the host application.' }),
          action: Type.String({ description: 'The `operationId` of the route.' }),
          target: Type.Record(Type.String(), Type.String()),
          details: Type.Optional(Type.String({ description: 'What was asked for, as JSON, cut where it is long.' })),
          address: Type.Optional(Type.String()),
          requestId: Type.String(),
          status: Type.Integer({ description: 'What it was answered with.' }),
        },
        { title: 'AuditRecord', ...strict },
      ),
      { description: 'Newest first.' },
    ),
    hasMore: Type.Boolean(),
    nextBefore: Type.Optional(Type.String()),
  },
  { title: 'AuditPage', ...strict },
);

export type WebhookJson = Static<typeof WebhookAnswer>;
