import Type, { type Static } from 'typebox';
import { Count, Id, MessageId, Metadata, strict, Time, UserAnswer } from './schemas.ts';

/** Messages as HTTP shows them. */

const AttachmentAnswer = Type.Object(
  {
    url: Type.String(),
    type: Type.Optional(Type.String({ description: 'A MIME type, or a word such as `image`.' })),
    name: Type.Optional(Type.String()),
    size: Type.Optional(Type.Integer({ minimum: 0, description: 'In bytes.' })),
    fileId: Type.Optional(Type.String({ description: 'Set when the file was uploaded here.' })),
  },
  { title: 'Attachment', ...strict },
);

const messageFields = {
  id: MessageId,
  conversationId: Id,
  senderId: Id,
  sender: UserAnswer,
  text: Type.String(),
  type: Type.Optional(Type.String({ description: 'The kind of content, where the sender named one.' })),
  attachment: Type.Optional(AttachmentAnswer),
  replyToId: Type.Optional(MessageId),
  metadata: Type.Optional(Metadata),
  clientMessageId: Type.Optional(Type.String()),
  createdAt: Time,
  editedAt: Type.Optional(Type.String({ format: 'date-time', description: 'When its text was changed last.' })),
  deletedAt: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'When it was deleted: its text is empty, and whatever it said is gone.',
    }),
  ),
};

const ReactionAnswer = Type.Object(
  { emoji: Type.String(), userIds: Type.Array(Id, { description: 'Who reacts so, in the order in which they did.' }) },
  { title: 'Reaction', ...strict },
);

const QuotedMessageAnswer = Type.Object(messageFields, { title: 'QuotedMessage', ...strict });

export const MessageAnswer = Type.Object(
  {
    ...messageFields,
    replyTo: Type.Optional(QuotedMessageAnswer),
    reactions: Type.Optional(Type.Array(ReactionAnswer, { description: 'Absent where there are none.' })),
  },
  { title: 'Message', ...strict },
);

export const MessagePage = Type.Object(
  { messages: Type.Array(MessageAnswer, { description: 'Oldest first.' }), hasMore: Type.Boolean() },
  { title: 'MessagePage', ...strict },
);

export const SearchAnswer = Type.Object(
  {
    results: Type.Array(
      Type.Object(
        {
          message: MessageAnswer,
          snippet: Type.String({
            description: 'A part of its text around the first word that was found, as plain text.',
          }),
          highlights: Type.Array(Type.Array(Count, { minItems: 2, maxItems: 2 }), {
            description: 'Where in the snippet such words stand: first UTF-16 unit, and the one behind the last.',
          }),
        },
        { title: 'SearchResult', ...strict },
      ),
      { description: 'Newest first.' },
    ),
    nextBefore: Type.Optional(MessageId),
  },
  { title: 'SearchPage', ...strict },
);

export type QuotedMessageJson = Static<typeof QuotedMessageAnswer>;
export type MessageJson = Static<typeof MessageAnswer>;
