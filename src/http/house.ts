import type { Clock, Ids, Store } from '../app/ports.ts';
import type { SearchGate } from '../app/search-gate.ts';
import type { Actor, Answers, CommandOf, CommandType } from '../core/commands.ts';
import type { PresenceStatus, TimeMs, User, UserId } from '../core/model.ts';
import type { Refusal } from '../core/refusals.ts';

/** The commands that come over HTTP. */
export type HttpCommandType = Extract<
  CommandType,
  | 'SendMessage'
  | 'EditMessage'
  | 'DeleteMessage'
  | 'SetReaction'
  | 'CreateConversation'
  | 'ChangeConversation'
  | 'AddMember'
  | 'RemoveMember'
  | 'ChangeRole'
  | 'KeepConversation'
  | 'MarkRead'
  | 'CreateNotification'
  | 'ReadNotification'
  | 'ReadAllNotifications'
  | 'RevokeUser'
  | 'ChangeProfile'
  | 'SetBlock'
  | 'SetBan'
>;

/** A connection as those see it who look after the server. */
export type ShownConnection = {
  readonly id: number;
  readonly dialects: readonly string[];
  readonly transport: string;
  readonly namespace: string;
  readonly address: string;
  readonly sessionId: string | undefined;
  readonly joinedCount: number;
  readonly unsentBytes: number;
  readonly isCatchingUp: boolean;
  readonly activeAt: TimeMs;
  readonly expiresAt: TimeMs | undefined;
};

/** What HTTP needs of the house: the use cases, some readings, and the limits. */
export interface HttpHouse {
  /**
   * Decides, commits and announces; answers after the commit. `baseUrl` is where file addresses begin.
   * Rejects with `StoreUnavailable` or answers the refusal UNAVAILABLE when nothing could be written.
   */
  execute<T extends HttpCommandType>(
    command: CommandOf<T>,
    actor: Actor,
    context: { readonly baseUrl: string },
  ): Promise<Answers[T] | Refusal>;
  /** Creates the user when first seen; undefined when the token is bad, expired or revoked. */
  authenticate(
    token: string,
  ): Promise<{ readonly user: User; readonly expiresAtSeconds?: number | undefined } | undefined>;
  readonly store: Pick<
    Store,
    | 'listConversations'
    | 'viewConversation'
    | 'listMembers'
    | 'loadMember'
    | 'countUnread'
    | 'countUnreadNotifications'
    | 'findAcquaintances'
    | 'listSupportChats'
    | 'followers'
    | 'findUsers'
    | 'head'
    | 'loadBans'
    | 'loadBlocks'
    | 'loadLastSeen'
    | 'loadUsers'
    | 'readEntries'
    | 'readMessages'
    | 'loadMessage'
    | 'listNotifications'
    | 'loadNotification'
    | 'loadFile'
    | 'saveFile'
  >;
  readonly presence: {
    /** Who is here or was here a moment ago; undefined for everybody else. */
    of(userId: UserId): { readonly status: PresenceStatus; readonly lastActive: TimeMs } | undefined;
  };
  readonly connections: {
    /** Those that the user has on this node. */
    of(userId: UserId): readonly ShownConnection[];
    /** How many they have on other nodes. */
    countElsewhere(userId: UserId): number;
  };
  /** Absent where search is turned off. */
  readonly search?: Pick<SearchGate, 'find'> | undefined;
  readonly limits: {
    /** Counts one request of this user; the refusal says when to come back. */
    takeEvent(user: User): Refusal | undefined;
    /** Counts an upload of so much at the most, or refuses who has uploaded too much already. */
    takeUpload(user: User, atMostBytes: number): Refusal | undefined;
    /** What the upload has come to; 0 for nothing. */
    settleUpload(user: User, atMostBytes: number, sizeBytes: number): void;
  };
  /** Erases what is known of the user, for good; rejects with `StoreUnavailable` when it has not come to its end. */
  eraseUser(userId: UserId): Promise<{ readonly messages: number; readonly files: number }>;
  /** Webhooks were made, changed or removed. */
  webhooksChanged(): void;
  readonly ids: Pick<Ids, 'secret'>;
  readonly clock: Clock;
}

/** Where HTTP writes its log; pino fits. Lines bear ids, never tokens, queries or file addresses. */
export type HttpLog = {
  readonly [level in 'debug' | 'info' | 'warn' | 'error']: (fields: object, words: string) => void;
};
