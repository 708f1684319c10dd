import type { Entry } from '../core/events.ts';
import type {
  Ban,
  Conversation,
  ConversationId,
  ConversationKind,
  Id,
  Member,
  MemberSettings,
  Message,
  Notification,
  Position,
  SupportStatus,
  TimeMs,
  User,
  UserId,
} from '../core/model.ts';
import type { AppendItem, AppendOutcome, StoredSession } from './append-ports.ts';
import type { ErasureStore } from './erasure-ports.ts';
import type { FollowerStore } from './follower-ports.ts';
import type { RetentionStore } from './retention-ports.ts';

export type { ReadMarks } from '../core/commands.ts';
export type { Draft, Precondition } from '../core/decisions.ts';
export type { AppendItem, AppendOutcome, DecidedIn, SessionRow, StoredSession } from './append-ports.ts';
export { type Blobs, TooLarge } from './blob-ports.ts';
export type { Bus, BusListener, NodePresence, Telling } from './bus-ports.ts';
export type { ErasureStore } from './erasure-ports.ts';
export type {
  AuditRecord,
  FollowerStore,
  ParkedDelivery,
  SavedFailure,
  Straggler,
  Webhook,
  WebhookFailure,
  WebhookPlace,
  WebhookState,
} from './follower-ports.ts';
export type { FilePage, Horizons, RetentionStore } from './retention-ports.ts';
export type { SearchIndex, SearchPage, SearchQuery } from './search-ports.ts';

/** What the use cases need from the outside, and the laws that every driver keeps. */

// ---- The log and its tables -------------------------------------------------------------------------------------

/** Where the log is. */
export type Head = {
  /** The newest position, 0 for an empty log. */
  readonly position: Position;
  /** Names this history: a log that was set back to an earlier state gets another one. */
  readonly epoch: string;
  /** Signs what clients carry of this log; the same on every node, and for nobody's eyes. */
  readonly secret: string;
};

/** Where one list of messages ends and another begins. All bounds exclusive; results oldest first. */
export type MessageRange = {
  readonly conversationId: ConversationId;
  readonly after?: Position;
  readonly before?: Position;
  readonly limit: number;
  /** Which end to take `limit` from when there are more. */
  readonly take: 'oldest' | 'newest';
  /** Also what is left of deleted messages. */
  readonly withDeleted?: boolean;
};

export type EntryRange = {
  /** Exclusive. */
  readonly after: Position;
  /** Inclusive; absent: the head. */
  readonly upTo?: Position;
  readonly limit: number;
  /** Only entries of these; absent: all. */
  readonly topics?: { readonly conversationIds: readonly ConversationId[]; readonly userIds: readonly UserId[] };
};

/** A reading taken at one moment: everything up to `position` is in it, nothing after. */
export type Snapshot<T> = { readonly position: Position; readonly value: T };

/** A conversation row as lists show it to one user. */
export type ConversationView = {
  readonly conversation: Conversation;
  readonly member?: Member;
  readonly unreadCount: number;
  /** How the asking member keeps it; absent: neither archived nor muted, or no member. */
  readonly settings?: MemberSettings;
  readonly lastMessage?: Message;
  /** Of a direct conversation: the other one of the two, also when they have gone. */
  readonly peer?: User;
};

/** Which conversations a list shows; what is not named, is not asked for. */
export type ConversationFilter = {
  /** Only of a user's own list. */
  readonly isArchived?: boolean;
  readonly kind?: ConversationKind;
};

/** What a user has not read, over all conversations that they neither archived nor muted. */
export type UnreadTotals = { readonly messages: number; readonly conversations: number };

/** A support chat, and since when it has had its status. */
export type SupportView = { readonly view: ConversationView; readonly since: TimeMs };

export type Block = { readonly userId: UserId; readonly at: TimeMs };

export type StoredFile = {
  readonly id: Id;
  readonly uploadedBy: UserId | null;
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly at: TimeMs;
};

/**
 * The one durable log and the tables that answer questions about it.
 *
 * Laws: positions are 1, 2, 3, … without gaps in commit order; the entry and the tables change in one transaction; what
 * `append` has answered is on disk; a reading never shows part of an item. All reads may run beside a write.
 */
