/** What Support chat clients say and hear. Made from src/dialects/support/ by `npm run docs`. */

/** What clients say. */
export type ClientPayloads = {
  /** The chat, by its id. */
  joinChat: string | number | {
    /** The chat. */
    chatId: string | number;
  };
  /** The chat, by its id. */
  leaveChat: string | number | {
    /** The chat. */
    chatId: string | number;
  };
  /** Says something in a chat, and enters it. The content stands in `message`, or beside the chat. */
  sendMessage: {
    /** The chat. */
    chatId: string | number;
    /** What is said. */
    message?: {
      /** The text. May be absent when there is a file. */
      text?: string | null | undefined;
      /** A file that the sender has uploaded; empty for none. */
      fileId?: string | number | '' | null | undefined;
      /** The id of the message that this one answers. What is no message id counts as absent. */
      replyToId?: unknown | undefined;
      /** Chosen by the client, unique per user and conversation: sending it again repeats nothing. */
      clientMessageId?: string | null | undefined;
      /** Only a `clientMessageId` in it is read. */
      metadata?: unknown | undefined;
    } | null | undefined;
    /** The text. May be absent when there is a file. */
    text?: string | null | undefined;
    /** A file that the sender has uploaded; empty for none. */
    fileId?: string | number | '' | null | undefined;
    /** The id of the message that this one answers. What is no message id counts as absent. */
    replyToId?: unknown | undefined;
    /** Chosen by the client, unique per user and conversation: sending it again repeats nothing. */
    clientMessageId?: string | null | undefined;
    /** Only a `clientMessageId` in it is read. */
    metadata?: unknown | undefined;
  };
  /** Changes the text of a message of the user’s own. */
  editMessage: {
    /** The chat. */
    chatId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
    /** The text that takes the place of the old one. */
    text: string;
  };
  /** Deletes a message of the user’s own; admins delete those of others too. */
  deleteMessage: {
    /** The chat. */
    chatId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
  };
  /** Reacts to a message, or takes the reaction back. */
  reactToMessage: {
    /** The chat. */
    chatId: string | number;
    /** The id of the message, as a number or a string. */
    messageId: unknown;
    /** The emoji, or a word in its place: 1 to 64 characters without blanks. */
    emoji: string;
    /** False takes the reaction back; absent or true adds it. */
    isSet?: boolean | null | undefined;
  };
  /** Tells the others in the chat that the user types, or has stopped. */
  typing: {
    /** The chat. */
    chatId: string | number;
    /** Whether the user is typing now. */
    isTyping: boolean;
  };
  /** Marks messages as read. */
  readMessages: {
    /** The chat. */
    chatId: string | number;
    /** The messages that were read. Those that are not of this chat are passed over. */
    messageIds: Array<string | number>;
  };
  /** The chat, by its id. */
  getActiveUsers: string | number | {
    /** The chat. */
    chatId: string | number;
  };
};

