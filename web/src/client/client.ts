import { ConversationList } from './conversation-list.ts';
import { ConversationView } from './conversation-view.ts';
import { HttpApi, type NewConversation, type TokenSource } from './http-api.ts';
import { JoinedRooms } from './joined-rooms.ts';
import { Link } from './link.ts';
import type {
  AppNotification,
  ConnectionState,
  Conversation,
  Draft,
  Message,
  Outgoing,
  Presence,
  User,
} from './model.ts';
import { Notifications } from './notifications.ts';
import type { Observable } from './observable.ts';
import { memoryOutbox, type Outbox } from './outbox.ts';
import { Presences } from './presences.ts';
import { fieldsOf, idOf, textOf, timeOf } from './reading.ts';
import { Sending } from './sending.ts';
import { heardMessage, presenceFrom } from './wire.ts';

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
  readonly #presences: Presences;
  readonly #link: Link;
  readonly #sending: Sending;
  readonly #outbox: Outbox;
  readonly #views = new Map<string, ConversationView>();
  readonly #rooms: JoinedRooms;
  readonly #notifications: Notifications;
  readonly #messageListeners = new Set<(message: Message) => void>();

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
    this.#rooms = new JoinedRooms(this.#link);
    this.#presences = new Presences(api);
    this.#notifications = new Notifications(api);
    this.conversations = new ConversationList(api, user, (id) => this.#rooms.join(id));
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

  /** What the application has told the user, the newest first. */
  get notifications(): Observable<readonly AppNotification[]> {
    return this.#notifications.list;
  }

  /** The conversation to look at; the same one for the same id. Call its `open`. */
  conversation(id: string): ConversationView {
    let view = this.#views.get(id);
    if (!view) {
      view = new ConversationView(id, {
        api: this.api,
        userId: this.user.id,
        join: (conversationId) => this.#rooms.join(conversationId),
        send: (conversationId, draft) => this.#send(conversationId, draft),
        tell: (event, payload) => this.#link.tell(event, payload),
        ask: (event, payload) => this.#link.settled().then(() => this.#link.ask(event, payload)),
        membersChanged: (conversationId, members) => this.conversations.nameBy(conversationId, members),
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
    this.#rooms.forget(id);
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

  readNotification(id: string): Promise<void> {
    return this.#notifications.read(id);
  }

  /** Calls `listener` for each message of somebody else that is said from now on. */
  onMessage(listener: (message: Message) => void): () => void {
    this.#messageListeners.add(listener);
    return () => this.#messageListeners.delete(listener);
  }

  /** Calls `listener` for each notification of the application from now on. */
  onNotification(listener: (notification: AppNotification) => void): () => void {
    return this.#notifications.onNew(listener);
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
    await Promise.all([this.conversations.refresh().then(() => this.#askPresence()), this.#notifications.load()]);
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
      if (!this.#rooms.has(conversationId)) this.#meet(conversationId);
    });
    link.onNotice('new_notification', (payload) => this.#notifications.hear(payload));
  }

  #online(resumed: boolean): void {
    if (!resumed) {
      this.#rooms.startSession();
      for (const view of this.#views.values()) view.fallBehind();
      this.conversations.refresh().then(() => this.#askPresence());
    } else this.#askPresence();
    for (const id of this.#rooms.missing()) {
      const view = this.#views.get(id);
      // After the join, so that nothing can be said unheard between the two.
      this.#rooms.join(id).then(() => (view?.isOpen ? view.comeBack() : undefined));
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
      if (view.isOpen) this.#rooms.settled(id).then(() => view.comeBack());
    }
    this.#notifications.load();
  }

  /** A conversation that the user was brought into, or one further down the list. */
  async #meet(conversationId: string): Promise<void> {
    await this.#rooms.join(conversationId);
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
