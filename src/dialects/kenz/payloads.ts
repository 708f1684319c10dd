import Type, { type Static } from 'typebox';
import {
  exactly,
  heardReaction,
  looseId,
  maybe,
  namedMessageId,
  numericId,
  reaction,
  repeatable,
  wholeSecondsTime,
} from '../wire.ts';

/** What kenz clients send and hear. */

export const SendMessage = Type.Object(
  {
    chatId: looseId('The chat to speak in.'),
    message: maybe(Type.String({ description: 'The text. May be empty when there is a file.' })),
    type: maybe(Type.String({ description: 'The kind of content: `text`, `image`, or a word of your own.' })),
    file_url: maybe(Type.String({ description: 'The http(s) address of a file.' })),
    ...repeatable,
  },
  { description: 'Says something in a chat.' },
);
export type SendMessage = Static<typeof SendMessage>;

export const ReceiveMessage = exactly('A message of a chat that the user is a member of, their own included.', {
  id: Type.Integer({ description: 'Grows in the order of the chat; unique over all chats.' }),
  chat_id: numericId('The chat that it was said in.'),
  sender_id: numericId('The user who said it.'),
  message: Type.String({ description: 'The text, empty when there is only a file.' }),
  type: Type.String({ description: 'The kind of content.' }),
  file_url: Type.Union([Type.String(), Type.Null()], { description: 'The address of the attached file, or null.' }),
  created_at: wholeSecondsTime('When it was said, in UTC.'),
});
export type ReceiveMessage = Static<typeof ReceiveMessage>;

const chatId = looseId('The chat.');

export const EditMessage = Type.Object(
  {
    chatId,
    messageId: namedMessageId,
    message: Type.String({ description: 'The text that takes the place of the old one.' }),
  },
  { description: 'Changes the text of a message of the user’s own.' },
);
export type EditMessage = Static<typeof EditMessage>;

export const DeleteMessage = Type.Object(
  { chatId, messageId: namedMessageId },
  { description: 'Deletes a message of the user’s own; owners delete those of others too.' },
);
export type DeleteMessage = Static<typeof DeleteMessage>;

export const React = Type.Object(
  { chatId, messageId: namedMessageId, ...reaction },
  { description: 'Reacts to a message, or takes the reaction back.' },
);
export type React = Static<typeof React>;

const writtenMessageId = Type.Integer({ description: 'The message.' });
const writtenChatId = numericId('The chat.');

export const ReceiveEdit = exactly('The text of a message was changed.', {
  id: writtenMessageId,
  chat_id: writtenChatId,
  sender_id: numericId('The user who said it.'),
  message: Type.String({ description: 'The text as it reads now.' }),
  edited_at: wholeSecondsTime('When, in UTC.'),
});
export type ReceiveEdit = Static<typeof ReceiveEdit>;

export const ReceiveDeletion = exactly('A message was deleted.', {
  id: writtenMessageId,
  chat_id: writtenChatId,
  deleted_at: wholeSecondsTime('When, in UTC.'),
});

export const ReceiveReaction = exactly('A user has reacted to a message, or has taken a reaction back.', {
  message_id: writtenMessageId,
  chat_id: writtenChatId,
  user_id: numericId('Who.'),
  ...heardReaction,
});
export type ReceiveReaction = Static<typeof ReceiveReaction>;

export const ErrorMessage = Type.String({ description: 'Why a request was refused, and what to do.' });