export interface Store extends AsyncDisposable {
  /**
   * Commits all items in one transaction, in their order, each wholly or not at all, and answers in the same order. Where other
   * nodes write as well, what follows a broken item and was decided on the same facts, or older ones, is answered as stale, unless
   * what was broken was expected of a message alone. Calls that overlap are committed in the order of the calls. Rejects with
   * {@link StoreUnavailable} when nothing was written because the store cannot write now (disk full, database away); the caller may
   * repeat.
   */
  append(items: readonly AppendItem[]): Promise<readonly AppendOutcome[]>;
  head(): Promise<Head>;
  /**
   * Entries in `(after, through]`, in order. `through` is what the answer speaks for: fewer entries than positions are final
   * holes that keyed entries left behind, or other topics.
   */
  readEntries(range: EntryRange): Promise<{ readonly entries: readonly Entry[]; readonly through: Position }>;
  loadConversation(id: ConversationId): Promise<Snapshot<Conversation | undefined>>;
  /** `barred`: removed by somebody else and not added again. */
  loadMember(conversationId: ConversationId, userId: UserId): Promise<Snapshot<Member | 'barred' | undefined>>;
  /** In the order in which they became members, from the first one after `after` (a member's `since`). */
  listMembers(
    conversationId: ConversationId,
    page: { readonly limit: number; readonly after?: Position },
  ): Promise<{
    readonly members: readonly { readonly member: Member; readonly user: User }[];
    readonly hasMore: boolean;
  }>;
  /** The conversations of several users at once, each with the position since which they are a member. */
  loadMemberships(
    userIds: readonly UserId[],
  ): Promise<
    Snapshot<ReadonlyMap<UserId, readonly { readonly conversationId: ConversationId; readonly since: Position }[]>>
  >;
  /** Newest activity first. `before` is the `lastActivity` cursor of the previous page's last row (its updatedAt, id). */
  listConversations(
    userId: UserId | undefined,
    page: ConversationFilter & {
      readonly limit: number;
      readonly before?: { readonly updatedAt: TimeMs; readonly id: ConversationId };
    },
  ): Promise<{ readonly views: readonly ConversationView[]; readonly hasMore: boolean }>;
  viewConversation(id: ConversationId, userId: UserId | undefined): Promise<ConversationView | undefined>;
  countUnread(userId: UserId): Promise<UnreadTotals>;
  /** Those in a status that the viewer was not removed from, longest first; `after`: the last one of the page before. */
  listSupportChats(page: {
    readonly status: SupportStatus;
    readonly viewerId?: UserId | undefined;
    readonly limit: number;
    readonly after?: { readonly since: TimeMs; readonly id: ConversationId };
  }): Promise<{ readonly chats: readonly SupportView[]; readonly hasMore: boolean }>;
  /** Those of the others with whom the user shares a conversation. */
  findAcquaintances(userId: UserId, others: readonly UserId[]): Promise<ReadonlySet<UserId>>;
  readMessages(
    range: MessageRange,
  ): Promise<Snapshot<{ readonly messages: readonly Message[]; readonly hasMore: boolean }>>;
  /** Also one that was deleted, as what is left of it. */
  loadMessage(conversationId: ConversationId, messageId: Position): Promise<Message | undefined>;
  /** How many messages quote this one; counted no further than `limit`. */
  countQuotes(messageId: Position, limit: number): Promise<number>;
  /** The message that the sender said under this clientMessageId. */
  findByClientMessageId(
    conversationId: ConversationId,
    senderId: UserId,
    clientMessageId: string,
  ): Promise<Message | undefined>;
  loadUsers(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, User>>;
  /**
   * Whose id, name or email address contains the words, by id, no more than `limit`. Case matters not, at least that of
   * ASCII letters. Looks through all users: for people who search, not for requests of clients.
   */
  findUsers(words: string, limit: number): Promise<readonly User[]>;
  /** Every revocation: user id → second up to which their tokens are refused. */
  loadRevocations(): Promise<ReadonlyMap<UserId, number>>;
  /** Every ban there is, also those that have ended by themselves. */
  loadBans(): Promise<ReadonlyMap<UserId, Ban>>;
  /** Whom each of these users blocks, the newest last; users who block nobody may be missing. */
  loadBlocks(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly Block[]>>;
  /** Users whom nobody has seen yet are missing. */
  loadLastSeen(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, TimeMs>>;
  /** Durable when it answers; an earlier time never replaces a later one. */
  saveLastSeen(seen: ReadonlyMap<UserId, TimeMs>): Promise<void>;
  /** Newest first. */
  listNotifications(
    userId: UserId,
    page: { readonly limit: number; readonly before?: Position },
  ): Promise<{
    readonly notifications: readonly (Notification & { readonly isRead: boolean })[];
    readonly hasMore: boolean;
  }>;
  countUnreadNotifications(userId: UserId): Promise<number>;
  loadNotification(id: Position): Promise<Notification | undefined>;
  /** Those that were saved and not forgotten. */
  loadSessions(ids: readonly Id[]): Promise<ReadonlyMap<Id, StoredSession>>;
  /**
   * Deletes the sessions that were saved last before this time, and answers how many it deleted. One that is saved meanwhile
   * stays. When it rejects, some may be gone already.
   */
  forgetSessions(savedBefore: TimeMs): Promise<number>;
  readonly retention: RetentionStore;
  readonly erasure: ErasureStore;
  /** What is kept beside the log, for those who follow it. */
  readonly followers: FollowerStore;
  /** Durable when it answers. */
  saveFile(file: StoredFile): Promise<void>;
  loadFile(id: Id): Promise<StoredFile | undefined>;
}

/** The store cannot write now and has written nothing; the same may succeed later. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

// ---- The rest -------------------------------------------------------------------------------------------------------

/** The clock of a running server never runs backwards; those of other nodes, and of an earlier start, may be ahead of it. */
export interface Clock {
  nowMs(): TimeMs;
}

/** Ids that were never given before. */
export interface Ids {
  /** A fresh id that is a safe decimal integer, so that every dialect can write it in its own way. */
  conversationId(): ConversationId;
  /** Unguessable. */
  secret(): Id;
}

/** Who a token speaks for, once it was verified. */
export type Principal = {
  readonly user: User;
  /** Which fields of the profile the token itself named; the role is always its own. */
  readonly named: { readonly email: boolean; readonly name: boolean };
  /** Seconds since the epoch. */
  readonly issuedAtSeconds?: number;
  readonly expiresAtSeconds?: number;
};

/** Verifies the tokens that the host application signs. */
export interface Tokens {
  /** The principal, or undefined for anything that is not a valid token. Never throws for bad input. */
  verify(token: string): Promise<Principal | undefined>;
}
