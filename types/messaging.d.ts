/** What Messaging clients say and hear. Made from src/dialects/messaging/ by `npm run docs`. */

/** What clients say. */
export type ClientPayloads = {
  /** The room, by its id. */
  joinRoom: string | number | {
    /** The room. */
    roomId: string | number;
  };
  /** The room, by its id. */
  leaveRoom: string | number | {
    /** The room. */
    roomId: string | number;
  };
  /** Says something in a room, and enters it. */
  sendMessage: {
    /** The room. */
    roomId: string | number;
    /** The text. May be empty when there is an attachment. */
    content?: string | null | undefined;
    /** The id of the message that this one answers. What is no message id counts as absent. */
    replyToId?: unknown | undefined;
    /** A file that belongs to the message. */
    attachment?: {
      /** The http(s) address of the file. */
      url: string;
      /** Its MIME type. */
      type?: string | null | undefined;
      /** Its name, for people. */
      name?: string | null | undefined;
    } | null | undefined;
    /** Chosen by the client, unique per user and conversation: sending it again repeats nothing. */
    clientMessageId?: string | null | undefined;
    /** Anything of your own, as JSON; it is handed on as it is. May hold the `clientMessageId`. */
    metadata?: { [key: string]: unknown } | null | undefined;
  };
  /** Changes the text of a message of the user’s own. */
  editMessage: {
    /** The room. */
    roomId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
    /** The text that takes the place of the old one. */
    content: string;
  };
  /** Deletes a message of the user’s own; owners delete those of others too. */
  deleteMessage: {
    /** The room. */
    roomId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
  };
  /** Reacts to a message, or takes the reaction back. */
  react: {
    /** The room. */
    roomId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
    /** The emoji, or a word in its place: 1 to 64 characters without blanks. */
    emoji: string;
    /** False takes the reaction back; absent or true adds it. */
    isSet?: boolean | null | undefined;
  };
  /** Tells the room that the user types, or has stopped. */
  typingIndicator: {
    /** The room. */
    roomId: string | number;
    /** Whether the user is typing now. */
    isTyping: boolean;
  };
  /** Sets the presence of the user. */
  presenceUpdate: {
    /** How reachable the user is. */
    status: 'online' | 'offline' | 'away' | 'busy';
  };
  /** Marks a message and everything before it as read. */
  readReceipt: {
    /** The newest message that was read. */
    messageId: string | number;
    /** The room. */
    roomId: string | number;
  };
  /** Shows that the user is still there. Its payload does not matter. */
  heartbeat: unknown;
  /** Asks for the messages that were missed. */
  syncMessages: {
    /** The room. */
    roomId: string | number;
    /** The newest message that the client has; without it, the newest messages are sent. */
    lastMessageId?: unknown | undefined;
    /** How many messages at most: 1 to 500, 50 when absent. */
    limit?: number | null | undefined;
  };
};

