/** What Direct chat clients say and hear. Made from src/dialects/direct/ by `npm run docs`. */

/** What clients say. */
export type ClientPayloads = {
  /** The conversation, by its id. */
  join_conversation: string | number | {
    /** The conversation. */
    conversationId: string | number;
  };
  /** The conversation, by its id. */
  leave_conversation: string | number | {
    /** The conversation. */
    conversationId: string | number;
  };
  /** Says something in a conversation, and enters it. */
  send_message: {
    /** The conversation. */
    conversationId: string | number;
    /** The text. */
    content?: string | null | undefined;
    /** The other user. Needed only to open a conversation. */
    toUserId?: string | number | '' | null | undefined;
    /** Chosen by the client, unique per user and conversation: sending it again repeats nothing. */
    clientMessageId?: string | null | undefined;
    /** Only a `clientMessageId` in it is read. */
    metadata?: unknown | undefined;
  };
  /** Changes the text of a message of the user’s own. */
  edit_message: {
    /** The conversation. */
    conversationId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
    /** The text that takes the place of the old one. */
    content: string;
  };
  /** Deletes a message of the user’s own; owners of open conversations delete those of others too. */
  delete_message: {
    /** The conversation. */
    conversationId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
  };
  /** Reacts to a message, or takes the reaction back. */
  react: {
    /** The conversation. */
    conversationId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
    /** The emoji, or a word in its place: 1 to 64 characters without blanks. */
    emoji: string;
    /** False takes the reaction back; absent or true adds it. */
    isSet?: boolean | null | undefined;
  };
  /** The conversation, by its id. */
  mark_read: string | number | {
    /** The conversation. */
    conversationId: string | number;
  };
  /** Tells the others in the conversation that the user types, or has stopped. */
  typing_start: {
    /** The conversation. */
    conversationId: string | number;
    /** The other user. It is not needed. */
    toUserId?: unknown | undefined;
  };
  /** Tells the others in the conversation that the user types, or has stopped. */
  typing_stop: {
    /** The conversation. */
    conversationId: string | number;
    /** The other user. It is not needed. */
    toUserId?: unknown | undefined;
  };
};

/** What clients hear. */
export type ServerPayloads = {
  /** A message of a joined conversation, the own ones included. */
  new_message: {
    /** Grows in the order of the conversation; unique over all conversations. */
    id: number;
    /** The conversation. */
    conversation_id: number | string;
    /** The user who said it. */
    sender_id: number | string;
    /** The one other member of the conversation, 0 when there is not exactly one. */
    receiver_id: number | string;
    /** The text; a link stands for what is attached. */
    content: string;
    /** Whether the receiver has read it: not yet. */
    is_read: boolean;
    /** When it was said, in UTC. */
    created_at: string;
    /** When it was read: not yet. */
    read_at: null;
  };
  /** A message to the user, whether they have joined its conversation or not. */
  message_notification: {
    /** Grows in the order of the conversation; unique over all conversations. */
    id: number;
    /** The conversation. */
    conversation_id: number | string;
    /** The user who said it. */
    sender_id: number | string;
    /** The one other member of the conversation, 0 when there is not exactly one. */
    receiver_id: number | string;
    /** The text; a link stands for what is attached. */
    content: string;
    /** Whether the receiver has read it: not yet. */
    is_read: boolean;
    /** When it was said, in UTC. */
    created_at: string;
    /** What this is. */
    type: 'new_message';
  };
  /** The text of a message was changed. */
  message_edited: {
    /** Grows in the order of the conversation; unique over all conversations. */
    id: number;
    /** The conversation. */
    conversation_id: number | string;
    /** The user who said it. */
    sender_id: number | string;
    /** The text as it reads now; a link stands for what is attached. */
    content: string;
    /** When, in UTC. */
    edited_at: string;
  };
  /** A message was deleted. */
  message_deleted: {
    /** Grows in the order of the conversation; unique over all conversations. */
    id: number;
    /** The conversation. */
    conversation_id: number | string;
    /** When, in UTC. */
    deleted_at: string;
  };
  /** A user has reacted to a message, or has taken a reaction back. */
  message_reaction: {
    /** Grows in the order of the conversation; unique over all conversations. */
    message_id: number;
    /** The conversation. */
    conversation_id: number | string;
    /** Who. */
    user_id: number | string;
    /** The emoji. */
    emoji: string;
    /** Which of both. */
    action: 'added' | 'removed';
  };
  /** A user has read the conversation. */
  messages_read: {
    /** The conversation. */
    conversationId: number | string;
    /** Who has read it. */
    userId: number | string;
    /** When, in UTC. */
    readAt: string;
  };
  /** Who types in which conversation, or has stopped. */
  typing_start: {
    /** The conversation. */
    conversationId: number | string;
    /** Who. */
    userId: number | string;
  };
  /** Who types in which conversation, or has stopped. */
  typing_stop: {
    /** The conversation. */
    conversationId: number | string;
    /** Who. */
    userId: number | string;
  };
  /** Something that the application wants the user to know. */
  new_notification: {
    /** Unique over all notifications and messages. */
    id: number;
    /** Whom it is for. */
    user_id: number | string;
    /** Its title. */
    title: string;
    /** Its text. */
    message: string;
    /** A word of the application. */
    type: string;
    /** When it was made, in UTC. */
    created_at: string;
  };
  /** A request was refused. */
  error: {
    /** Why, and what to do. */
    message: string;
  };
  /** The bookmark of socket.io-client’s connection-state recovery, for clients of protocol 4 and later. Do not listen to it. */
  position: string;
};

