import Type, { type Static } from 'typebox';
import {
  exactly,
  heardReaction,
  looseId,
  maybe,
  millisecondsTime,
  namedMessageId,
  numericId,
  reaction,
  repeatable,
} from '../wire.ts';

/** What support clients send and hear. Ids of users are numbers here, those of chats and messages strings. */

const chatId = looseId('The chat.');

export const ChatId = Type.Union([chatId, Type.Object({ chatId })], { description: 'The chat, by its id.' });
export type ChatId = Static<typeof ChatId>;

const content = {
  text: maybe(Type.String({ description: 'The text. May be absent when there is a file.' })),
  fileId: maybe(
    Type.Union([looseId('A file that the sender has uploaded.'), Type.Literal('')], {
      description: 'A file that the sender has uploaded; empty for none.',
    }),
  ),
  replyToId: Type.Optional(
    Type.Unknown({
      description: 'The id of the message that this one answers. What is no message id counts as absent.',
    }),
  ),
  ...repeatable,
};
const Content = Type.Object(content, { description: 'What is said.' });
export type Content = Static<typeof Content>;

export const SendMessage = Type.Object(
  { chatId, message: maybe(Content), ...content },
  { description: 'Says something in a chat, and enters it. The content stands in `message`, or beside the chat.' },
);
export type SendMessage = Static<typeof SendMessage>;

export const Typing = Type.Object(
  { chatId, isTyping: Type.Boolean({ description: 'Whether the user is typing now.' }) },
  { description: 'Tells the others in the chat that the user types, or has stopped.' },
);

export const ReadMessages = Type.Object(
  {
    chatId,
    messageIds: Type.Array(Type.Union([Type.String(), Type.Number()], { description: 'The id of a message.' }), {
      description: 'The messages that were read. Those that are not of this chat are passed over.',
    }),
  },
  { description: 'Marks messages as read.' },
);
export type ReadMessages = Static<typeof ReadMessages>;

const writtenChatId = Type.String({ description: 'The chat.' });
const userId = numericId('The user.');
const messageId = Type.String({
  description: 'The id of a message: a decimal integer that grows in the order of the chat.',
});
const userIds = Type.Array(userId, { description: 'The users who are in the chat now.' });

const quoted = {
  id: messageId,
  chatId: writtenChatId,
  senderId: numericId('The user who said it.'),
  text: Type.Optional(Type.String({ description: 'The text.' })),
  fileUrl: Type.Optional(Type.String({ description: 'The absolute address of the attached file.' })),
  replyToId: Type.Optional(Type.String({ description: 'The message that this one answers.' })),
  createdAt: millisecondsTime('When it was said, in UTC.'),
  sender: exactly('Who said it, as known when it was said.', {
    id: userId,
    email: Type.String({ description: 'Their address, empty when it is not known.' }),
    role: Type.String({ description: 'Their role.' }),
  }),
};
const QuotedMessage = exactly('The message that is answered, without what it answers itself.', quoted);
export type QuotedMessage = Static<typeof QuotedMessage>;

export const Message = exactly('A message of a chat.', { ...quoted, replyTo: Type.Optional(QuotedMessage) });
export type Message = Static<typeof Message>;

export const JoinedChat = exactly('The chat was joined. What follows is said after these messages.', {
  chatId: writtenChatId,
  messages: Type.Array(Message, { description: 'The newest messages, oldest first.' }),
});

export const LeftChat = Type.String({ description: 'The chat that was left.' });

export const MessagesMarkedRead = Type.Array(
  exactly('A message that is read now.', { id: messageId, readBy: numericId('The user who has read it.') }),
  { description: 'The messages that were named and exist.' },
);

export const ActiveUsers = exactly('Who is in a chat.', { chatId: writtenChatId, userIds });

export const UserTyping = exactly('Somebody else in a chat types, or has stopped.', {
  userId,
  email: Type.String({ description: 'Their address, empty when it is not known.' }),
  isTyping: Type.Boolean({ description: 'Whether they are typing now.' }),
  chatId: writtenChatId,
});

export const MessagesRead = exactly('Somebody else in a chat has read messages.', {
  userId,
  messageIds: Type.Array(messageId, { description: 'What they have read now.' }),
  chatId: writtenChatId,
});

export const ParticipantUpdate = exactly('Somebody else has come into a chat or is gone from it.', {
  chatId: writtenChatId,
  userId,
  action: Type.Union([Type.Literal('joined'), Type.Literal('left')], { description: 'Which of both.' }),
  timestamp: millisecondsTime('When, in UTC.'),
});

export const ChatStatusChanged = exactly('The status of a chat has changed.', {
  chatId: writtenChatId,
  status: Type.Union([Type.Literal('ACTIVE'), Type.Literal('CLOSED'), Type.Literal('PENDING')], {
    description: 'Nobody cares for it yet, somebody does, or it is over.',
  }),
});

export const EditMessage = Type.Object(
  {
    chatId,
    messageId: namedMessageId,
    text: Type.String({ description: 'The text that takes the place of the old one.' }),
  },
  { description: 'Changes the text of a message of the user’s own.' },
);

export const DeleteMessage = Type.Object(
  { chatId, messageId: namedMessageId },
  { description: 'Deletes a message of the user’s own; admins delete those of others too.' },
);

export const React = Type.Object(
  { chatId, messageId: namedMessageId, ...reaction },
  { description: 'Reacts to a message, or takes the reaction back.' },
);

export const MessageEdited = exactly('The text of a message was changed.', {
  id: messageId,
  chatId: writtenChatId,
  senderId: numericId('The user who said it.'),
  text: Type.String({ description: 'The text as it reads now.' }),
  editedAt: millisecondsTime('When, in UTC.'),
});
export type MessageEdited = Static<typeof MessageEdited>;

export const MessageDeleted = exactly('A message was deleted.', {
  id: messageId,
  chatId: writtenChatId,
  deletedAt: millisecondsTime('When, in UTC.'),
});

export const MessageReaction = exactly('A user has reacted to a message, or has taken a reaction back.', {
  messageId,
  chatId: writtenChatId,
  userId,
  ...heardReaction,
});
export type MessageReaction = Static<typeof MessageReaction>;

export const ErrorMessage = Type.String({ description: 'Why a request was refused, and what to do.' });
