import type { ReadMarks } from './commands.ts';
import type { LoggedEvent } from './events.ts';
import type {
  Conversation,
  ConversationId,
  MemberRole,
  Message,
  Notification,
  Position,
  TimeMs,
  UserId,
} from './model.ts';

/** What the core answers a command with: what shall be written, and what that stood on. */
export type Decision = {
  readonly drafts: readonly Draft[];
  readonly expects: readonly Precondition[];
};

/** A decision that is still being made: whoever is handed it may add to it. */
export type Drafting = { readonly drafts: Draft[]; readonly expects: Precondition[] };

/**
 * An event before the store has given it its place. The store fills in what only the committing transaction knows:
 * positions, ordinals, and which part of a read mark is new.
 */
export type Draft =
  | Exclude<LoggedEvent, { type: 'MessageSent' | 'ReadCursorMoved' | 'NotificationCreated' }>
  | { type: 'MessageSent'; conversationId: ConversationId; message: Omit<Message, 'id' | 'ordinal'>; actorId: UserId }
  | {
      type: 'ReadCursorMoved';
      conversationId: ConversationId;
      userId: UserId;
      marks: ReadMarks;
      actorId: UserId;
    }
  | { type: 'NotificationCreated'; notification: Omit<Notification, 'id'> };

/**
 * What the decision stood on. Checked inside the committing transaction, where all earlier items of the same batch are
 * already seen.
 */
export type Precondition =
  | { readonly is: 'conversationAbsent'; readonly conversationId: ConversationId }
  | {
      readonly is: 'conversationAs';
      readonly conversationId: ConversationId;
      /** Only what is named is compared. */
      readonly status?: Conversation['status'];
      readonly adminId?: UserId | null;
      readonly memberCount?: number;
    }
  | {
      readonly is: 'member';
      readonly conversationId: ConversationId;
      readonly userId: UserId;
      /** Compared where it is named. */
      readonly role?: MemberRole;
    }
  /** No member now, and not barred from entering unless `evenIfBarred`. */
  | {
      readonly is: 'noMember';
      readonly conversationId: ConversationId;
      readonly userId: UserId;
      readonly evenIfBarred: boolean;
    }
  /** Joined or not joined by their own word. */
  | {
      readonly is: 'joined';
      readonly conversationId: ConversationId;
      readonly userId: UserId;
      readonly joined: boolean;
    }
  | { readonly is: 'message'; readonly conversationId: ConversationId; readonly messageId: Position }
  /** A message that is not deleted. */
  | {
      readonly is: 'messageAs';
      readonly conversationId: ConversationId;
      readonly messageId: Position;
      /** When it was edited last, null for never; compared only when it is named. */
      readonly editedAt?: TimeMs | null;
    }
  /** A message that is not deleted, to which the user has reacted so, or has not. */
  | {
      readonly is: 'reaction';
      readonly conversationId: ConversationId;
      readonly messageId: Position;
      readonly userId: UserId;
      readonly emoji: string;
      readonly isSet: boolean;
      /** It has fewer reactions than this, whoever's; compared only when it is named. */
      readonly below?: number;
    };
