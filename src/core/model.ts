/** The things that the server knows of, as types. Ids are strings here; how they look on a wire is a dialect's business. */

/** 1 to 200 characters, none of them a control character. */
export type Id = string;
export type UserId = Id;
export type ConversationId = Id;

/** A place in the one log: 1, 2, 3, … A message's id is its position. */
export type Position = number;

/** Milliseconds since the Unix epoch, UTC. */
export type TimeMs = number;

export const conversationKinds = ['direct', 'group', 'open', 'support'] as const;
/**
 * `direct`: two users. `group`: whoever was added. `open`: anybody may enter. `support`: one client and the admins.
 */
export type ConversationKind = (typeof conversationKinds)[number];

export const supportStatuses = ['PENDING', 'ACTIVE', 'CLOSED'] as const;
export type SupportStatus = (typeof supportStatuses)[number];

export type User = {
  readonly id: UserId;
  /** `''` when no token has named one. */
  readonly email: string;
  /** `USER` when no token has named one. */
  readonly role: string;
  readonly name: string;
  /** Absolute http(s) address of a picture; told by the host or the user, never by a token. */
  readonly imageUrl?: string;
};

export type MemberRole = 'owner' | 'member';

export type Member = {
  readonly userId: UserId;
  readonly role: MemberRole;
  /** The entry that made this user a member: what is older was said before their time. */
  readonly since: Position;
  /** Has the user joined and not left by their own word? Losing a transport does not change it. */
  readonly isJoined: boolean;
  /** The newest message that this user has read, 0 for none. Only moves forward. */
  readonly readCursor: Position;
};

/** How a member keeps a conversation for themselves. */
export type MemberSettings = {
  /** Out of the list of conversations until the member takes it back. */
  readonly isArchived: boolean;
  /** Counted in no total; clients stay quiet. */
  readonly isMuted: boolean;
};

/** Why a user is kept out, and until when. */
export type Ban = {
  readonly reason?: string;
  /** Absent: until somebody lifts it. */
  readonly untilMs?: TimeMs;
};

/** The part of a conversation that decisions need. */
export type Conversation = {
  readonly id: ConversationId;
  readonly kind: ConversationKind;
  readonly title?: string;
  /** Only support conversations have a status and a client. */
  readonly status?: SupportStatus;
  readonly clientId?: UserId;
  readonly adminId?: UserId;
  readonly createdBy?: UserId;
  /** Came into being because somebody touched its id. */
  readonly isAutoCreated: boolean;
  readonly createdAt: TimeMs;
  readonly updatedAt: TimeMs;
  /** How many messages it holds. */
  readonly ordinal: number;
  /** The newest message, 0 for none. */
  readonly lastMessageId: Position;
  readonly memberCount: number;
  /** The members while there are at most two of them, else empty: enough to name "the one other member". */
  readonly pair: readonly UserId[];
};

/** What is known of it where it is decided: what was said, when and how often is not. */
export type KnownConversation = Omit<Conversation, 'ordinal' | 'lastMessageId' | 'updatedAt'>;

export type Attachment = {
  /** Absolute http(s) address. */
  readonly url: string;
  /** A MIME type such as `image/png`, or a word such as `image`. */
  readonly type?: string;
  readonly name?: string;
  readonly sizeBytes?: number;
  /** Set when the file was uploaded to this server. */
  readonly fileId?: Id;
};

/** Plain JSON, as clients send it in `metadata`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A message that another one answers, without what it answered itself and what others think of it. */
export type QuotedMessage = Omit<Message, 'replyTo' | 'reactions'>;

/** Who reacts to a message with one emoji, in the order in which they did. */
export type Reaction = { readonly emoji: string; readonly userIds: readonly UserId[] };

export type Message = {
  readonly id: Position;
  readonly conversationId: ConversationId;
  /** 1, 2, 3, … within the conversation. */
  readonly ordinal: number;
  /** Who said it, as known when it was said. */
  readonly sender: User;
  /** The one other member when it was said, in conversations of two. */
  readonly receiverId?: UserId;
  /** May be empty when there is an attachment. */
  readonly text: string;
  /** The kind of content as kenz names it (`text`, `image`, …). */
  readonly contentType?: string;
  readonly attachment?: Attachment;
  readonly replyToId?: Position;
  readonly replyTo?: QuotedMessage;
  readonly metadata?: JsonObject;
  readonly clientMessageId?: string;
  readonly at: TimeMs;
  /** When its text was changed last. */
  readonly editedAt?: TimeMs;
  /** When it was deleted: whatever it said is gone. */
  readonly deletedAt?: TimeMs;
  /** In the order in which each emoji came up. */
  readonly reactions?: readonly Reaction[];
};

export type Notification = {
  readonly id: Position;
  readonly userId: UserId;
  readonly title: string;
  readonly message: string;
  readonly type: string;
  readonly at: TimeMs;
};

export const presenceStatuses = ['online', 'offline', 'away', 'busy'] as const;
export type PresenceStatus = (typeof presenceStatuses)[number];
