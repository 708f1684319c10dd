import { ConversationList } from './conversation-list.ts';
import { ConversationView } from './conversation-view.ts';
import { HttpApi, type NewConversation, type TokenSource } from './http-api.ts';
import { Link } from './link.ts';
import type {
  AppNotification,
  ConnectionState,
  Conversation,
  Draft,
  Member,
  Message,
  Outgoing,
  Presence,
  User,
} from './model.ts';
import { Observable } from './observable.ts';
import { memoryOutbox, type Outbox } from './outbox.ts';
import { Presences } from './presences.ts';
import { fieldsOf, idOf, textOf, timeOf } from './reading.ts';
import { Sending } from './sending.ts';
import { heardMessage, notificationFrom, presenceFrom } from './wire.ts';

export type ClientOptions = {
  /** Where the server stands, such as `https://chat.example.com`. */
  readonly address: string;
  /** Asked before every connecting and every request. */
  readonly token: TokenSource;
  /** Where unsent messages wait; a memory outbox when absent. */
  readonly outbox?: Outbox;
  /** Whose token it is, where that is known; asked for when absent. */
  readonly user?: User;
};

/**
 * One signed-in user of a Parlance server, over messaging and the HTTP API. Everything that may be shown is an
 * `Observable`; everything that may be done is a method. What is sent while offline waits in the outbox.
 */
export class ChatClient {
  readonly user: User;
  readonly api: HttpApi;
  readonly conversations: ConversationList;
  readonly notifications = new Observable<readonly AppNotification[]>([]);
  readonly #presences: Presences;
  readonly #link: Link;
  readonly #sending: Sending;
  readonly #outbox: Outbox;
  readonly #views = new Map<string, ConversationView>();
  /** What shall be heard; joined as soon as there is a connection. */
  readonly #wanted = new Set<string>();
  readonly #joined = new Map<string, Promise<void>>();
  readonly #messageListeners = new Set<(message: Message) => void>();
  readonly #notificationListeners = new Set<(notification: AppNotification) => void>();

  /** Signs in. Rejects with an `ApiError` when the server does not know the token or cannot be reached. */
  static async connect(options: ClientOptions): Promise<ChatClient> {
    const api = new HttpApi(options.address, options.token);
    const client = new ChatClient(options, api, options.user ?? (await api.me()));
    await client.#start();
    return client;
  }

