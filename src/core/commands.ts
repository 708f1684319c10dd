import type {
  Attachment,
  Conversation,
  ConversationId,
  ConversationKind,
  Id,
  JsonObject,
  Member,
  MemberRole,
  MemberSettings,
  Message,
  Notification,
  Position,
  PresenceStatus,
  SupportStatus,
  TimeMs,
  User,
  UserId,
} from './model.ts';

/** Who asks: a user, or the host application that the server belongs to. */
export type Actor = { readonly kind: 'user'; readonly user: User } | { readonly kind: 'host' };

/** What a touch of an unknown conversation makes of it, where AUTO_CREATE allows that. */
export type Opening =
  | { readonly kind: 'open' }
  | { readonly kind: 'support' }
  /** Without `toUserId` an open conversation. */
  | { readonly kind: 'direct'; readonly toUserId?: UserId };

/** How much of the past a join wants to be answered with. */
export type HistoryWish =
  | { readonly want: 'none' }
  | { readonly want: 'newest'; readonly limit: number }
  /** Everything after a place in the log. */
  | { readonly want: 'after'; readonly position: Position };

/** What is marked as read. The cursor goes to the newest message of it. */
export type ReadMarks =
  /** Up to the newest message. */
  | { readonly what: 'everything' }
  /** One message and all before it; refused when it is no message of the conversation. */
  | { readonly what: 'upTo'; readonly messageId: Position }
  /** These messages; those that are none of the conversation are passed over. */
  | { readonly what: 'messages'; readonly messageIds: readonly Position[] };

/** What clients and the host may ask the server to do. Imperative; decided by the core, answered after the commit. */
export type Command =
  | {
      type: 'SendMessage';
      conversationId: ConversationId;
      text: string;
      contentType?: string;
      attachment?: Attachment;
      /** A file uploaded before by the sender; becomes the attachment. */
      fileId?: Id;
      replyToId?: Position;
      metadata?: JsonObject;
      /** Makes repeating this send harmless: unique per user and conversation. */
      clientMessageId?: string;
      /** Absent: an unknown conversation is refused (HTTP). */
      opening?: Opening;
    }
  | { type: 'EditMessage'; conversationId: ConversationId; messageId: Position; text: string }
  | { type: 'DeleteMessage'; conversationId: ConversationId; messageId: Position }
  /** Adds a reaction, or takes it back; repeating it is harmless. */
  | { type: 'SetReaction'; conversationId: ConversationId; messageId: Position; emoji: string; isSet: boolean }
  | { type: 'JoinConversation'; conversationId: ConversationId; opening: Opening; history: HistoryWish }
  | { type: 'LeaveConversation'; conversationId: ConversationId }
  | { type: 'MarkRead'; conversationId: ConversationId; marks: ReadMarks }
  | { type: 'SetTyping'; conversationId: ConversationId; isTyping: boolean }
  | { type: 'SetPresence'; status: PresenceStatus }
  | { type: 'Heartbeat' }
  | {
      type: 'CreateConversation';
      conversationId?: ConversationId;
      kind: ConversationKind;
      title?: string;
      memberIds: readonly UserId[];
    }
  | {
      type: 'ChangeConversation';
      conversationId: ConversationId;
      title?: string;
      status?: SupportStatus;
      adminId?: UserId;
      /** Refuses to take a support chat over that another admin has. */
      onlyIfFree?: true;
    }
  | { type: 'AddMember'; conversationId: ConversationId; userId: UserId }
  | { type: 'RemoveMember'; conversationId: ConversationId; userId: UserId }
  | { type: 'ChangeRole'; conversationId: ConversationId; userId: UserId; role: MemberRole }
  /** What is not named stays as it is. */
  | { type: 'KeepConversation'; conversationId: ConversationId; isArchived?: boolean; isMuted?: boolean }
  | { type: 'CreateNotification'; userId: UserId; title: string; message: string; notificationType: string }
  | { type: 'ReadNotification'; notificationId: Position }
  /** All that the user was sent until now. */
  | { type: 'ReadAllNotifications' }
  | { type: 'RevokeUser'; userId: UserId }
  /** What is not named stays as it is; `null` takes the picture away. */
  | { type: 'ChangeProfile'; userId: UserId; name?: string; email?: string; imageUrl?: string | null }
  /** Whom the asking user blocks, or no longer does. */
  | { type: 'SetBlock'; userId: UserId; isBlocked: boolean }
  | { type: 'SetBan'; userId: UserId; isBanned: boolean; reason?: string; untilMs?: TimeMs };

/** Questions of a connection that change nothing. */
export type Query =
  | { type: 'SyncMessages'; conversationId: ConversationId; after?: Position; limit: number }
  | { type: 'ListPresentUsers'; conversationId: ConversationId };

export type Request = Command | Query;
export type RequestType = Request['type'];
export type CommandType = Command['type'];
export type CommandOf<T extends CommandType> = Extract<Command, { type: T }>;
export type RequestOf<T extends RequestType> = Extract<Request, { type: T }>;

/** What each request is answered with when it is not refused. */
export type Answers = {
  SendMessage: {
    readonly message: Message;
    /** Said before under the same clientMessageId. */
    readonly isRepeat: boolean;
  };
  /** The message as it is now. */
  EditMessage: { readonly message: Message };
  DeleteMessage: { readonly message: Message };
  SetReaction: { readonly message: Message };
  JoinConversation: {
    readonly conversationId: ConversationId;
    /** As wished, oldest first, up to the very moment from which the connection hears what is new. */
    readonly messages: readonly Message[];
    /** Everyone present in the conversation, the newcomer included. */
    readonly presentUsers: readonly User[];
    readonly user: User;
  };
  LeaveConversation: { readonly conversationId: ConversationId };
  MarkRead: {
    readonly conversationId: ConversationId;
    readonly userId: UserId;
    /** The messages that were named and exist, in the order given. */
    readonly messageIds: readonly Position[];
  };
  SetTyping: Record<never, never>;
  SetPresence: Record<never, never>;
  Heartbeat: Record<never, never>;
  SyncMessages: {
    readonly conversationId: ConversationId;
    /** Oldest first. */
    readonly messages: readonly Message[];
    /** How many were told before these, because it is much. */
    readonly toldBefore: number;
    readonly hasMore: boolean;
  };
  ListPresentUsers: { readonly conversationId: ConversationId; readonly userIds: readonly UserId[] };
  CreateConversation: { readonly conversation: Conversation; readonly isNew: boolean };
  ChangeConversation: { readonly conversation: Conversation };
  AddMember: { readonly member: Member; readonly isNew: boolean };
  RemoveMember: { readonly userId: UserId };
  ChangeRole: { readonly member: Member };
  KeepConversation: { readonly settings: MemberSettings };
  CreateNotification: { readonly notification: Notification };
  ReadNotification: { readonly notificationId: Position };
  ReadAllNotifications: Record<never, never>;
  RevokeUser: { readonly userId: UserId };
  ChangeProfile: { readonly user: User };
  SetBlock: { readonly userId: UserId };
  SetBan: { readonly userId: UserId };
};

/** The requests that a socket may make; the rest comes over HTTP. */
export type SocketRequestType =
  | 'SendMessage'
  | 'EditMessage'
  | 'DeleteMessage'
  | 'SetReaction'
  | 'JoinConversation'
  | 'LeaveConversation'
  | 'MarkRead'
  | 'SetTyping'
  | 'SetPresence'
  | 'Heartbeat'
  | 'SyncMessages'
  | 'ListPresentUsers';
export type SocketRequest = RequestOf<SocketRequestType>;
