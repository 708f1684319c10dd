import Type, { type Static } from 'typebox';
import { exactly, looseId, maybe, numericId, repeatable, wholeSecondsTime } from '../wire.ts';

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

export const ErrorMessage = Type.String({ description: 'Why a request was refused, and what to do.' });
