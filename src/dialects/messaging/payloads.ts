import Type, { type Static } from 'typebox';
import type { JsonObject } from '../../core/model.ts';
import {
  exactly,
  heardReaction,
  looseId,
  maybe,
  millisecondsTime,
  namedMessageId,
  reaction,
  repeatable,
} from '../wire.ts';

/** What messaging clients send and hear. Ids are strings here. */

const roomId = looseId('The room.');
const status = Type.Union(
  [Type.Literal('online'), Type.Literal('offline'), Type.Literal('away'), Type.Literal('busy')],
  { description: 'How reachable the user is.' },
);

export const RoomId = Type.Union([roomId, Type.Object({ roomId })], { description: 'The room, by its id.' });
export type RoomId = Static<typeof RoomId>;

export const SendMessage = Type.Object(
  {
    roomId,
    content: maybe(Type.String({ description: 'The text. May be empty when there is an attachment.' })),
    replyToId: Type.Optional(
      Type.Unknown({
        description: 'The id of the message that this one answers. What is no message id counts as absent.',
      }),
    ),
    attachment: maybe(
      Type.Object(
        {
          url: Type.String({ description: 'The http(s) address of the file.' }),
          type: maybe(Type.String({ description: 'Its MIME type.' })),
          name: maybe(Type.String({ description: 'Its name, for people.' })),
        },
        { description: 'A file that belongs to the message.' },
      ),
    ),
    clientMessageId: repeatable.clientMessageId,
    metadata: maybe(
      Type.Object(
        {},
        { description: 'Anything of your own, as JSON; it is handed on as it is. May hold the `clientMessageId`.' },
      ),
    ),
  },
  { description: 'Says something in a room, and enters it.' },
);
export type SendMessage = Static<typeof SendMessage>;

export const TypingIndicator = Type.Object(
  { roomId, isTyping: Type.Boolean({ description: 'Whether the user is typing now.' }) },
  { description: 'Tells the room that the user types, or has stopped.' },
);

export const SetPresence = Type.Object({ status }, { description: 'Sets the presence of the user.' });

export const ReadReceipt = Type.Object(
  { messageId: looseId('The newest message that was read.'), roomId },
  { description: 'Marks a message and everything before it as read.' },
);

export const Heartbeat = Type.Unknown({
  description: 'Shows that the user is still there. Its payload does not matter.',
});

export const SyncMessages = Type.Object(
  {
    roomId,
    lastMessageId: Type.Optional(
      Type.Unknown({
        description: 'The newest message that the client has; without it, the newest messages are sent.',
      }),
    ),
    limit: maybe(Type.Integer({ description: 'How many messages at most: 1 to 500, 50 when absent.' })),
  },
  { description: 'Asks for the messages that were missed.' },
);
export type SyncMessages = Static<typeof SyncMessages>;

const writtenRoomId = Type.String({ description: 'The room.' });
const writtenMessageId = Type.String({
  description: 'The id of the message: a decimal integer that grows in the order of the room.',
});

export const NewMessage = exactly('A message of a joined room, the own ones included.', {
  id: writtenMessageId,
  content: Type.String({ description: 'The text, empty when there is only an attachment.' }),
  sender: Type.String({ description: 'The id of the user who said it.' }),
  roomId: writtenRoomId,
  timestamp: millisecondsTime('When it was said, in UTC.'),
  replyToId: Type.Optional(Type.String({ description: 'The message that this one answers.' })),
  attachment: Type.Optional(
    exactly('The file that belongs to the message.', {
      url: Type.String({ description: 'Its absolute address.' }),
      type: Type.Optional(Type.String({ description: 'Its MIME type, or a word such as `image`.' })),
      name: Type.Optional(Type.String({ description: 'Its name, for people.' })),
    }),
  ),
  metadata: Type.Optional(
    Type.Unsafe<JsonObject>(Type.Object({}, { description: 'What the sender added, as it was sent.' })),
  ),
});
export type NewMessage = Static<typeof NewMessage>;

export const JoinedRoom = Type.String({ description: 'The room that was joined.' });
export const LeftRoom = Type.String({ description: 'The room that was left.' });

export const MessageSent = exactly('The message is stored. Only the sender hears this.', {
  id: writtenMessageId,
  timestamp: millisecondsTime('When it was said, in UTC.'),
  status: Type.Literal('sent', { description: 'Stored, and on its way to the room.' }),
});

export const SyncComplete = exactly('Every message that was asked for has been sent.', {
  roomId: writtenRoomId,
  syncedMessageCount: Type.Integer({ minimum: 0, description: 'How many messages were sent.' }),
  hasMore: Type.Boolean({ description: 'Whether asking again brings more.' }),
});

export const UserTyping = exactly('A user types, or has stopped.', {
  userId: Type.String({ description: 'Who.' }),
  roomId: writtenRoomId,
  isTyping: Type.Boolean({ description: 'Whether they are typing now.' }),
});

export const MessageRead = exactly('A user has read a message and everything before it.', {
  messageId: writtenMessageId,
  userId: Type.String({ description: 'Who has read it.' }),
  roomId: writtenRoomId,
});

export const PresenceUpdate = exactly('The presence of somebody who shares a room with the user.', {
  userId: Type.String({ description: 'Whose presence.' }),
  status,
  lastActive: millisecondsTime('When they were last seen to be active, in UTC.'),
});

export const UserInRoom = exactly('A user has joined a room, or has left it by their own word or another’s.', {
  userId: Type.String({ description: 'Who.' }),
  roomId: writtenRoomId,
  timestamp: millisecondsTime('When, in UTC.'),
});
export type UserInRoom = Static<typeof UserInRoom>;

export const EditMessage = Type.Object(
  {
    roomId,
    messageId: namedMessageId,
    content: Type.String({ description: 'The text that takes the place of the old one.' }),
  },
  { description: 'Changes the text of a message of the user’s own.' },
);

export const DeleteMessage = Type.Object(
  { roomId, messageId: namedMessageId },
  { description: 'Deletes a message of the user’s own; owners delete those of others too.' },
);

export const React = Type.Object(
  { roomId, messageId: namedMessageId, ...reaction },
  { description: 'Reacts to a message, or takes the reaction back.' },
);

export const MessageEdited = exactly('The text of a message was changed.', {
  id: writtenMessageId,
  roomId: writtenRoomId,
  sender: Type.String({ description: 'The id of the user who said it.' }),
  content: Type.String({ description: 'The text as it reads now.' }),
  editedAt: millisecondsTime('When, in UTC.'),
});
export type MessageEdited = Static<typeof MessageEdited>;

export const MessageDeleted = exactly('A message was deleted.', {
  id: writtenMessageId,
  roomId: writtenRoomId,
  timestamp: millisecondsTime('When, in UTC.'),
});

export const MessageReaction = exactly('A user has reacted to a message, or has taken a reaction back.', {
  messageId: writtenMessageId,
  roomId: writtenRoomId,
  userId: Type.String({ description: 'Who.' }),
  ...heardReaction,
});
export type MessageReaction = Static<typeof MessageReaction>;

export const ErrorPayload = exactly('A request was refused.', {
  code: Type.String({ description: 'The name of the refusal, such as `NOT_FOUND`.' }),
  message: Type.String({ description: 'Why, and what to do, for a person to read.' }),
  event: Type.String({ description: 'The event that was refused, empty when there was none.' }),
  retryAfterMs: Type.Optional(Type.Integer({ description: 'In how many milliseconds trying again may succeed.' })),
});
export type ErrorPayload = Static<typeof ErrorPayload>;
