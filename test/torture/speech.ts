import type { FollowedMarks } from './record.ts';

/** How the Socket.IO dialects say and hear things, as their documents show it. */

export type SocketDialect = 'kenz' | 'support' | 'messaging' | 'direct';
export type DialectName = SocketDialect | 'rooms';

/** What a message frame tells. */
export type Message = {
  readonly conversation: string;
  readonly id: number;
  readonly text: string;
  readonly answers?: Answered | undefined;
};

/** What a message tells of the one that it answers. */
export type Answered = {
  /** 0 where it answers none. */
  readonly id: number;
  /** As it is quoted; undefined where it is not quoted, and 'untold' where the dialect quotes nothing. */
  readonly text: string | undefined | 'untold';
};

export type Emission = { readonly event: string; readonly payload: unknown };

/** How a dialect changes messages, and what it hears of that. */
type Revising = {
  readonly edit: (conversation: string, messageId: number, text: string) => Emission;
  readonly delete: (conversation: string, messageId: number) => Emission;
  /** What is heard, and what an edit is answered with. */
  readonly edited: string;
  readonly readEdit: (frame: Frame) => Message;
  readonly deleted: string;
  readonly readDeletion: (frame: Frame) => Omit<Message, 'text'>;
};

/** A reaction that was added or taken back. */
export type Reacted = {
  readonly conversation: string;
  readonly id: number;
  readonly userId: string;
  readonly emoji: string;
  readonly isSet: boolean;
};

/** How a dialect reacts to messages, and what it hears of that. */
type Reacting = {
  readonly react: (conversation: string, messageId: number, emoji: string, isSet: boolean) => Emission;
  readonly heard: string;
  readonly read: (frame: Frame) => Reacted;
};

type Marked = { readonly conversation: string; readonly userId: string; readonly messageId: number };

type HearsMarks = {
  readonly heard: string;
  readonly follows: Exclude<FollowedMarks, 'no'>;
  readonly read: (frame: Frame) => Marked;
};

export type Speech = {
  readonly namespace: '' | '/chat';
  readonly heard: string;
  readonly message: (frame: Frame) => Message;
  /** `replyToId` is 0 for a message that answers none. */
  readonly send: (conversation: string, text: string, clientMessageId: string, replyToId: number) => Emission;
  /** Can it answer messages? */
  readonly answers: boolean;
  /** The id of the message that was sent, from what the acknowledgement is called with. */
  readonly answeredId: (answer: Frame) => number;
  /** Undefined where being a member is enough. */
  readonly join: ((conversation: string) => Emission) | undefined;
  readonly leave: ((conversation: string) => Emission) | undefined;
  readonly markRead: ((conversation: string, messageId: number) => Emission) | undefined;
  /** How the dialect tells how far somebody has read; undefined where it does not. */
  readonly hearsMarks: HearsMarks | undefined;
  readonly revising: Revising;
  readonly reacting: Reacting;
};

/** A JSON object of which nothing else is known. */
export type Frame = { readonly [key: string]: unknown };

