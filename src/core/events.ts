import type {
  Ban,
  Conversation,
  ConversationId,
  ConversationKind,
  MemberRole,
  MemberSettings,
  Message,
  Notification,
  Position,
  PresenceStatus,
  QuotedMessage,
  SupportStatus,
  TimeMs,
  User,
  UserId,
} from './model.ts';

type ReactionChange = {
  conversationId: ConversationId;
  messageId: Position;
  user: User;
  emoji: string;
  actorId: UserId;
};

/**
 * What has happened. A logged event carries everything that a frame about it needs, so that writing one asks nobody.
 * `actorId` is the user who did it; absent for the host application.
 */
export type LoggedEvent =
  | { type: 'ConversationCreated'; conversation: Conversation; actorId?: UserId }
  | {
      type: 'ConversationChanged';
      conversationId: ConversationId;
      title?: string;
      actorId?: UserId;
    }
  | {
      type: 'StatusChanged';
      conversationId: ConversationId;
      status: SupportStatus;
      clientId: UserId;
      adminId?: UserId;
      actorId?: UserId;
    }
  | {
      type: 'MemberAdded';
      conversationId: ConversationId;
      kind: ConversationKind;
      user: User;
      role: MemberRole;
      actorId?: UserId;
    }
  | {
      type: 'MemberRemoved';
      conversationId: ConversationId;
      userId: UserId;
      /** Was the user joined, so that others saw them come and should see them go? */
      wasJoined: boolean;
      /** Whoever was removed by somebody else stays out until added again. */
      mayReenter: boolean;
      actorId?: UserId;
    }
  /** The user's first join of the conversation, and their last leave by their own word. */
  | { type: 'MemberJoined'; conversationId: ConversationId; user: User; actorId: UserId }
  | { type: 'MemberLeft'; conversationId: ConversationId; user: User; actorId: UserId }
  | { type: 'MessageSent'; conversationId: ConversationId; message: Message; actorId: UserId }
  /** The message as it reads now. */
  | { type: 'MessageEdited'; conversationId: ConversationId; message: QuotedMessage; actorId?: UserId }
  | {
      type: 'MessageDeleted';
      conversationId: ConversationId;
      messageId: Position;
      senderId: UserId;
      actorId?: UserId;
    }
  | ({ type: 'MessageReacted' } & ReactionChange)
  | ({ type: 'MessageUnreacted' } & ReactionChange)
  | {
      type: 'ReadCursorMoved';
      conversationId: ConversationId;
      userId: UserId;
      /** The cursor before and after: everything in `(from, to]` is read now. */
      from: Position;
      to: Position;
      /** Messages of others in `(from, to]`, oldest first, at most {@link readIdsLimit} of the newest. */
      messageIds: readonly Position[];
      actorId: UserId;
    }
  | { type: 'MemberRoleChanged'; conversationId: ConversationId; userId: UserId; role: MemberRole; actorId?: UserId }
  /** How a member keeps the conversation for themselves; nobody else hears of it. */
  | ({
      type: 'MemberSettingsChanged';
      conversationId: ConversationId;
      userId: UserId;
      actorId: UserId;
    } & MemberSettings)
  | { type: 'NotificationCreated'; notification: Notification }
  | { type: 'NotificationRead'; userId: UserId; notificationId: Position; actorId: UserId }
  /** All that the user was sent up to and including `upTo`. */
  | { type: 'NotificationsRead'; userId: UserId; upTo: Position; actorId: UserId }
  | { type: 'UserChanged'; user: User }
  /** From now on `userId` takes no direct messages of `blockedId`, or takes them again. */
  | { type: 'BlockChanged'; userId: UserId; blockedId: UserId; isBlocked: boolean; actorId: UserId }
  /** From now on no token of the user is good, or they are as good as before. */
  | ({ type: 'BanChanged'; userId: UserId; isBanned: boolean; actorId?: UserId } & Ban)
  /** Every token of the user issued up to and including `revokedAtSeconds` is refused from now on. */
  | { type: 'UserRevoked'; userId: UserId; revokedAtSeconds: number };

/** What is worth telling and not worth keeping: lost under pressure, never in the log. */
export type EphemeralEvent =
  | {
      type: 'TypingChanged';
      conversationId: ConversationId;
      user: User;
      isTyping: boolean;
      actorId: UserId;
    }
  /** The first connection of a user joined the conversation, or the last one is gone. */
  | {
      type: 'PresentUsersChanged';
      conversationId: ConversationId;
      user: User;
      isPresent: boolean;
      actorId: UserId;
    }
  | { type: 'PresenceChanged'; userId: UserId; status: PresenceStatus; lastActive: TimeMs; actorId: UserId };

