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

/** What direct clients send and hear. Ids are numbers here. */

const conversationId = looseId('The conversation.');
const toUserId = Type.Optional(
  Type.Union([looseId('The other user. Needed only to open a conversation.'), Type.Literal(''), Type.Null()]),
);

export const ConversationId = Type.Union([conversationId, Type.Object({ conversationId })], {
  description: 'The conversation, by its id.',
});
export type ConversationId = Static<typeof ConversationId>;

export const SendMessage = Type.Object(
  {
    conversationId,
    content: maybe(Type.String({ description: 'The text.' })),
    toUserId,
    ...repeatable,
  },
  { description: 'Says something in a conversation, and enters it.' },
);
export type SendMessage = Static<typeof SendMessage>;

export const Typing = Type.Object(
  { conversationId, toUserId: Type.Optional(Type.Unknown({ description: 'The other user. It is not needed.' })) },
  { description: 'Tells the others in the conversation that the user types, or has stopped.' },
);

const writtenConversationId = numericId('The conversation.');

const message = {
  id: Type.Integer({ description: 'Grows in the order of the conversation; unique over all conversations.' }),
  conversation_id: writtenConversationId,
  sender_id: numericId('The user who said it.'),
  receiver_id: numericId('The one other member of the conversation, 0 when there is not exactly one.'),
  content: Type.String({ description: 'The text; a link stands for what is attached.' }),
  is_read: Type.Boolean({ description: 'Whether the receiver has read it: not yet.' }),
  created_at: millisecondsTime('When it was said, in UTC.'),
};

export const NewMessage = exactly('A message of a joined conversation, the own ones included.', {
  ...message,
  read_at: Type.Null({ description: 'When it was read: not yet.' }),
});
export type NewMessage = Static<typeof NewMessage>;

export const MessageNotification = exactly('A message to the user, whether they have joined its conversation or not.', {
  ...message,
  type: Type.Literal('new_message', { description: 'What this is.' }),
});
export type MessageNotification = Static<typeof MessageNotification>;

export const MessagesRead = exactly('A user has read the conversation.', {
  conversationId: writtenConversationId,
  userId: numericId('Who has read it.'),
  readAt: millisecondsTime('When, in UTC.'),
});

export const UserTyping = exactly('Who types in which conversation, or has stopped.', {
  conversationId: writtenConversationId,
  userId: numericId('Who.'),
});
export type UserTyping = Static<typeof UserTyping>;

export const NewNotification = exactly('Something that the application wants the user to know.', {
  id: Type.Integer({ description: 'Unique over all notifications and messages.' }),
  user_id: numericId('Whom it is for.'),
  title: Type.String({ description: 'Its title.' }),
  message: Type.String({ description: 'Its text.' }),
  type: Type.String({ description: 'A word of the application.' }),
  created_at: millisecondsTime('When it was made, in UTC.'),
});

export const EditMessage = Type.Object(
  {
    conversationId,
    messageId: namedMessageId,
    content: Type.String({ description: 'The text that takes the place of the old one.' }),
  },
  { description: 'Changes the text of a message of the user’s own.' },
);

export const DeleteMessage = Type.Object(
  { conversationId, messageId: namedMessageId },
  { description: 'Deletes a message of the user’s own; owners of open conversations delete those of others too.' },
);

export const React = Type.Object(
  { conversationId, messageId: namedMessageId, ...reaction },
  { description: 'Reacts to a message, or takes the reaction back.' },
);

export const MessageEdited = exactly('The text of a message was changed.', {
  id: message.id,
  conversation_id: writtenConversationId,
  sender_id: message.sender_id,
  content: Type.String({ description: 'The text as it reads now; a link stands for what is attached.' }),
  edited_at: millisecondsTime('When, in UTC.'),
});
export type MessageEdited = Static<typeof MessageEdited>;

export const MessageDeleted = exactly('A message was deleted.', {
  id: message.id,
  conversation_id: writtenConversationId,
  deleted_at: millisecondsTime('When, in UTC.'),
});

export const MessageReaction = exactly('A user has reacted to a message, or has taken a reaction back.', {
  message_id: message.id,
  conversation_id: writtenConversationId,
  user_id: numericId('Who.'),
  ...heardReaction,
});
export type MessageReaction = Static<typeof MessageReaction>;

export const ErrorPayload = exactly('A request was refused.', {
  message: Type.String({ description: 'Why, and what to do.' }),
});
