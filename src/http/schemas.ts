import Type, { type Static } from 'typebox';
import { idPattern } from '../core/forms.ts';
import { conversationKinds, type JsonObject, presenceStatuses, supportStatuses } from '../core/model.ts';
import { httpCodes } from './status.ts';

/** What goes in and out over HTTP. Schemas with a title become components of the OpenAPI document. */

const largestInteger = Number.MAX_SAFE_INTEGER;

// ---- In -------------------------------------------------------------------------------------------------------------

/** An id in a body: a string, or a number as clients of some dialects keep it. Read it with `idOf`. */
export const IdInput = Type.Union(
  [Type.String({ pattern: idPattern }), Type.Integer({ minimum: 0, maximum: largestInteger })],
  { description: 'A string of 1 to 200 characters, or a whole number: 123 and "123" are the same id.' },
);

/** A place in the log as a query or path writes it. Read it with `positionOf`. */
const positionPattern = '^(0|[1-9][0-9]{0,15})$';

export const PositionText = Type.String({ pattern: positionPattern });

export const PathId = Type.Object({ id: Type.String({ pattern: idPattern }) });

export const LimitText = Type.String({
  pattern: '^[1-9][0-9]{0,14}$',
  description: 'How many at most: 50 when absent; more than 500 counts as 500.',
});

export const PageQuery = Type.Object({
  limit: Type.Optional(LimitText),
  before: Type.Optional(Type.String({ maxLength: 1000, description: 'The `nextBefore` of the page before this one.' })),
});

export const Metadata = Type.Unsafe<JsonObject>({
  type: 'object',
  additionalProperties: true,
  description: 'Any JSON object. It is handed on as it is.',
});

/** Extra fields are passed over, as in every body. */
export const AttachmentInput = Type.Object({
  url: Type.String({ description: 'Absolute http or https address.' }),
  type: Type.Optional(Type.String({ maxLength: 200, description: 'A MIME type, or a word such as `image`.' })),
  name: Type.Optional(Type.String({ maxLength: 500 })),
  size: Type.Optional(Type.Integer({ minimum: 0, maximum: largestInteger, description: 'In bytes.' })),
});

export const idOf = (input: string | number): string => String(input);

/** Does it name a place in the log? Placeholders such as `message-id` do not. */
export function isPosition(input: string | number | undefined): input is string | number {
  return input !== undefined && new RegExp(positionPattern).test(String(input));
}

export const positionOf = (input: string | number): number => Math.min(Number(input), largestInteger);

/** `limit` of a query: 50 when absent, at most 500. */
export const limitOf = (text: string | undefined): number => Math.min(text === undefined ? 50 : Number(text), 500);

// ---- Out ------------------------------------------------------------------------------------------------------------

export const Id = Type.String({ minLength: 1 });
export const Time = Type.String({ format: 'date-time', description: 'UTC with milliseconds and `Z`.' });
export const Count = Type.Integer({ minimum: 0 });
export const MessageId = Type.String({ pattern: positionPattern });

/** These fields and no others. */
export const strict = { additionalProperties: false };

export const ErrorAnswer = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.Enum(httpCodes),
        message: Type.String({ description: 'What to do, for a person to read.' }),
        retryAfterMs: Type.Optional(Type.Number({ description: 'When trying the same again may succeed.' })),
      },
      strict,
    ),
  },
  { title: 'Error', ...strict },
);

export const UserAnswer = Type.Object(
  {
    id: Id,
    name: Type.String(),
    email: Type.String(),
    role: Type.String(),
    imageUrl: Type.Optional(Type.String({ description: 'A picture, where one was told.' })),
  },
  { title: 'User', ...strict },
);

const MessagePreview = Type.Object(
  {
    id: MessageId,
    senderId: Id,
    senderName: Type.String(),
    text: Type.String({ description: 'The beginning of it, 200 characters at the most.' }),
    attachment: Type.Optional(
      Type.Object({ type: Type.Optional(Type.String()), name: Type.Optional(Type.String()) }, strict),
    ),
    isDeleted: Type.Optional(Type.Boolean({ description: 'It was deleted, and what it said is gone.' })),
    createdAt: Time,
  },
  { title: 'MessagePreview', ...strict },
);

export const ConversationAnswer = Type.Object(
  {
    id: Id,
    kind: Type.Enum([...conversationKinds]),
    title: Type.Optional(Type.String()),
    status: Type.Optional(Type.Enum([...supportStatuses], { description: 'Only of support conversations.' })),
    clientId: Type.Optional(Id),
    adminId: Type.Optional(Id),
    createdBy: Type.Optional(Id),
    createdAt: Time,
    updatedAt: Time,
    memberCount: Count,
    messageCount: Count,
    lastMessageId: Type.Optional(MessageId),
    unreadCount: Type.Optional(Type.Integer({ minimum: 0, description: 'Of the asking member.' })),
    role: Type.Optional(Type.Enum(['owner', 'member'], { description: 'Of the asking member.' })),
    readCursor: Type.Optional(Type.String({ description: 'The newest message that the asking member has read.' })),
    isArchived: Type.Optional(Type.Boolean({ description: 'By the asking member.' })),
    isMuted: Type.Optional(Type.Boolean({ description: 'By the asking member.' })),
    lastMessage: Type.Optional(MessagePreview),
    peer: Type.Optional({ ...UserAnswer, description: 'Of a direct conversation: the other member.' }),
  },
  { title: 'Conversation', ...strict },
);