/** What clients hear. */
export type ServerPayloads = {
  /** A message of a chat. */
  newMessage: {
    /** The id of a message: a decimal integer that grows in the order of the chat. */
    id: string;
    /** The chat. */
    chatId: string;
    /** The user who said it. */
    senderId: number | string;
    /** The text. */
    text?: string | undefined;
    /** The absolute address of the attached file. */
    fileUrl?: string | undefined;
    /** The message that this one answers. */
    replyToId?: string | undefined;
    /** When it was said, in UTC. */
    createdAt: string;
    /** Who said it, as known when it was said. */
    sender: {
      /** The user. */
      id: number | string;
      /** Their address, empty when it is not known. */
      email: string;
      /** Their role. */
      role: string;
    };
    /** The message that is answered, without what it answers itself. */
    replyTo?: {
      /** The id of a message: a decimal integer that grows in the order of the chat. */
      id: string;
      /** The chat. */
      chatId: string;
      /** The user who said it. */
      senderId: number | string;
      /** The text. */
      text?: string | undefined;
      /** The absolute address of the attached file. */
      fileUrl?: string | undefined;
      /** The message that this one answers. */
      replyToId?: string | undefined;
      /** When it was said, in UTC. */
      createdAt: string;
      /** Who said it, as known when it was said. */
      sender: {
        /** The user. */
        id: number | string;
        /** Their address, empty when it is not known. */
        email: string;
        /** Their role. */
        role: string;
      };
    } | undefined;
  };
  /** The text of a message was changed. */
  messageEdited: {
    /** The id of a message: a decimal integer that grows in the order of the chat. */
    id: string;
    /** The chat. */
    chatId: string;
    /** The user who said it. */
    senderId: number | string;
    /** The text as it reads now. */
    text: string;
    /** When, in UTC. */
    editedAt: string;
  };
  /** A message was deleted. */
  messageDeleted: {
    /** The id of a message: a decimal integer that grows in the order of the chat. */
    id: string;
    /** The chat. */
    chatId: string;
    /** When, in UTC. */
    deletedAt: string;
  };
  /** A user has reacted to a message, or has taken a reaction back. */
  messageReaction: {
    /** The id of a message: a decimal integer that grows in the order of the chat. */
    messageId: string;
    /** The chat. */
    chatId: string;
    /** The user. */
    userId: number | string;
    /** The emoji. */
    emoji: string;
    /** Which of both. */
    action: 'added' | 'removed';
  };
  /** Somebody else in a chat types, or has stopped. */
  userTyping: {
    /** The user. */
    userId: number | string;
    /** Their address, empty when it is not known. */
    email: string;
    /** Whether they are typing now. */
    isTyping: boolean;
    /** The chat. */
    chatId: string;
  };
  /** Somebody else in a chat has read messages. */
  messagesRead: {
    /** The user. */
    userId: number | string;
    /** What they have read now. */
    messageIds: string[];
    /** The chat. */
    chatId: string;
  };
  /** Somebody else has come into a chat or is gone from it. */
  participantUpdate: {
    /** The chat. */
    chatId: string;
    /** The user. */
    userId: number | string;
    /** Which of both. */
    action: 'joined' | 'left';
    /** When, in UTC. */
    timestamp: string;
  };
  /** The status of a chat has changed. */
  chatStatusChanged: {
    /** The chat. */
    chatId: string;
    /** Nobody cares for it yet, somebody does, or it is over. */
    status: 'ACTIVE' | 'CLOSED' | 'PENDING';
  };
  /** Why a request was refused, and what to do. */
  error: string;
  /** The chat was joined. What follows is said after these messages. */
  joinedChat: {
    /** The chat. */
    chatId: string;
    /** The newest messages, oldest first. */
    messages: Array<{
      /** The id of a message: a decimal integer that grows in the order of the chat. */
      id: string;
      /** The chat. */
      chatId: string;
      /** The user who said it. */
      senderId: number | string;
      /** The text. */
      text?: string | undefined;
      /** The absolute address of the attached file. */
      fileUrl?: string | undefined;
      /** The message that this one answers. */
      replyToId?: string | undefined;
      /** When it was said, in UTC. */
      createdAt: string;
      /** Who said it, as known when it was said. */
      sender: {
        /** The user. */
        id: number | string;
        /** Their address, empty when it is not known. */
        email: string;
        /** Their role. */
        role: string;
      };
      /** The message that is answered, without what it answers itself. */
      replyTo?: {
        /** The id of a message: a decimal integer that grows in the order of the chat. */
        id: string;
        /** The chat. */
        chatId: string;
        /** The user who said it. */
        senderId: number | string;
        /** The text. */
        text?: string | undefined;
        /** The absolute address of the attached file. */
        fileUrl?: string | undefined;
        /** The message that this one answers. */
        replyToId?: string | undefined;
        /** When it was said, in UTC. */
        createdAt: string;
        /** Who said it, as known when it was said. */
        sender: {
          /** The user. */
          id: number | string;
          /** Their address, empty when it is not known. */
          email: string;
          /** Their role. */
          role: string;
        };
      } | undefined;
    }>;
  };
  /** The chat that was left. */
  leftChat: string;
  /** A message of a chat. */
  messageSent: {
    /** The id of a message: a decimal integer that grows in the order of the chat. */
    id: string;
    /** The chat. */
    chatId: string;
    /** The user who said it. */
    senderId: number | string;
    /** The text. */
    text?: string | undefined;
    /** The absolute address of the attached file. */
    fileUrl?: string | undefined;
    /** The message that this one answers. */
    replyToId?: string | undefined;
    /** When it was said, in UTC. */
    createdAt: string;
    /** Who said it, as known when it was said. */
    sender: {
      /** The user. */
      id: number | string;
      /** Their address, empty when it is not known. */
      email: string;
      /** Their role. */
      role: string;
    };
    /** The message that is answered, without what it answers itself. */
    replyTo?: {
      /** The id of a message: a decimal integer that grows in the order of the chat. */
      id: string;
      /** The chat. */
      chatId: string;
      /** The user who said it. */
      senderId: number | string;
      /** The text. */
      text?: string | undefined;
      /** The absolute address of the attached file. */
      fileUrl?: string | undefined;
      /** The message that this one answers. */
      replyToId?: string | undefined;
      /** When it was said, in UTC. */
      createdAt: string;
      /** Who said it, as known when it was said. */
      sender: {
        /** The user. */
        id: number | string;
        /** Their address, empty when it is not known. */
        email: string;
        /** Their role. */
        role: string;
      };
    } | undefined;
  };
  /** The messages that were named and exist. */
  messagesMarkedRead: Array<{
    /** The id of a message: a decimal integer that grows in the order of the chat. */
    id: string;
    /** The user who has read it. */
    readBy: number | string;
  }>;
  /** Who is in a chat. */
  activeUsers: {
    /** The chat. */
    chatId: string;
    /** The users who are in the chat now. */
    userIds: Array<number | string>;
  };
  /** The bookmark of socket.io-client’s connection-state recovery, for clients of protocol 4 and later. Do not listen to it. */
  position: string;
};

