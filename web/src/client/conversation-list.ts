import type { ConversationPage, HttpApi } from './http-api.ts';
import type { Conversation, Member, Message, User } from './model.ts';
import { Observable } from './observable.ts';
import { isNewer } from './timeline.ts';

export type ListedConversation = Conversation & {
  /** Its title, or the names of the others. */
  readonly name: string;
  /** The one other member of a direct conversation. */
  readonly partnerId?: string;
};

export type ListState = {
  /** Newest activity first. */
  readonly items: readonly ListedConversation[];
  readonly nextBefore: string | undefined;
  readonly isLoading: boolean;
  readonly problem: string | undefined;
};

const pageSize = 50;
const archivedAtMost = 500;
const directAtOnce = 500;
/** Joined at once when the list is loaded; others when they speak up or are opened. */
const joinedAtMost = 100;

/** The conversations of the user by newest activity, with what of each is unread. */
export class ConversationList {
  readonly state = new Observable<ListState>({ items: [], nextBefore: undefined, isLoading: true, problem: undefined });
  readonly #api: HttpApi;
  readonly #user: User;
  readonly #join: (id: string) => Promise<void>;
  readonly #members = new Map<string, readonly Member[]>();
  /** By user id: messages that are heard bear no names, those of the HTTP API do. */
  readonly #names = new Map<string, string>();
  readonly #asked = new Set<string>();
  /** By user id: whoever says several things at once is asked for once. */
  readonly #asking = new Map<string, Promise<void>>();

  constructor(api: HttpApi, user: User, join: (id: string) => Promise<void>) {
    this.#api = api;
    this.#user = user;
    this.#join = join;
  }

  /** Loads the first page again. */
  async refresh(): Promise<void> {
    await this.#load(undefined);
  }

  /** Adds the next page, of `limit` conversations; 500 at the most. */
  async loadMore(limit = pageSize): Promise<void> {
    const { nextBefore, isLoading } = this.state.get();
    if (nextBefore !== undefined && !isLoading) await this.#load(nextBefore, limit);
  }

  /** Adds what the user has archived, which no other page has. Rejects with an `ApiError`. */
  async loadArchived(): Promise<void> {
    const { conversations } = await this.#api.conversations({ archived: 'true', limit: archivedAtMost });
    this.#add(conversations);
  }

  /** The direct conversation with this user, archived or not; of several the newest. Rejects with an `ApiError`. */
  async directWith(userId: string): Promise<Conversation | undefined> {
    const all = { kind: 'direct', archived: 'all', limit: directAtOnce } as const;
    for (let before: string | undefined; ; ) {
      const page = await this.#api.conversations({ ...all, ...(before !== undefined && { before }) });
      const found = page.conversations.find(({ peer }) => peer?.id === userId);
      if (found) this.put(found);
      before = page.nextBefore;
      if (found || before === undefined) return found;
    }
  }

  /** For the client only: the user has left it, which no page tells of one that is archived or lies further back. */
  drop(id: string): void {
    this.#show(this.state.get().items.filter((item) => item.id !== id));
  }

  find(id: string): ListedConversation | undefined {
    return this.state.get().items.find((item) => item.id === id);
  }

  /** Adds or replaces a conversation. */
  put(conversation: Conversation): void {
    this.#learn(conversation.lastMessage);
    const known = this.find(conversation.id);
    const lastMessage = conversation.lastMessage ?? known?.lastMessage;
    const item = this.#named({ ...conversation, ...(lastMessage && { lastMessage }) });
    this.#show([item, ...this.state.get().items.filter(({ id }) => id !== item.id)]);
    this.#complete([item]);
  }

  /** Asks the server how a conversation stands now; undefined when the user may not see it. */
  async reload(id: string): Promise<Conversation | undefined> {
    const conversation = await this.#api.conversation(id).catch(() => undefined);
    if (conversation) this.put(conversation);
    return conversation;
  }