export const ConversationPage = Type.Object(
  { conversations: Type.Array(ConversationAnswer), hasMore: Type.Boolean(), nextBefore: Type.Optional(Type.String()) },
  { title: 'ConversationPage', ...strict },
);

export const MemberAnswer = Type.Object(
  {
    userId: Id,
    role: Type.Enum(['owner', 'member']),
    readCursor: Type.Optional(MessageId),
    user: UserAnswer,
  },
  { title: 'Member', ...strict },
);

export const MemberList = Type.Object(
  {
    members: Type.Array(MemberAnswer),
    hasMore: Type.Boolean(),
    nextAfter: Type.Optional(Type.String({ description: 'The `after` of the next page.' })),
  },
  { title: 'MemberList', ...strict },
);

export const ReadStateAnswer = Type.Object(
  {
    conversationId: Id,
    readCursor: Type.Optional(Type.String({ description: 'The newest message that was read; absent for none.' })),
    unreadCount: Count,
  },
  { title: 'ReadState', ...strict },
);

export const SettingsAnswer = Type.Object(
  { conversationId: Id, isArchived: Type.Boolean(), isMuted: Type.Boolean() },
  { title: 'ConversationSettings', ...strict },
);

export const UnreadAnswer = Type.Object(
  {
    messages: Count,
    conversations: Type.Integer({ minimum: 0, description: 'How many of them hold unread messages.' }),
    notifications: Count,
  },
  { title: 'Unread', ...strict },
);

export const PresenceAnswer = Type.Object(
  {
    userId: Id,
    status: Type.Enum([...presenceStatuses]),
    lastActive: Type.Optional({ ...Time, description: 'When something was heard of them last; absent for never.' }),
  },
  { title: 'Presence', ...strict },
);

export const PresenceList = Type.Object({ presence: Type.Array(PresenceAnswer) }, { title: 'PresenceList', ...strict });

export const NotificationAnswer = Type.Object(
  {
    id: MessageId,
    userId: Id,
    title: Type.String(),
    message: Type.String(),
    type: Type.String(),
    isRead: Type.Boolean(),
    createdAt: Time,
  },
  { title: 'Notification', ...strict },
);

export const NotificationPage = Type.Object(
  {
    notifications: Type.Array(NotificationAnswer, { description: 'Newest first.' }),
    unreadCount: Type.Integer({ minimum: 0, description: 'Of all that the user was sent.' }),
    hasMore: Type.Boolean(),
    nextBefore: Type.Optional(Type.String()),
  },
  { title: 'NotificationPage', ...strict },
);

const SupportChatAnswer = Type.Object(
  {
    since: { ...Time, description: 'Since when it has had its status.' },
    conversation: ConversationAnswer,
    client: Type.Optional(UserAnswer),
  },
  { title: 'SupportChat', ...strict },
);

export const SupportChatPage = Type.Object(
  {
    chats: Type.Array(SupportChatAnswer, { description: 'Longest first.' }),
    hasMore: Type.Boolean(),
    nextAfter: Type.Optional(Type.String({ description: 'The `after` of the next page.' })),
  },
  { title: 'SupportChatPage', ...strict },
);

export const BlockList = Type.Object(
  { blocks: Type.Array(Type.Object({ user: UserAnswer, since: Time }, strict)) },
  { title: 'BlockList', ...strict },
);

export const BanAnswer = Type.Object(
  { userId: Id, reason: Type.Optional(Type.String()), until: Type.Optional(Time) },
  { title: 'Ban', ...strict },
);

export const BanPage = Type.Object(
  { bans: Type.Array(BanAnswer), hasMore: Type.Boolean(), nextAfter: Type.Optional(Type.String()) },
  { title: 'BanPage', ...strict },
);

export const FileAnswer = Type.Object(
  {
    id: Id,
    url: Type.String({ description: 'Absolute and unguessable: who holds it may read the file.' }),
    type: Type.String(),
    name: Type.String(),
    size: Count,
  },
  { title: 'File', ...strict },
);

export type ErrorJson = Static<typeof ErrorAnswer>;
export type UserJson = Static<typeof UserAnswer>;
export type ConversationJson = Static<typeof ConversationAnswer>;
export type MemberJson = Static<typeof MemberAnswer>;
export type PresenceJson = Static<typeof PresenceAnswer>;
export type NotificationJson = Static<typeof NotificationAnswer>;
export type FileJson = Static<typeof FileAnswer>;
