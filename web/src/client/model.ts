/** What an application sees of the chat. Ids are strings; times are milliseconds since the Unix epoch. */

export type User = { readonly id: string; readonly name: string; readonly role: string };

export type ConversationKind = 'direct' | 'group' | 'open' | 'support';
export type SupportStatus = 'PENDING' | 'ACTIVE' | 'CLOSED';

export type Attachment = {
  readonly url: string;
  /** A MIME type, or a word such as `image`. */
  readonly type?: string;
  readonly name?: string;
  readonly size?: number;
};

/** A message that another one answers. */
export type Quote = {
  readonly id: string;
  readonly senderId: string;
  readonly senderName?: string;
  readonly text: string;
};

export type Reaction = { readonly emoji: string; readonly userIds: readonly string[] };

export type Message = {
  /** A decimal integer that grows in the order of the conversation. */
  readonly id: string;
  readonly conversationId: string;
  readonly senderId: string;
  /** Absent in what was just heard: look it up among the members. */
  readonly senderName?: string;
  readonly text: string;
  readonly at: number;
  readonly attachment?: Attachment;
  readonly replyToId?: string;
  readonly replyTo?: Quote;
  readonly editedAt?: number;
  /** Set: what it said is gone. */
  readonly deletedAt?: number;
  readonly reactions?: readonly Reaction[];
  /** The sender's own name of this message, under which a repeated send is harmless. */
  readonly clientMessageId?: string;
};

export type Conversation = {
  readonly id: string;
  readonly kind: ConversationKind;
  readonly title?: string;
  readonly status?: SupportStatus;
  readonly clientId?: string;
  readonly adminId?: string;
  readonly memberCount: number;
  readonly messageCount: number;
  readonly unreadCount: number;
  /** Undefined: the user sees it without being a member. */
  readonly role?: 'owner' | 'member';
  readonly readCursor?: string;
  readonly lastMessageId?: string;
  /** The beginning of its text, and of an attachment no more than its kind and name. */
  readonly lastMessage?: Message;
  /** Of a direct conversation: the other member. */
  readonly peer?: User;
  readonly isMuted: boolean;
  readonly isArchived: boolean;
  readonly updatedAt: number;
};

export type Member = {
  readonly user: User;
  readonly role: 'owner' | 'member';
  /** The newest message that they have read. */
  readonly readCursor?: string;
};

export type PresenceStatus = 'online' | 'offline' | 'away' | 'busy';
export type Presence = { readonly status: PresenceStatus; readonly lastActive: number };

export type AppNotification = {
  readonly id: string;
  readonly title: string;
  readonly message: string;
  readonly type: string;
  readonly at: number;
  readonly isRead: boolean;
};

export type SearchHit = {
  readonly message: Message;
  /** A part of the message around the first word that was found. */
  readonly snippet: string;
  /** Where such words stand in the snippet: from the first character on, up to the second and without it. */
  readonly highlights: readonly (readonly [number, number])[];
};

/** A support chat in the queue; `since` is when it got its status. */
export type QueuedChat = { readonly conversation: Conversation; readonly client?: User; readonly since: number };

/** What a user wants to say. */
export type Draft = {
  readonly text: string;
  readonly replyToId?: string;
  /** Is uploaded before the message is sent. */
  readonly file?: File;
  /** A file that lies somewhere already. */
  readonly attachment?: Attachment;
};

/**
 * A message that the server has not acknowledged. `waiting`: for the connection, or for its turn. `sending`: under way.
 * `failed`: refused; retry it or discard it.
 */
export type OutgoingState =
  | { readonly is: 'waiting' }
  /** `progress`: the part of its file that is uploaded, 0 to 1. */
  | { readonly is: 'sending'; readonly progress?: number }
  | { readonly is: 'failed'; readonly why: string };

export type Outgoing = Draft & {
  readonly clientMessageId: string;
  readonly conversationId: string;
  readonly senderId: string;
  readonly at: number;
  readonly state: OutgoingState;
};

/** `refused`: this token is not (or no longer) let in. `waiting`: cut off, and trying again by itself. */
export type ConnectionState =
  | { readonly is: 'connecting' }
  /** `resumed`: it went on where it was cut off, and everything missed has been heard. */
  | { readonly is: 'online'; readonly resumed: boolean }
  | { readonly is: 'waiting'; readonly why: string; readonly since: number }
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'closed' };