export function isFrame(value: unknown): value is Frame {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const inside = (answer: Frame): Frame => (isFrame(answer.data) ? answer.data : {});

const message = (conversation: unknown, id: unknown, text: unknown, answers?: Answered): Message => ({
  conversation: String(conversation),
  id: Number(id),
  text: String(text),
  answers,
});
const answered = (id: unknown, text: Answered['text']): Answered => ({ id: id === undefined ? 0 : Number(id), text });
const replying = (replyToId: number) => (replyToId === 0 ? {} : { replyToId: String(replyToId) });

const reacted = (conversation: unknown, id: unknown, userId: unknown, { emoji, action }: Frame): Reacted => ({
  conversation: String(conversation),
  id: action === 'added' || action === 'removed' ? Number(id) : Number.NaN,
  userId: String(userId),
  emoji: String(emoji),
  isSet: action === 'added',
});

export const speeches: { readonly [D in SocketDialect]: Speech } = {
  kenz: {
    namespace: '',
    heard: 'receive_message',
    message: (frame) => message(frame.chat_id, frame.id, frame.message),
    send: (chatId, text, clientMessageId) => ({
      event: 'send_message',
      payload: { chatId, message: text, type: 'text', file_url: null, clientMessageId },
    }),
    answers: false,
    answeredId: (answer) => Number(answer.id),
    join: undefined,
    leave: undefined,
    markRead: undefined,
    hearsMarks: undefined,
    revising: {
      edit: (chatId, messageId, text) => ({ event: 'edit_message', payload: { chatId, messageId, message: text } }),
      delete: (chatId, messageId) => ({ event: 'delete_message', payload: { chatId, messageId } }),
      edited: 'receive_edit',
      readEdit: (frame) => message(frame.chat_id, frame.id, frame.message),
      deleted: 'receive_deletion',
      readDeletion: (frame) => message(frame.chat_id, frame.id, ''),
    },
    reacting: {
      react: (chatId, messageId, emoji, isSet) => ({ event: 'react', payload: { chatId, messageId, emoji, isSet } }),
      heard: 'receive_reaction',
      read: (frame) => reacted(frame.chat_id, frame.message_id, frame.user_id, frame),
    },
  },
  support: {
    namespace: '',
    heard: 'newMessage',
    message: ({ chatId, id, text, replyToId, replyTo }) =>
      message(chatId, id, text, answered(replyToId, isFrame(replyTo) ? String(replyTo.text) : undefined)),
    send: (chatId, text, clientMessageId, replyToId) => ({
      event: 'sendMessage',
      payload: { chatId, message: { text, ...replying(replyToId) }, clientMessageId },
    }),
    answers: true,
    answeredId: (answer) => Number(inside(answer).id),
    join: (chatId) => ({ event: 'joinChat', payload: chatId }),
    leave: (chatId) => ({ event: 'leaveChat', payload: chatId }),
    markRead: (chatId, messageId) => ({
      event: 'readMessages',
      payload: { chatId, messageIds: [String(messageId)] },
    }),
    hearsMarks: {
      heard: 'messagesRead',
      follows: 'ofOthers',
      read: ({ chatId, userId, messageIds }) => ({
        conversation: String(chatId),
        userId: String(userId),
        messageId: Math.max(...(Array.isArray(messageIds) ? messageIds.map(Number) : [])),
      }),
    },
    revising: {
      edit: (chatId, messageId, text) => ({ event: 'editMessage', payload: { chatId, messageId, text } }),
      delete: (chatId, messageId) => ({ event: 'deleteMessage', payload: { chatId, messageId } }),
      edited: 'messageEdited',
      readEdit: (frame) => message(frame.chatId, frame.id, frame.text),
      deleted: 'messageDeleted',
      readDeletion: (frame) => message(frame.chatId, frame.id, ''),
    },
    reacting: {
      react: (chatId, messageId, emoji, isSet) => ({
        event: 'reactToMessage',
        payload: { chatId, messageId, emoji, isSet },
      }),
      heard: 'messageReaction',
      read: (frame) => reacted(frame.chatId, frame.messageId, frame.userId, frame),
    },
  },
  messaging: {
    namespace: '/chat',
    heard: 'newMessage',
    message: ({ roomId, id, content, replyToId }) => message(roomId, id, content, answered(replyToId, 'untold')),
    send: (roomId, content, clientMessageId, replyToId) => ({
      event: 'sendMessage',
      payload: { roomId, content, ...replying(replyToId), metadata: { clientMessageId } },
    }),
    answers: true,
    answeredId: (answer) => Number(inside(answer).id),
    join: (roomId) => ({ event: 'joinRoom', payload: roomId }),
    leave: (roomId) => ({ event: 'leaveRoom', payload: roomId }),
    markRead: (roomId, messageId) => ({ event: 'readReceipt', payload: { roomId, messageId: String(messageId) } }),
    hearsMarks: {
      heard: 'messageRead',
      follows: 'ofAll',
      read: ({ roomId, userId, messageId }) => ({
        conversation: String(roomId),
        userId: String(userId),
        messageId: Number(messageId),
      }),
    },
    revising: {
      edit: (roomId, messageId, content) => ({ event: 'editMessage', payload: { roomId, messageId, content } }),
      delete: (roomId, messageId) => ({ event: 'deleteMessage', payload: { roomId, messageId } }),
      edited: 'messageEdited',
      readEdit: (frame) => message(frame.roomId, frame.id, frame.content),
      deleted: 'messageDeleted',
      readDeletion: (frame) => message(frame.roomId, frame.id, ''),
    },
    reacting: {
      react: (roomId, messageId, emoji, isSet) => ({ event: 'react', payload: { roomId, messageId, emoji, isSet } }),
      heard: 'messageReaction',
      read: (frame) => reacted(frame.roomId, frame.messageId, frame.userId, frame),
    },
  },
  direct: {
    namespace: '',
    heard: 'new_message',
    message: (frame) => message(frame.conversation_id, frame.id, frame.content),
    send: (conversationId, content, clientMessageId) => ({
      event: 'send_message',
      payload: { conversationId, content, clientMessageId },
    }),
    answers: false,
    answeredId: (answer) => Number(answer.id),
    join: (conversationId) => ({ event: 'join_conversation', payload: conversationId }),
    leave: (conversationId) => ({ event: 'leave_conversation', payload: conversationId }),
    markRead: (conversationId) => ({ event: 'mark_read', payload: { conversationId } }),
    // It tells that somebody has read, not how far.
    hearsMarks: undefined,
    revising: {
      edit: (conversationId, messageId, content) => ({
        event: 'edit_message',
        payload: { conversationId, messageId, content },
      }),
      delete: (conversationId, messageId) => ({ event: 'delete_message', payload: { conversationId, messageId } }),
      edited: 'message_edited',
      readEdit: (frame) => message(frame.conversation_id, frame.id, frame.content),
      deleted: 'message_deleted',
      readDeletion: (frame) => message(frame.conversation_id, frame.id, ''),
    },
    reacting: {
      react: (conversationId, messageId, emoji, isSet) => ({
        event: 'react',
        payload: { conversationId, messageId, emoji, isSet },
      }),
      heard: 'message_reaction',
      read: (frame) => reacted(frame.conversation_id, frame.message_id, frame.user_id, frame),
    },
  },
};
