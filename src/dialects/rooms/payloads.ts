import Type, { type Static } from 'typebox';
import { exactly, repeatable, wholeSecondsTime } from '../wire.ts';

/** What rooms clients send and hear: each WebSocket message is one of these, as JSON. Ids are strings here. */

export const Say = Type.Object(
  {
    // Unknown, because whatever is no text is missing text to these clients.
    message: Type.Optional(Type.Unknown({ description: 'The text to say in the room: a string that is not blank.' })),
    ...repeatable,
  },
  { description: 'Says something in the room of the connection.' },
);
export type Say = Static<typeof Say>;

const userId = Type.String({ description: 'The id of the user.' });
const username = Type.String({ description: 'The name of the user.' });

export const ChatMessage = exactly('A message of the room, the own ones and those of the past included.', {
  type: Type.Literal('chat_message', { description: 'What this is.' }),
  message: Type.String({ description: 'The text; a link stands for what is attached.' }),
  sender_username: Type.String({ description: 'The name of the user who said it.' }),
  sender_id: Type.String({ description: 'The id of the user who said it.' }),
  timestamp: wholeSecondsTime('When it was said, in UTC.'),
  message_id: Type.String({
    description:
      'A decimal integer that grows in the order of the room. Connect with `?after=` it to hear what came since.',
  }),
});
export type ChatMessage = Static<typeof ChatMessage>;

export const UserJoin = exactly('A user has come: their first connection to the room.', {
  type: Type.Literal('user_join', { description: 'What this is.' }),
  user_id: userId,
  username,
});
export type UserJoin = Static<typeof UserJoin>;

export const UserLeave = exactly('A user is gone: their last connection to the room has ended.', {
  type: Type.Literal('user_leave', { description: 'What this is.' }),
  user_id: userId,
  username,
});
export type UserLeave = Static<typeof UserLeave>;

export const RoomUsersList = exactly(
  'Who is in the room, the newcomer included. The first message of every connection.',
  {
    type: Type.Literal('room_users_list', { description: 'What this is.' }),
    users: Type.Array(exactly('A user in the room.', { id: userId, username }), {
      description: 'The users, each once.',
    }),
  },
);
export type RoomUsersList = Static<typeof RoomUsersList>;

export const ErrorPayload = exactly('A message of the client was refused.', {
  error: Type.String({ description: 'Why, and what to do.' }),
});