  /** For the client only: true when the message is newer than what the list knew. */
  hear(message: Message, countsAsUnread: boolean): boolean {
    const known = this.find(message.conversationId);
    if (!known) {
      this.reload(message.conversationId).then(() => this.#lastSaid(message));
      return true;
    }
    if (!isNewer(message.id, known.lastMessage?.id ?? known.lastMessageId)) {
      this.#lastSaid(message);
      return false;
    }
    const unreadCount = countsAsUnread ? known.unreadCount + 1 : known.unreadCount;
    this.#change(known.id, {
      lastMessage: message,
      lastMessageId: message.id,
      messageCount: known.messageCount + 1,
      updatedAt: message.at,
      unreadCount,
    });
    return true;
  }

  /** The name of who said a message that was heard; the server is asked where nobody has named them yet. */
  async senderName(message: Message): Promise<string | undefined> {
    const { senderId, senderName } = message;
    if (senderName === undefined && !this.#names.has(senderId)) {
      const asked = this.#asking.get(senderId) ?? this.#askAgain(message);
      this.#asking.set(senderId, asked);
      await asked;
      this.#asking.delete(senderId);
    }
    return senderName ?? this.#names.get(senderId);
  }

  /** For the client only: the user has read up to a message, here or elsewhere. */
  markRead(id: string, messageId: string): void {
    const known = this.find(id);
    if (!known || !isNewer(messageId, known.readCursor)) return;
    const isAll = !isNewer(known.lastMessageId ?? '0', messageId);
    this.#change(id, { readCursor: messageId, ...(isAll && { unreadCount: 0 }) });
    if (!isAll) this.reload(id);
  }

  /** For the client only: the newest message reads otherwise now. */
  revise(id: string, messageId: string, change: { text: string; deletedAt?: number }): void {
    const lastMessage = this.find(id)?.lastMessage;
    if (lastMessage?.id === messageId) this.#change(id, { lastMessage: { ...lastMessage, ...change } });
  }

  /** Archives or mutes, for this user alone. */
  async keep(id: string, settings: { isArchived?: boolean; isMuted?: boolean }): Promise<void> {
    await this.#api.keepConversation(id, settings);
    this.#change(id, settings);
  }

  /** For the client only: members give nameless conversations their names. */
  nameBy(id: string, members: readonly Member[]): void {
    this.#members.set(id, members);
    for (const { user } of members) this.#names.set(user.id, user.name);
    const known = this.find(id);
    if (known) this.#change(id, { memberCount: members.length });
  }

  async #load(before: string | undefined, limit = pageSize): Promise<void> {
    const asked = this.state.get().items;
    this.state.update((state) => ({ ...state, isLoading: true }));
    try {
      const page = await this.#api.conversations({ limit, ...(before !== undefined && { before }) });
      const gone = before === undefined ? goneSince(asked, page) : new Set<string>();
      const items = this.state.get().items.filter(({ id }) => !gone.has(id));
      this.state.set({ items, nextBefore: page.nextBefore, isLoading: false, problem: undefined });
      this.#add(page.conversations);
      for (const { id } of this.state.get().items.slice(0, joinedAtMost)) this.#join(id);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.state.update((state) => ({ ...state, isLoading: false, problem }));
    }
  }

  #add(conversations: readonly Conversation[]): void {
    const fresh = conversations.map((conversation) => {
      this.#learn(conversation.lastMessage);
      const lastMessage = conversation.lastMessage ?? this.find(conversation.id)?.lastMessage;
      return this.#named({ ...conversation, ...(lastMessage && { lastMessage }) });
    });
    const ids = new Set(fresh.map(({ id }) => id));
    this.#show([...fresh, ...this.state.get().items.filter(({ id }) => !ids.has(id))]);
    this.#complete(fresh);
  }

  /** Names and last messages that the list did not bring. */
  async #complete(items: readonly ListedConversation[]): Promise<void> {
    for (const { id, kind, title, peer, lastMessageId, lastMessage } of items) {
      const needsMembers = title === undefined && kind !== 'open' && peer === undefined && !this.#asked.has(id);
      if (needsMembers) {
        this.#asked.add(id);
        const members = await this.#api.members(id).catch(() => undefined);
        if (members) this.nameBy(id, members);
      }
      if (lastMessageId !== undefined && isNewer(lastMessageId, lastMessage?.id)) {
        const page = await this.#api.messages(id, { limit: 1 }).catch(() => undefined);
        if (page?.messages[0]) this.#lastSaid(page.messages[0]);
      }
    }
  }

  /** The same message, as the HTTP API tells it. */
  async #askAgain({ id, conversationId }: Message): Promise<void> {
    const after = String(Number(id) - 1);
    const page = await this.#api.messages(conversationId, { limit: 1, after }).catch(() => undefined);
    if (page?.messages[0]?.id === id) this.#lastSaid(page.messages[0]);
  }

  #lastSaid(message: Message): void {
    this.#learn(message);
    const known = this.find(message.conversationId);
    const isFuller = known?.lastMessage?.id === message.id && known.lastMessage.senderName === undefined;
    if (known && (isFuller || isNewer(message.id, known.lastMessage?.id)))
      this.#change(known.id, { lastMessage: message });
  }

  #change(id: string, change: Partial<Conversation>): void {
    this.#show(this.state.get().items.map((item) => (item.id === id ? this.#named({ ...item, ...change }) : item)));
  }

  #show(items: readonly ListedConversation[]): void {
    const sorted = items.toSorted((a, b) => b.updatedAt - a.updatedAt);
    this.state.update((state) => ({ ...state, items: sorted }));
  }

  #named(conversation: Conversation): ListedConversation {
    const { id, kind, title, clientId } = conversation;
    const others = (this.#members.get(id) ?? []).filter(({ user }) => user.id !== this.#user.id);
    const partner = kind === 'direct' ? (conversation.peer ?? others[0]?.user) : undefined;
    const client = others.find(({ user }) => user.id === clientId);
    const names = others.map(({ user }) => user.name);
    const list = names.length > 3 ? `${names.slice(0, 3).join(', ')} +${names.length - 3}` : names.join(', ');
    const bySupport = client ? client.user.name : 'Support';
    const name = title ?? partner?.name ?? (kind === 'support' ? bySupport : kind === 'open' ? id : list || id);
    const lastMessage = this.#signed(conversation.lastMessage);
    return { ...conversation, name, ...(lastMessage && { lastMessage }), ...(partner && { partnerId: partner.id }) };
  }

  /** With the name of who said it, where that is known. */
  #signed(message: Message | undefined): Message | undefined {
    const senderName = message?.senderName ?? this.#names.get(message?.senderId ?? '');
    return message && senderName !== undefined ? { ...message, senderName } : message;
  }

  #learn(message: Message | undefined): void {
    if (message?.senderName !== undefined) this.#names.set(message.senderId, message.senderName);
  }
}

/** Of what was listed when the first page was asked for: what it would hold if the user were still a member. */
function goneSince(asked: readonly ListedConversation[], page: ConversationPage): ReadonlySet<string> {
  const ids = new Set(page.conversations.map(({ id }) => id));
  const oldest = page.nextBefore === undefined ? 0 : Math.min(...page.conversations.map(({ updatedAt }) => updatedAt));
  return new Set(
    asked.flatMap(({ id, role, isArchived, updatedAt }) =>
      role !== undefined && !isArchived && updatedAt > oldest && !ids.has(id) ? [id] : [],
    ),
  );
}
