/** What Realtime rooms clients say and hear. Made from src/dialects/rooms/ by `npm run docs`. */

/** What clients say. */
export type ClientPayloads = {
  /** Says something in the room of the connection. */
  message: {
    /** The text to say in the room: a string that is not blank. */
    message?: unknown | undefined;
    /** Chosen by the client, unique per user and conversation: sending it again repeats nothing. */
    clientMessageId?: string | null | undefined;
    /** Only a `clientMessageId` in it is read. */
    metadata?: unknown | undefined;
  };
};

/** What clients hear. */
export type ServerPayloads = {
  /** A message of the room, the own ones and those of the past included. */
  chat_message: {
    /** What this is. */
    type: 'chat_message';
    /** The text; a link stands for what is attached. */
    message: string;
    /** The name of the user who said it. */
    sender_username: string;
    /** The id of the user who said it. */
    sender_id: string;
    /** When it was said, in UTC. */
    timestamp: string;
    /** A decimal integer that grows in the order of the room. Connect with `?after=` it to hear what came since. */
    message_id: string;
  };
  /** A user has come: their first connection to the room. */
  user_join: {
    /** What this is. */
    type: 'user_join';
    /** The id of the user. */
    user_id: string;
    /** The name of the user. */
    username: string;
  };
  /** A user is gone: their last connection to the room has ended. */
  user_leave: {
    /** What this is. */
    type: 'user_leave';
    /** The id of the user. */
    user_id: string;
    /** The name of the user. */
    username: string;
  };
  /** A message of the client was refused. */
  error: {
    /** Why, and what to do. */
    error: string;
  };
  /** Who is in the room, the newcomer included. The first message of every connection. */
  room_users_list: {
    /** What this is. */
    type: 'room_users_list';
    /** The users, each once. */
    users: Array<{
      /** The id of the user. */
      id: string;
      /** The name of the user. */
      username: string;
    }>;
  };
};

/** One message of the client, as JSON. */
export type ClientFrame = ClientPayloads['message'];

/** One message of the server, as JSON: told apart by `type`, and a refusal by having none. */
export type ServerFrame = ServerPayloads[keyof ServerPayloads];