  private constructor({ address, token, outbox = memoryOutbox() }: ClientOptions, api: HttpApi, user: User) {
    this.user = user;
    this.api = api;
    this.#outbox = outbox;
    this.#link = new Link(
      address.replace(/\/+$/, ''),
      token,
      (resumed) => this.#online(resumed),
      () => this.#startOver(),
    );
    this.#presences = new Presences(api);
    this.conversations = new ConversationList(api, user, (id) => this.#join(id));
    this.#sending = new Sending({
      api,
      outbox,
      ask: (event, payload) => this.#link.ask(event, payload),
      isOnline: () => this.#link.isOnline,
      changed: (outgoing) => this.#showOutgoing(outgoing.conversationId),
      acknowledged: (message) => this.#hear(message),
    });
    this.#listen();
  }

  get connection(): Observable<ConnectionState> {
    return this.#link.state;
  }

  /** By user id: those with whom the user has a direct conversation, and those who came or went since connecting. */
  get presence(): Observable<ReadonlyMap<string, Presence>> {
    return this.#presences.known;
  }

  /** The conversation to look at; the same one for the same id. Call its `open`. */
  conversation(id: string): ConversationView {
    let view = this.#views.get(id);
    if (!view) {
      view = new ConversationView(id, {
        api: this.api,
        userId: this.user.id,
        join: (conversationId) => this.#join(conversationId),
        send: (conversationId, draft) => this.#send(conversationId, draft),
        tell: (event, payload) => this.#link.tell(event, payload),
        ask: (event, payload) => this.#link.settled().then(() => this.#link.ask(event, payload)),
        membersChanged: (conversationId, members) => this.#membersChanged(conversationId, members),
      });
      this.#views.set(id, view);
      this.#showOutgoing(id);
    }
    return view;
  }

  async createConversation(wish: NewConversation): Promise<Conversation> {
    const conversation = await this.api.createConversation(wish);
    this.conversations.put(conversation);
    return conversation;
  }

  /** Leaves a conversation for good. Rejects with an `ApiError`. */
  async leaveConversation(id: string): Promise<void> {
    await this.api.removeMember(id, this.user.id);
    // Joined again by a later session, an open room would make the user a member once more.
    this.#wanted.delete(id);
    this.#joined.delete(id);
    this.#views.get(id)?.close();
    this.#views.delete(id);
    this.conversations.drop(id);
  }

  /** Sends a refused message once more. */
  retry(clientMessageId: string): void {
    this.#sending.retry(clientMessageId);
  }

  /** Forgets a message that was not sent. */
  discard(clientMessageId: string): void {
    this.#sending.discard(clientMessageId);
  }

  /** Tells the server that somebody is (or is not) in front of this client; without them they count as away. */
  setActive(isActive: boolean): void {
    this.#link.setActive(isActive);
  }

  setPresence(status: Presence['status']): void {
    this.#link.tell('presenceUpdate', { status });
  }

  /** Tries to connect now instead of after the pause. */
  retryNow(): void {
    this.#link.retryNow();
  }

  async readNotification(id: string): Promise<void> {
    this.notifications.update((list) => list.map((each) => (each.id === id ? { ...each, isRead: true } : each)));
    await this.api.readNotification(id);
  }

  /** Calls `listener` for each message of somebody else that is said from now on. */
  onMessage(listener: (message: Message) => void): () => void {
    this.#messageListeners.add(listener);
    return () => this.#messageListeners.delete(listener);
  }

  /** Calls `listener` for each notification of the application from now on. */
  onNotification(listener: (notification: AppNotification) => void): () => void {
    this.#notificationListeners.add(listener);
    return () => this.#notificationListeners.delete(listener);
  }

  /** Signs out: ends the connection and all timers. What was not sent stays in the outbox. */
  close(): void {
    this.#sending.close();
    this.#link.close();
    for (const view of this.#views.values()) view.close();
  }

  async #start(): Promise<void> {
    this.#link.open();
    this.#sending.restore(await this.#outbox.all(this.user.id).catch(() => []));
    await Promise.all([this.conversations.refresh().then(() => this.#askPresence()), this.#loadNotifications()]);
  }

  #loadNotifications(): Promise<void> {
    return this.api.notifications({ limit: 50 }).then(
      (list) => this.notifications.set(list),
      () => {},
    );
  }

  #listen(): void {
    const link = this.#link;
    link.onChat('newMessage', (payload) => this.#hear(heardMessage(payload)));
    link.onChat('userTyping', (payload) => {
      const { roomId, userId, isTyping } = fieldsOf(payload);
      this.#views.get(idOf(roomId))?.hearTyping(idOf(userId), isTyping === true);
    });
    link.onChat('messageRead', (payload) => {
      const { roomId, userId, messageId } = fieldsOf(payload);
      this.#views.get(idOf(roomId))?.hearRead(idOf(userId), idOf(messageId));
      if (idOf(userId) === this.user.id) this.conversations.markRead(idOf(roomId), idOf(messageId));
    });
    link.onChat('messageEdited', (payload) => {
      const { id, roomId, content, editedAt } = fieldsOf(payload);
      this.#views.get(idOf(roomId))?.hearEdit(idOf(id), textOf(content), timeOf(editedAt));
      this.conversations.revise(idOf(roomId), idOf(id), { text: textOf(content) });
    });
    link.onChat('messageDeleted', (payload) => {
      const { id, roomId, timestamp } = fieldsOf(payload);
      this.#views.get(idOf(roomId))?.hearDelete(idOf(id), timeOf(timestamp));
      this.conversations.revise(idOf(roomId), idOf(id), { text: '', deletedAt: timeOf(timestamp) });
    });
    link.onChat('messageReaction', (payload) => {
      const { messageId, roomId, userId, emoji, action } = fieldsOf(payload);
      this.#views.get(idOf(roomId))?.hearReaction(idOf(messageId), idOf(userId), textOf(emoji), action === 'added');
    });
    link.onChat('presenceUpdate', (payload) =>
      this.#presences.hear(idOf(fieldsOf(payload).userId), presenceFrom(payload)),
    );
    for (const event of ['userJoinedRoom', 'userLeftRoom']) {
      link.onChat(event, (payload) => {
        const { roomId, userId } = fieldsOf(payload);
        if (idOf(userId) === this.user.id) return;
        const view = this.#views.get(idOf(roomId));
        if (view && view.members.get().length > 0) view.reloadMembers();
      });
    }
    // Finds the user also where this connection has not joined: what speaks up there is joined from then on.
    link.onNotice('message_notification', (payload) => {
      const conversationId = idOf(fieldsOf(payload).conversation_id);
      if (!this.#joined.has(conversationId)) this.#meet(conversationId);
    });
    link.onNotice('new_notification', (payload) => {
      const notification = notificationFrom(payload);
      if (this.notifications.get().some(({ id }) => id === notification.id)) return;
      this.notifications.update((list) => [notification, ...list]);
      for (const listener of this.#notificationListeners) listener(notification);
    });
  }

  #online(resumed: boolean): void {
    if (!resumed) {
      this.#joined.clear();
      for (const view of this.#views.values()) view.fallBehind();
      this.conversations.refresh().then(() => this.#askPresence());
    } else this.#askPresence();
    for (const id of this.#wanted) {
      if (this.#joined.has(id)) continue;
      const view = this.#views.get(id);
      // After the join, so that nothing can be said unheard between the two.
      this.#join(id).then(() => (view?.isOpen ? view.comeBack() : undefined));
    }
    for (const view of this.#views.values()) {
      view.tellRead();
      if (view.problem.get() !== undefined) view.open();
    }
    this.#sending.resume();
  }

  /** A backup was restored: what was loaded may be gone, and its ids may be those of other messages. */
  #startOver(): void {
    for (const [id, view] of this.#views) {
      view.startOver();
      if (!view.isOpen) continue;
      const joining = this.#joined.get(id) ?? Promise.resolve();
      joining.then(() => view.comeBack());
    }
    this.#loadNotifications();
  }

  #join(conversationId: string): Promise<void> {
    this.#wanted.add(conversationId);
    const known = this.#joined.get(conversationId);
    if (known) return known;
    const joining = this.#link.ask('joinRoom', conversationId).then((answer) => {
      if (answer.is !== 'done') this.#joined.delete(conversationId);
      if (answer.is !== 'refused') return;
      // Admins may look on where they may not join; what nobody may see, the HTTP API refuses in its own words.
      if (answer.retryAfterMs === undefined) this.#wanted.delete(conversationId);
      else setTimeout(() => this.#join(conversationId), answer.retryAfterMs);
    });
    this.#joined.set(conversationId, joining);
    return joining;
  }

  /** A conversation that the user was brought into, or one further down the list. */
  async #meet(conversationId: string): Promise<void> {
    await this.#join(conversationId);
    const conversation = await this.conversations.reload(conversationId);
    if (!conversation?.lastMessageId) return;
    const page = await this.api.messages(conversationId, { limit: 1 }).catch(() => undefined);
    const message = page?.messages[0];
    if (!message) return;
    this.conversations.hear(message, false);
    this.#views.get(conversationId)?.catchUp();
    if (message.senderId !== this.user.id) for (const listener of this.#messageListeners) listener(message);
  }

  #hear(message: Message): void {
    const view = this.#views.get(message.conversationId);
    const isNews = this.conversations.hear(message, message.senderId !== this.user.id);
    view?.hear([message]);
    if (message.senderId === this.user.id || !isNews) return;
    for (const listener of this.#messageListeners) listener(message);
  }

  /** Nobody is told twice who came or went: whoever was cut off meanwhile has to ask. */
  #askPresence(): Promise<void> {
    return this.#presences.ask(this.conversations.state.get().items.flatMap(({ partnerId }) => partnerId ?? []));
  }

  #membersChanged(conversationId: string, members: readonly Member[]): void {
    this.conversations.nameBy(conversationId, members);
  }

  #send(conversationId: string, draft: Draft): void {
    this.#sending.add({
      ...draft,
      clientMessageId: crypto.randomUUID(),
      conversationId,
      senderId: this.user.id,
      at: Date.now(),
      state: { is: 'waiting' },
    });
  }

  #showOutgoing(conversationId: string): void {
    const outgoing: readonly Outgoing[] = [...this.#sending.of(conversationId)];
    this.#views.get(conversationId)?.timeline.update((timeline) => ({ ...timeline, outgoing }));
  }
}