/** What clients hear. */
export type ServerPayloads = {
  /** A message of a joined room, the own ones included. */
  newMessage: {
    /** The id of the message: a decimal integer that grows in the order of the room. */
    id: string;
    /** The text, empty when there is only an attachment. */
    content: string;
    /** The id of the user who said it. */
    sender: string;
    /** The room. */
    roomId: string;
    /** When it was said, in UTC. */
    timestamp: string;
    /** The message that this one answers. */
    replyToId?: string | undefined;
    /** The file that belongs to the message. */
    attachment?: {
      /** Its absolute address. */
      url: string;
      /** Its MIME type, or a word such as `image`. */
      type?: string | undefined;
      /** Its name, for people. */
      name?: string | undefined;
    } | undefined;
    /** What the sender added, as it was sent. */
    metadata?: { [key: string]: unknown } | undefined;
  };
  /** The text of a message was changed. */
  messageEdited: {
    /** The id of the message: a decimal integer that grows in the order of the room. */
    id: string;
    /** The room. */
    roomId: string;
    /** The id of the user who said it. */
    sender: string;
    /** The text as it reads now. */
    content: string;
    /** When, in UTC. */
    editedAt: string;
  };
  /** A message was deleted. */
  messageDeleted: {
    /** The id of the message: a decimal integer that grows in the order of the room. */
    id: string;
    /** The room. */
    roomId: string;
    /** When, in UTC. */
    timestamp: string;
  };
  /** A user has reacted to a message, or has taken a reaction back. */
  messageReaction: {
    /** The id of the message: a decimal integer that grows in the order of the room. */
    messageId: string;
    /** The room. */
    roomId: string;
    /** Who. */
    userId: string;
    /** The emoji. */
    emoji: string;
    /** Which of both. */
    action: 'added' | 'removed';
  };
  /** A user has read a message and everything before it. */
  messageRead: {
    /** The id of the message: a decimal integer that grows in the order of the room. */
    messageId: string;
    /** Who has read it. */
    userId: string;
    /** The room. */
    roomId: string;
  };
  /** A user types, or has stopped. */
  userTyping: {
    /** Who. */
    userId: string;
    /** The room. */
    roomId: string;
    /** Whether they are typing now. */
    isTyping: boolean;
  };
  /** The presence of somebody who shares a room with the user. */
  presenceUpdate: {
    /** Whose presence. */
    userId: string;
    /** How reachable the user is. */
    status: 'online' | 'offline' | 'away' | 'busy';
    /** When they were last seen to be active, in UTC. */
    lastActive: string;
  };
  /** A user has joined a room, or has left it by their own word or another’s. */
  userJoinedRoom: {
    /** Who. */
    userId: string;
    /** The room. */
    roomId: string;
    /** When, in UTC. */
    timestamp: string;
  };
  /** A user has joined a room, or has left it by their own word or another’s. */
  userLeftRoom: {
    /** Who. */
    userId: string;
    /** The room. */
    roomId: string;
    /** When, in UTC. */
    timestamp: string;
  };
  /** A request was refused. */
  error: {
    /** The name of the refusal, such as `NOT_FOUND`. */
    code: string;
    /** Why, and what to do, for a person to read. */
    message: string;
    /** The event that was refused, empty when there was none. */
    event: string;
    /** In how many milliseconds trying again may succeed. */
    retryAfterMs?: number | undefined;
  };
  /** The room that was joined. */
  joinedRoom: string;
  /** The room that was left. */
  leftRoom: string;
  /** The message is stored. Only the sender hears this. */
  messageSent: {
    /** The id of the message: a decimal integer that grows in the order of the room. */
    id: string;
    /** When it was said, in UTC. */
    timestamp: string;
    /** Stored, and on its way to the room. */
    status: 'sent';
  };
  /** Every message that was asked for has been sent. */
  syncComplete: {
    /** The room. */
    roomId: string;
    /** How many messages were sent. */
    syncedMessageCount: number;
    /** Whether asking again brings more. */
    hasMore: boolean;
  };
  /** The bookmark of socket.io-client’s connection-state recovery, for clients of protocol 4 and later. Do not listen to it. */
  position: string;
};

/** What acknowledgements are called with when the request was granted. */
export type Acknowledgements = {
  /** What the event `joinedRoom` says. */
  joinRoom: {
    /** The event. */
    event: 'joinedRoom';
    /** The room that was joined. */
    data: string;
  };
  /** What the event `leftRoom` says. */
  leaveRoom: {
    /** The event. */
    event: 'leftRoom';
    /** The room that was left. */
    data: string;
  };
  /** What the event `messageSent` says. */
  sendMessage: {
    /** The event. */
    event: 'messageSent';
    /** The message is stored. Only the sender hears this. */
    data: {
      /** The id of the message: a decimal integer that grows in the order of the room. */
      id: string;
      /** When it was said, in UTC. */
      timestamp: string;
      /** Stored, and on its way to the room. */
      status: 'sent';
    };
  };
  /** The text of a message was changed. */
  editMessage: {
    /** The id of the message: a decimal integer that grows in the order of the room. */
    id: string;
    /** The room. */
    roomId: string;
    /** The id of the user who said it. */
    sender: string;
    /** The text as it reads now. */
    content: string;
    /** When, in UTC. */
    editedAt: string;
  };
  /** It is done. */
  deleteMessage: Record<string, never>;
  /** It is done. */
  react: Record<string, never>;
  /** It is done. */
  typingIndicator: Record<string, never>;
  /** It is done. */
  presenceUpdate: Record<string, never>;
  /** It is done. */
  readReceipt: Record<string, never>;
  /** It is done. */
  heartbeat: Record<string, never>;
  /** What the event `syncComplete` says. */
  syncMessages: {
    /** The event. */
    event: 'syncComplete';
    /** Every message that was asked for has been sent. */
    data: {
      /** The room. */
      roomId: string;
      /** How many messages were sent. */
      syncedMessageCount: number;
      /** Whether asking again brings more. */
      hasMore: boolean;
    };
  };
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