/** What acknowledgements are called with when the request was granted. */
export type Acknowledgements = {
  /** What the event `joinedChat` says. */
  joinChat: {
    /** The event. */
    event: 'joinedChat';
    /** The chat was joined. What follows is said after these messages. */
    data: {
      /** The chat. */
      chatId: string;
      /** The newest messages, oldest first. */
      messages: Array<{
        /** The id of a message: a decimal integer that grows in the order of the chat. */
        id: string;
        /** The chat. */
        chatId: string;
        /** The user who said it. */
        senderId: number | string;
        /** The text. */
        text?: string | undefined;
        /** The absolute address of the attached file. */
        fileUrl?: string | undefined;
        /** The message that this one answers. */
        replyToId?: string | undefined;
        /** When it was said, in UTC. */
        createdAt: string;
        /** Who said it, as known when it was said. */
        sender: {
          /** The user. */
          id: number | string;
          /** Their address, empty when it is not known. */
          email: string;
          /** Their role. */
          role: string;
        };
        /** The message that is answered, without what it answers itself. */
        replyTo?: {
          /** The id of a message: a decimal integer that grows in the order of the chat. */
          id: string;
          /** The chat. */
          chatId: string;
          /** The user who said it. */
          senderId: number | string;
          /** The text. */
          text?: string | undefined;
          /** The absolute address of the attached file. */
          fileUrl?: string | undefined;
          /** The message that this one answers. */
          replyToId?: string | undefined;
          /** When it was said, in UTC. */
          createdAt: string;
          /** Who said it, as known when it was said. */
          sender: {
            /** The user. */
            id: number | string;
            /** Their address, empty when it is not known. */
            email: string;
            /** Their role. */
            role: string;
          };
        } | undefined;
      }>;
    };
  };
  /** What the event `leftChat` says. */
  leaveChat: {
    /** The event. */
    event: 'leftChat';
    /** The chat that was left. */
    data: string;
  };
  /** What the event `messageSent` says. */
  sendMessage: {
    /** The event. */
    event: 'messageSent';
    /** A message of a chat. */
    data: {
      /** The id of a message: a decimal integer that grows in the order of the chat. */
      id: string;
      /** The chat. */
      chatId: string;
      /** The user who said it. */
      senderId: number | string;
      /** The text. */
      text?: string | undefined;
      /** The absolute address of the attached file. */
      fileUrl?: string | undefined;
      /** The message that this one answers. */
      replyToId?: string | undefined;
      /** When it was said, in UTC. */
      createdAt: string;
      /** Who said it, as known when it was said. */
      sender: {
        /** The user. */
        id: number | string;
        /** Their address, empty when it is not known. */
        email: string;
        /** Their role. */
        role: string;
      };
      /** The message that is answered, without what it answers itself. */
      replyTo?: {
        /** The id of a message: a decimal integer that grows in the order of the chat. */
        id: string;
        /** The chat. */
        chatId: string;
        /** The user who said it. */
        senderId: number | string;
        /** The text. */
        text?: string | undefined;
        /** The absolute address of the attached file. */
        fileUrl?: string | undefined;
        /** The message that this one answers. */
        replyToId?: string | undefined;
        /** When it was said, in UTC. */
        createdAt: string;
        /** Who said it, as known when it was said. */
        sender: {
          /** The user. */
          id: number | string;
          /** Their address, empty when it is not known. */
          email: string;
          /** Their role. */
          role: string;
        };
      } | undefined;
    };
  };
  /** The text of a message was changed. */
  editMessage: {
    /** The id of a message: a decimal integer that grows in the order of the chat. */
    id: string;
    /** The chat. */
    chatId: string;
    /** The user who said it. */
    senderId: number | string;
    /** The text as it reads now. */
    text: string;
    /** When, in UTC. */
    editedAt: string;
  };
  /** It is done. */
  deleteMessage: Record<string, never>;
  /** It is done. */
  reactToMessage: Record<string, never>;
  /** It is done. */
  typing: Record<string, never>;
  /** What the event `messagesMarkedRead` says. */
  readMessages: {
    /** The event. */
    event: 'messagesMarkedRead';
    /** The messages that were named and exist. */
    data: Array<{
      /** The id of a message: a decimal integer that grows in the order of the chat. */
      id: string;
      /** The user who has read it. */
      readBy: number | string;
    }>;
  };
  /** What the event `activeUsers` says. */
  getActiveUsers: {
    /** The event. */
    event: 'activeUsers';
    /** Who is in a chat. */
    data: {
      /** The chat. */
      chatId: string;
      /** The users who are in the chat now. */
      userIds: Array<number | string>;
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
