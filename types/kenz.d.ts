/** What Chat-Kenz clients say and hear. Made from src/dialects/kenz/ by `npm run docs`. */

/** What clients say. */
export type ClientPayloads = {
  /** Says something in a chat. */
  send_message: {
    /** The chat to speak in. */
    chatId: string | number;
    /** The text. May be empty when there is a file. */
    message?: string | null | undefined;
    /** The kind of content: `text`, `image`, or a word of your own. */
    type?: string | null | undefined;
    /** The http(s) address of a file. */
    file_url?: string | null | undefined;
    /** Chosen by the client, unique per user and conversation: sending it again repeats nothing. */
    clientMessageId?: string | null | undefined;
    /** Only a `clientMessageId` in it is read. */
    metadata?: unknown | undefined;
  };
  /** Changes the text of a message of the user’s own. */
  edit_message: {
    /** The chat. */
    chatId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
    /** The text that takes the place of the old one. */
    message: string;
  };
  /** Deletes a message of the user’s own; owners delete those of others too. */
  delete_message: {
    /** The chat. */
    chatId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
  };
  /** Reacts to a message, or takes the reaction back. */
  react: {
    /** The chat. */
    chatId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
    /** The emoji, or a word in its place: 1 to 64 characters without blanks. */
    emoji: string;
    /** False takes the reaction back; absent or true adds it. */
    isSet?: boolean | null | undefined;
  };
};

/** What clients hear. */
export type ServerPayloads = {
  /** A message of a chat that the user is a member of, their own included. */
  receive_message: {
    /** Grows in the order of the chat; unique over all chats. */
    id: number;
    /** The chat that it was said in. */
    chat_id: number | string;
    /** The user who said it. */
    sender_id: number | string;
    /** The text, empty when there is only a file. */
    message: string;
    /** The kind of content. */
    type: string;
    /** The address of the attached file, or null. */
    file_url: string | null;
    /** When it was said, in UTC. */
    created_at: string;
  };
  /** The text of a message was changed. */
  receive_edit: {
    /** The message. */
    id: number;
    /** The chat. */
    chat_id: number | string;
    /** The user who said it. */
    sender_id: number | string;
    /** The text as it reads now. */
    message: string;
    /** When, in UTC. */
    edited_at: string;
  };
  /** A message was deleted. */
  receive_deletion: {
    /** The message. */
    id: number;
    /** The chat. */
    chat_id: number | string;
    /** When, in UTC. */
    deleted_at: string;
  };
  /** A user has reacted to a message, or has taken a reaction back. */
  receive_reaction: {
    /** The message. */
    message_id: number;
    /** The chat. */
    chat_id: number | string;
    /** Who. */
    user_id: number | string;
    /** The emoji. */
    emoji: string;
    /** Which of both. */
    action: 'added' | 'removed';
  };
  /** Why a request was refused, and what to do. */
  error: string;
  /** The bookmark of socket.io-client’s connection-state recovery, for clients of protocol 4 and later. Do not listen to it. */
  position: string;
};

/** What acknowledgements are called with when the request was granted. */
export type Acknowledgements = {
  /** A message of a chat that the user is a member of, their own included. */
  send_message: {
    /** Grows in the order of the chat; unique over all chats. */
    id: number;
    /** The chat that it was said in. */
    chat_id: number | string;
    /** The user who said it. */
    sender_id: number | string;
    /** The text, empty when there is only a file. */
    message: string;
    /** The kind of content. */
    type: string;
    /** The address of the attached file, or null. */
    file_url: string | null;
    /** When it was said, in UTC. */
    created_at: string;
  };
  /** The text of a message was changed. */
  edit_message: {
    /** The message. */
    id: number;
    /** The chat. */
    chat_id: number | string;
    /** The user who said it. */
    sender_id: number | string;
    /** The text as it reads now. */
    message: string;
    /** When, in UTC. */
    edited_at: string;
  };
  /** It is done. */
  delete_message: Record<string, never>;
  /** It is done. */
  react: Record<string, never>;
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