/** What acknowledgements are called with when the request was granted. */
export type Acknowledgements = {
  /** It is done. */
  join_conversation: Record<string, never>;
  /** It is done. */
  leave_conversation: Record<string, never>;
  /** A message of a joined conversation, the own ones included. */
  send_message: {
    /** Grows in the order of the conversation; unique over all conversations. */
    id: number;
    /** The conversation. */
    conversation_id: number | string;
    /** The user who said it. */
    sender_id: number | string;
    /** The one other member of the conversation, 0 when there is not exactly one. */
    receiver_id: number | string;
    /** The text; a link stands for what is attached. */
    content: string;
    /** Whether the receiver has read it: not yet. */
    is_read: boolean;
    /** When it was said, in UTC. */
    created_at: string;
    /** When it was read: not yet. */
    read_at: null;
  };
  /** The text of a message was changed. */
  edit_message: {
    /** Grows in the order of the conversation; unique over all conversations. */
    id: number;
    /** The conversation. */
    conversation_id: number | string;
    /** The user who said it. */
    sender_id: number | string;
    /** The text as it reads now; a link stands for what is attached. */
    content: string;
    /** When, in UTC. */
    edited_at: string;
  };
  /** It is done. */
  delete_message: Record<string, never>;
  /** It is done. */
  react: Record<string, never>;
  /** It is done. */
  mark_read: Record<string, never>;
  /** It is done. */
  typing_start: Record<string, never>;
  /** It is done. */
  typing_stop: Record<string, never>;
};

/** What an acknowledgement is called with when the request was refused. */
export type Refused = { event: 'error'; data: ServerPayloads['error'] };

/** The first parameter of socket.io-client’s `Socket`: what it can listen to. */
export type ServerToClientEvents = {
  [E in keyof ServerPayloads]: (payload: ServerPayloads[E]) => void;
};

/** The second parameter of socket.io-client’s `Socket`: what it can emit, with an acknowledgement or without. */
export type ClientToServerEvents = {
  [E in keyof ClientPayloads]: unknown extends ClientPayloads[E]
    ? (payload?: unknown, acknowledge?: (answer: Acknowledgements[E] | Refused) => void) => void
    : (payload: ClientPayloads[E], acknowledge?: (answer: Acknowledgements[E] | Refused) => void) => void;
};

/** The same for code that always asks for an acknowledgement: with these, `emitWithAck` is typed. */
export type ClientToServerEventsWithAck = {
  [E in keyof ClientPayloads]: (
    payload: ClientPayloads[E],
    acknowledge: (answer: Acknowledgements[E] | Refused) => void,
  ) => void;
};
