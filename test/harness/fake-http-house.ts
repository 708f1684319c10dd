import type { AuditRecord, ConversationView, StoredFile } from '../../src/app/ports.ts';
import { StoreUnavailable } from '../../src/app/ports.ts';
import type { Actor, Answers, CommandOf } from '../../src/core/commands.ts';
import { newConversation } from '../../src/core/conversations.ts';
import type { Conversation, Member, Message, Notification, User } from '../../src/core/model.ts';
import { isRefusal, type Refusal, refuse } from '../../src/core/refusals.ts';
import { userNamedOnly } from '../../src/core/rules.ts';
import type { HttpCommandType, HttpHouse } from '../../src/http/house.ts';

/** What this fake cannot do: such routes are tested with the whole server, in `test/http/`. */
const elsewhere = (): never => {
  throw new Error('The fake house does not do this. Test it with the whole server, in test/http/.');
};

/**
 * A house in memory for tests of the HTTP room: it keeps what it is told and knows just enough rules to refuse. Tokens are
 * `token-<id>`, or `token-<id>-<role>`.
 */
export class FakeHttpHouse implements HttpHouse {
  readonly conversations = new Map<string, Conversation>();
  readonly members = new Map<string, Map<string, Member>>();
  readonly messages: Message[] = [];
  readonly notifications: (Notification & { isRead: boolean })[] = [];
  readonly files = new Map<string, StoredFile>();
  readonly revoked = new Set<string>();
  readonly baseUrls: string[] = [];
  readonly audit: AuditRecord[] = [];
  refuseEvents: Refusal | undefined;
  isDown = false;
  #lastId = 0;