export type DomainEvent = LoggedEvent | EphemeralEvent;
export type EventType = DomainEvent['type'];
export type LoggedEventType = LoggedEvent['type'];
export type EventOf<T extends EventType> = Extract<DomainEvent, { type: T }>;

/** How many message ids a read mark carries at the most. */
export const readIdsLimit = 500;

/** An event with its place in the log. */
export type Entry<T extends LoggedEventType = LoggedEventType> = {
  readonly position: Position;
  readonly at: TimeMs;
  readonly event: EventOf<T>;
};

/**
 * The policy of each event, declared once.
 * `kept`: stays in the log. `keyed`: the store keeps only the last entry per key. `ephemeral`: never enters the log.
 */
export const eventPolicy = {
  ConversationCreated: 'kept',
  ConversationChanged: 'keyed',
  StatusChanged: 'kept',
  MemberAdded: 'kept',
  MemberRemoved: 'kept',
  MemberJoined: 'kept',
  MemberLeft: 'kept',
  MemberRoleChanged: 'kept',
  MemberSettingsChanged: 'keyed',
  MessageSent: 'kept',
  MessageEdited: 'keyed',
  MessageDeleted: 'keyed',
  MessageReacted: 'keyed',
  MessageUnreacted: 'keyed',
  ReadCursorMoved: 'keyed',
  NotificationCreated: 'kept',
  NotificationRead: 'keyed',
  NotificationsRead: 'keyed',
  UserChanged: 'keyed',
  UserRevoked: 'keyed',
  BlockChanged: 'keyed',
  BanChanged: 'keyed',
  TypingChanged: 'ephemeral',
  PresentUsersChanged: 'ephemeral',
  PresenceChanged: 'ephemeral',
} as const satisfies { readonly [T in EventType]: T extends LoggedEventType ? 'kept' | 'keyed' : 'ephemeral' };

/** Where an entry belongs: to a conversation, or to one user. */
export type Topic =
  | { readonly conversationId: ConversationId; readonly userId?: undefined }
  | { readonly userId: UserId; readonly conversationId?: undefined };

/** The topic of a logged event; the store indexes entries by it, the hub delivers by it. */
export function topicOf(event: LoggedEvent): Topic {
  switch (event.type) {
    case 'ConversationCreated':
      return { conversationId: event.conversation.id };
    case 'NotificationCreated':
      return { userId: event.notification.userId };
    case 'MemberSettingsChanged':
    case 'NotificationRead':
    case 'NotificationsRead':
    case 'UserRevoked':
    case 'BlockChanged':
    case 'BanChanged':
      return { userId: event.userId };
    case 'UserChanged':
      return { userId: event.user.id };
    default:
      return { conversationId: event.conversationId };
  }
}

/** The events that stay in the log whatever follows. */
type KeptEvent = {
  [T in LoggedEventType]: (typeof eventPolicy)[T] extends 'kept' ? EventOf<T> : never;
}[LoggedEventType];

/** The key under which a keyed event replaces its predecessor; undefined for kept events. */
export function keyOf(event: LoggedEvent): string | undefined {
  switch (event.type) {
    case 'ConversationChanged':
      return `conversation\n${event.conversationId}`;
    case 'ReadCursorMoved':
      return `cursor\n${event.conversationId}\n${event.userId}`;
    case 'MemberSettingsChanged':
      return `settings\n${event.conversationId}\n${event.userId}`;
    // An edit gives way to the next one and to the deletion: the log keeps no text that was taken back.
    case 'MessageEdited':
      return `message\n${event.message.id}`;
    case 'MessageDeleted':
      return `message\n${event.messageId}`;
    case 'MessageReacted':
    case 'MessageUnreacted':
      return `reaction\n${event.messageId}\n${event.user.id}\n${event.emoji}`;
    case 'NotificationRead':
      return `notification\n${event.notificationId}`;
    case 'UserChanged':
      return `user\n${event.user.id}`;
    case 'UserRevoked':
      return `revoked\n${event.userId}`;
    case 'NotificationsRead':
      return `notifications\n${event.userId}`;
    case 'BlockChanged':
      return `block\n${event.userId}\n${event.blockedId}`;
    case 'BanChanged':
      return `ban\n${event.userId}`;
    default:
      event satisfies KeptEvent;
      return undefined;
  }
}

/**
 * What a keyed entry says after it took its predecessor's place: a read cursor joins both ranges, so that a reader who
 * missed both hears of everything; any other event says the newest state already.
 */
export function replaceKeyed(previous: LoggedEvent, next: LoggedEvent): LoggedEvent {
  if (previous.type !== 'ReadCursorMoved' || next.type !== 'ReadCursorMoved') return next;
  const messageIds = [...previous.messageIds, ...next.messageIds].slice(-readIdsLimit);
  return { ...next, from: Math.min(previous.from, next.from), messageIds };
}
