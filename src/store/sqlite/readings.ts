import type {
  AuditRecord,
  Block,
  ConversationFilter,
  ConversationView,
  EntryRange,
  Head,
  MessageRange,
  ParkedDelivery,
  SessionRow,
  Snapshot,
  StoredFile,
  SupportView,
  UnreadTotals,
  WebhookState,
} from '../../app/ports.ts';
import type { Entry } from '../../core/events.ts';
import type {
  Ban,
  Conversation,
  ConversationId,
  Id,
  Member,
  Message,
  Notification,
  Position,
  SupportStatus,
  TimeMs,
  User,
  UserId,
} from '../../core/model.ts';

/** Everything that the reader can be asked, and how it answers; both travel as JSON text. `null`: there is none. */
export type Readings = {
  head: { asks: null; answers: Head };
  readEntries: { asks: EntryRange; answers: { readonly entries: readonly Entry[]; readonly through: Position } };
  loadConversation: { asks: ConversationId; answers: Snapshot<Conversation | null> };
  loadMember: {
    asks: { readonly conversationId: ConversationId; readonly userId: UserId };
    answers: Snapshot<Member | 'barred' | null>;
  };
  listMembers: {
    asks: { readonly conversationId: ConversationId; readonly limit: number; readonly after?: Position };
    answers: {
      readonly members: readonly { readonly member: Member; readonly user: User }[];
      readonly hasMore: boolean;
    };
  };
  loadMemberships: { asks: readonly UserId[]; answers: Snapshot<readonly Membership[]> };
  listConversations: {
    asks: ConversationFilter & {
      readonly userId?: UserId;
      readonly limit: number;
      readonly before?: { readonly updatedAt: TimeMs; readonly id: ConversationId };
    };
    answers: { readonly views: readonly ConversationView[]; readonly hasMore: boolean };
  };
  viewConversation: {
    asks: { readonly id: ConversationId; readonly userId?: UserId };
    answers: ConversationView | null;
  };
  countUnread: { asks: UserId; answers: UnreadTotals };
  listSupportChats: {
    asks: {
      readonly status: SupportStatus;
      readonly viewerId?: UserId | undefined;
      readonly limit: number;
      readonly after?: { readonly since: TimeMs; readonly id: ConversationId };
    };
    answers: { readonly chats: readonly SupportView[]; readonly hasMore: boolean };
  };
  findAcquaintances: {
    asks: { readonly userId: UserId; readonly others: readonly UserId[] };
    answers: readonly UserId[];
  };
  readMessages: {
    asks: MessageRange;
    answers: Snapshot<{ readonly messages: readonly Message[]; readonly hasMore: boolean }>;
  };
  loadMessage: {
    asks: { readonly conversationId: ConversationId; readonly messageId: Position };
    answers: Message | null;
  };
  countQuotes: { asks: { readonly messageId: Position; readonly limit: number }; answers: number };
  findByClientMessageId: {
    asks: { readonly conversationId: ConversationId; readonly senderId: UserId; readonly clientMessageId: string };
    answers: Message | null;
  };
  loadUsers: { asks: readonly UserId[]; answers: readonly User[] };
  findUsers: { asks: { readonly words: string; readonly limit: number }; answers: readonly User[] };
  loadRevocations: { asks: null; answers: readonly (readonly [UserId, number])[] };
  loadBans: { asks: null; answers: readonly (readonly [UserId, Ban])[] };
  loadBlocks: { asks: readonly UserId[]; answers: readonly (readonly [UserId, readonly Block[]])[] };
  loadLastSeen: { asks: readonly UserId[]; answers: readonly (readonly [UserId, TimeMs])[] };
  countUnreadNotifications: { asks: UserId; answers: number };
  listNotifications: {
    asks: { readonly userId: UserId; readonly limit: number; readonly before?: Position };
    answers: {
      readonly notifications: readonly (Notification & { readonly isRead: boolean })[];
      readonly hasMore: boolean;
    };
  };
  loadWebhooks: { asks: null; answers: readonly WebhookState[] };
  listParked: {
    asks: { readonly webhookId: Id; readonly limit: number; readonly after?: Position };
    answers: { readonly parked: readonly ParkedDelivery[]; readonly hasMore: boolean };
  };
  listAudit: {
    asks: { readonly limit: number; readonly before?: number };
    answers: { readonly records: readonly (AuditRecord & { readonly id: number })[]; readonly hasMore: boolean };
  };
  loadNotification: { asks: Position; answers: Notification | null };
  loadSessions: { asks: readonly Id[]; answers: readonly { readonly row: SessionRow; readonly savedAt: TimeMs }[] };
  loadFile: { asks: Id; answers: StoredFile | null };
};

type Membership = { readonly userId: UserId; readonly conversationId: ConversationId; readonly since: Position };

/** The functions of the reader's thread: each answers with JSON text. */
export type Readers<K extends keyof Readings> = { readonly [R in K]: (asked: Readings[R]['asks']) => string };