  readonly clock = { nowMs: (): number => 1_700_000_000_000 + this.#lastId };
  readonly ids = { secret: (): string => `secret-${String(++this.#lastId).padStart(20, '0')}` };
  webhooksChanged(): void {}

  async eraseUser(): Promise<{ messages: number; files: number }> {
    throw new Error('No test of this house erases anybody.');
  }
  readonly presence = { of: () => undefined };
  readonly connections = { of: () => [], countElsewhere: () => 0 };
  /** What the next upload is refused with. */
  refuseUploads: Refusal | undefined;
  uploadingBytes = 0;
  readonly uploaded: { readonly userId: string; readonly sizeBytes: number }[] = [];
  readonly limits = {
    takeEvent: (): Refusal | undefined => this.refuseEvents,
    takeUpload: (_user: User, atMostBytes: number): Refusal | undefined => {
      if (this.refuseUploads === undefined) this.uploadingBytes += atMostBytes;
      return this.refuseUploads;
    },
    settleUpload: ({ id: userId }: User, atMostBytes: number, sizeBytes: number): void => {
      this.uploadingBytes -= atMostBytes;
      this.uploaded.push({ userId, sizeBytes });
    },
  };

  async authenticate(token: string): Promise<{ user: User } | undefined> {
    const [, id, role] = /^token-([^-]+)(?:-(\w+))?$/.exec(token) ?? [];
    if (id === undefined || this.revoked.has(id)) return undefined;
    return { user: { ...userNamedOnly(id), role: role ?? 'USER' } };
  }

  #useCases: { [T in HttpCommandType]: (command: CommandOf<T>, actor: Actor) => Answers[T] | Refusal } = {
    CreateConversation: (command, actor) => {
      const id = command.conversationId ?? String(++this.#lastId);
      const existing = this.conversations.get(id);
      if (existing) {
        return existing.kind === command.kind
          ? { conversation: existing, isNew: false }
          : refuse('CONVERSATION_EXISTS');
      }
      const { kind, title } = command;
      const at = this.clock.nowMs();
      const creator = actor.kind === 'user' ? { createdBy: actor.user.id } : {};
      const named = title === undefined ? {} : { title };
      const conversation = newConversation({ id, kind, ...named, ...creator, isAutoCreated: false, at });
      this.conversations.set(id, conversation);
      this.members.set(id, new Map());
      if (actor.kind === 'user') this.#enter(id, actor.user.id, 'owner');
      for (const userId of command.memberIds) this.#enter(id, userId, 'member');
      return { conversation, isNew: true };
    },
    ChangeConversation: (command, actor) => {
      const conversation = this.#reach(command.conversationId, actor);
      if (!conversation) return refuse('NOT_FOUND');
      const { title, status, adminId } = command;
      const changed = {
        ...conversation,
        ...(title === undefined ? {} : { title }),
        ...(status === undefined ? {} : { status }),
        ...(adminId === undefined ? {} : { adminId }),
      };
      this.conversations.set(conversation.id, changed);
      return { conversation: changed };
    },
    AddMember: (command, actor) => {
      if (!this.#reach(command.conversationId, actor)) return refuse('NOT_FOUND');
      const existing = this.members.get(command.conversationId)?.get(command.userId);
      if (existing) return { member: existing, isNew: false };
      return { member: this.#enter(command.conversationId, command.userId, 'member'), isNew: true };
    },
    RemoveMember: (command, actor) => {
      if (!this.#reach(command.conversationId, actor)) return refuse('NOT_FOUND');
      const wasMember = this.members.get(command.conversationId)?.delete(command.userId);
      return wasMember ? { userId: command.userId } : refuse('USER_NOT_FOUND');
    },
    EditMessage: (command, actor) => {
      const message = this.#said(command, actor);
      if (isRefusal(message)) return message;
      if (command.text === '') return refuse('MISSING_CONTENT');
      return { message: this.#keep({ ...message, text: command.text, editedAt: this.clock.nowMs() }) };
    },
    DeleteMessage: (command, actor) => {
      const message = this.#said(command, actor);
      return isRefusal(message)
        ? message
        : { message: this.#keep({ ...message, text: '', deletedAt: this.clock.nowMs() }) };
    },
    SetReaction: (command, actor) => {
      const message = this.#said(command, actor);
      if (isRefusal(message) || actor.kind === 'host') return isRefusal(message) ? message : refuse('FORBIDDEN');
      const { reactions: _, ...rest } = message;
      const reactions = [{ emoji: command.emoji, userIds: [actor.user.id] }];
      return { message: this.#keep(command.isSet ? { ...rest, reactions } : rest) };
    },
    SendMessage: (command, actor) => {
      const conversation = this.#reach(command.conversationId, actor);
      if (!conversation || actor.kind === 'host') return refuse('NOT_FOUND');
      if (command.text === '' && !command.attachment && !command.fileId) return refuse('MISSING_CONTENT');
      const { clientMessageId } = command;
      const first = this.messages.find((said) => said.clientMessageId === clientMessageId && clientMessageId);
      if (first) return { message: first, isRepeat: true };
      const id = ++this.#lastId;
      const replyTo = this.messages.find((said) => said.id === command.replyToId);
      if (command.replyToId !== undefined && !replyTo) return refuse('MESSAGE_NOT_FOUND');
      const message: Message = {
        id,
        conversationId: conversation.id,
        ordinal: conversation.ordinal + 1,
        sender: actor.user,
        text: command.text,
        ...(command.attachment ? { attachment: command.attachment } : {}),
        ...(replyTo ? { replyToId: replyTo.id, replyTo } : {}),
        ...(command.metadata ? { metadata: command.metadata } : {}),
        ...(clientMessageId ? { clientMessageId } : {}),
        at: this.clock.nowMs(),
      };
      this.messages.push(message);
      const updatedAt = this.clock.nowMs();
      this.conversations.set(conversation.id, {
        ...conversation,
        ordinal: message.ordinal,
        lastMessageId: id,
        updatedAt,
      });
      return { message, isRepeat: false };
    },
    ChangeRole: elsewhere,
    KeepConversation: elsewhere,
    MarkRead: elsewhere,
    ReadAllNotifications: elsewhere,
    ChangeProfile: elsewhere,
    SetBlock: elsewhere,
    SetBan: elsewhere,
    CreateNotification: ({ userId, title, message, notificationType: type }) => {
      const notification = { id: ++this.#lastId, userId, title, message, type, at: this.clock.nowMs() };
      this.notifications.unshift({ ...notification, isRead: false });
      return { notification };
    },
    ReadNotification: ({ notificationId }, actor) => {
      const found = this.notifications.find(({ id }) => id === notificationId);
      if (!found || actor.kind === 'host' || found.userId !== actor.user.id) return refuse('NOTIFICATION_NOT_FOUND');
      found.isRead = true;
      return { notificationId };
    },
    RevokeUser: ({ userId }) => {
      this.revoked.add(userId);
      return { userId };
    },
  };

  async execute<T extends HttpCommandType>(
    command: CommandOf<T>,
    actor: Actor,
    context: { readonly baseUrl: string },
  ): Promise<Answers[T] | Refusal> {
    this.baseUrls.push(context.baseUrl);
    if (this.isDown) return refuse('UNAVAILABLE', { retryAfterMs: 2500 });
    const type: T = (command as { readonly type: T }).type;
    return this.#useCases[type](command, actor);
  }

  readonly store: HttpHouse['store'] = {
    viewConversation: async (id, userId) => this.#view(id, userId),
    loadMember: async (id, userId) => ({ position: 0, value: this.members.get(id)?.get(userId) }),
    listConversations: async (userId, { limit, before }) => {
      const views = [...this.conversations.keys()]
        .map((id) => this.#view(id, userId))
        .filter((view) => view !== undefined)
        .filter((view) => userId === undefined || view.member)
        .sort((a, b) => b.conversation.updatedAt - a.conversation.updatedAt)
        .filter((view) => !before || view.conversation.updatedAt < before.updatedAt);
      return { views: views.slice(0, limit), hasMore: views.length > limit };
    },
    listMembers: async (id, { limit, after = 0 }) => {
      const members = [...(this.members.get(id)?.values() ?? [])]
        .filter(({ since }) => since > after)
        .map((member) => ({ member, user: userNamedOnly(member.userId) }));
      return { members: members.slice(0, limit), hasMore: members.length > limit };
    },
    countUnread: elsewhere,
    countUnreadNotifications: async (userId) =>
      this.notifications.filter((one) => one.userId === userId && !one.isRead).length,
    listSupportChats: elsewhere,
    loadBans: elsewhere,
    head: elsewhere,
    readEntries: elsewhere,
    findUsers: elsewhere,
    followers: {
      saveWebhook: elsewhere,
      removeWebhook: elsewhere,
      loadWebhooks: elsewhere,
      moveWebhook: elsewhere,
      replayWebhook: elsewhere,
      parkDelivery: elsewhere,
      listParked: elsewhere,
      takeLease: elsewhere,
      saveAudit: async (record) => void this.audit.push(record),
      listAudit: elsewhere,
    },
    findAcquaintances: elsewhere,
    loadBlocks: elsewhere,
    loadLastSeen: elsewhere,
    loadUsers: async (ids) => new Map(ids.map((id) => [id, userNamedOnly(id)])),
    loadMessage: async (conversationId, messageId) =>
      this.messages.find((said) => said.conversationId === conversationId && said.id === messageId),
    readMessages: async ({ conversationId, after = 0, before = Number.POSITIVE_INFINITY, limit, take }) => {
      const range = this.messages.filter(
        (said) => said.conversationId === conversationId && said.id > after && said.id < before,
      );
      const messages = take === 'oldest' ? range.slice(0, limit) : range.slice(-limit);
      return { position: this.#lastId, value: { messages, hasMore: range.length > limit } };
    },
    listNotifications: async (userId, { limit, before = Number.POSITIVE_INFINITY }) => {
      const all = this.notifications.filter((one) => one.userId === userId && one.id < before);
      return { notifications: all.slice(0, limit), hasMore: all.length > limit };
    },
    loadNotification: async (id) => this.notifications.find((one) => one.id === id),
    loadFile: async (id) => this.files.get(id),
    saveFile: async (file) => {
      if (this.isDown) throw new StoreUnavailable('no room');
      this.files.set(file.id, file);
    },
  };

  #enter(id: string, userId: string, role: Member['role']): Member {
    const member = { userId, role, since: ++this.#lastId, isJoined: false, readCursor: 0 };
    this.members.get(id)?.set(userId, member);
    return member;
  }

  #said({ conversationId, messageId }: CommandOf<'DeleteMessage' | 'EditMessage' | 'SetReaction'>, actor: Actor) {
    if (!this.#reach(conversationId, actor)) return refuse('NOT_FOUND');
    const found = this.messages.find((said) => said.conversationId === conversationId && said.id === messageId);
    return found ?? refuse('MESSAGE_NOT_FOUND');
  }

  #keep(message: Message): Message {
    this.messages.splice(
      this.messages.findIndex(({ id }) => id === message.id),
      1,
      message,
    );
    return message;
  }

  #reach(id: string, actor: Actor): Conversation | undefined {
    const isIn = actor.kind === 'host' || this.members.get(id)?.has(actor.user.id);
    return isIn ? this.conversations.get(id) : undefined;
  }

  #view(id: string, userId: string | undefined): ConversationView | undefined {
    const conversation = this.conversations.get(id);
    if (!conversation) return undefined;
    const members = this.members.get(id);
    const member = userId === undefined ? undefined : members?.get(userId);
    return {
      conversation: { ...conversation, memberCount: members?.size ?? 0 },
      ...(member ? { member } : {}),
      unreadCount: 0,
    };
  }
}
