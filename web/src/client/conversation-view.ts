import { History } from './history.ts';
import type { HttpApi } from './http-api.ts';
import type { Answer } from './link.ts';
import type { Draft, Member, Message } from './model.ts';
import { Observable } from './observable.ts';
import { deleted, isNewer, reacted, revise, type Timeline } from './timeline.ts';
import { Typing } from './typing.ts';

/** What a view needs of the client that it belongs to. */
export type ViewParts = {
  readonly api: HttpApi;
  readonly userId: string;
  readonly join: (conversationId: string) => Promise<void>;
  readonly send: (conversationId: string, draft: Draft) => void;
  /** False when there is no connection. */
  readonly tell: (event: string, payload: unknown) => boolean;
  readonly ask: (event: string, payload: unknown) => Promise<Answer>;
  readonly membersChanged: (conversationId: string, members: readonly Member[]) => void;
};

/** One conversation as somebody looks at it: its messages, members, who types, and what may be done in it. */
export class ConversationView {
  readonly id: string;
  readonly members = new Observable<readonly Member[]>([]);
  readonly #parts: ViewParts;
  readonly #history: History;
  readonly #typing: Typing;
  #opened: Promise<void> | undefined;
  #readUpTo = '0';
  #toldReadUpTo = '0';
  #membersAsked: Promise<void> | undefined;

  constructor(id: string, parts: ViewParts) {
    this.id = id;
    this.#parts = parts;
    this.#history = new History(parts.api, id, parts.userId);
    this.#typing = new Typing((isTyping) => parts.tell('typingIndicator', { roomId: id, isTyping }));
  }

  /** Ids of the others who are typing now. */
  get typing(): Observable<readonly string[]> {
    return this.#typing.users;
  }

  get timeline(): Observable<Timeline> {
    return this.#history.timeline;
  }

  /** Why the conversation, or more of it, cannot be shown, in words for people. `open` tries again. */
  get problem(): Observable<string | undefined> {
    return this.#history.problem;
  }

  /** Joins, and loads the newest messages and the members, once. */
  async open(): Promise<void> {
    if (this.#opened && this.problem.get() !== undefined) return await this.#history.comeBack();
    this.#opened ??= this.#load();
    await this.#opened;
  }

  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  loadOlder(): Promise<void> {
    return this.#history.loadOlder();
  }

  loadNewer(): Promise<void> {
    return this.#history.loadNewer();
  }

  /** Shows the messages around one that may lie far back. False when it cannot be found. */
  jumpTo(messageId: string): Promise<boolean> {
    return this.#history.jumpTo(messageId);
  }

  /** Back to the newest messages, after a jump. */
  jumpToEnd(): Promise<void> {
    return this.#history.jumpToEnd();
  }

  /** For the client only: the connection could not resume, so that something may have been said meanwhile. */
  fallBehind(): void {
    if (this.isOpen) this.#history.fallBehind();
  }

  /** For the client only: the server has another history now, in which ids name other messages. */
  startOver(): void {
    this.#readUpTo = '0';
    this.#toldReadUpTo = '0';
    this.#history.startOver();
    if (this.isOpen) this.reloadMembers();
  }

  /** For the client only, when what was missed can be asked for. */
  comeBack(): Promise<void> {
    return this.#history.comeBack();
  }

  /** For the client only: loads what was said after the newest message known. */
  catchUp(): Promise<void> {
    return this.#history.catchUp();
  }

  /** The message appears at once among `outgoing`, and is sent as soon as that is possible. */
  send(draft: Draft): void {
    this.#typing.hasSaid();
    this.#parts.send(this.id, draft);
  }

  /** Changes the text of an own message. Rejects with words for people when it is refused. */
  async edit(messageId: string, text: string): Promise<void> {
    await this.#demand('editMessage', { roomId: this.id, messageId, content: text });
  }

  /** What the message said is gone, for everybody. Rejects with words for people when it is refused. */
  async delete(messageId: string): Promise<void> {
    await this.#demand('deleteMessage', { roomId: this.id, messageId });
  }

  /** Reacts to a message, or takes the reaction back. Rejects with words for people when it is refused. */
  async react(messageId: string, emoji: string, isSet: boolean): Promise<void> {
    await this.#demand('react', { roomId: this.id, messageId, emoji, isSet });
  }

  /** To be called with every keystroke; tells the others no more often than needed. */
  setTyping(isTyping: boolean): void {
    this.#typing.set(isTyping);
  }

  /** Marks this message and all before it as read. Marks only ever move forward. */
  markRead(messageId: string): void {
    if (isNewer(messageId, this.#readUpTo)) this.#readUpTo = messageId;
    this.tellRead();
  }

  /** For the client only, when there is a connection again: a mark that was made without one is told. */
  tellRead(): void {
    const messageId = this.#readUpTo;
    if (!isNewer(messageId, this.#toldReadUpTo)) return;
    if (this.#parts.tell('readReceipt', { roomId: this.id, messageId })) this.#toldReadUpTo = messageId;
  }

  /** Loads the members again. */
  reloadMembers(): Promise<void> {
    this.#membersAsked ??= this.#parts.api
      .members(this.id)
      .then(
        (members) => this.#setMembers(members),
        () => {},
      )
      .finally(() => {
        this.#membersAsked = undefined;
      });
    return this.#membersAsked;
  }

  /** For the client only: messages that were heard. */
  hear(messages: readonly Message[]): void {
    this.#history.hear(messages);
    const names = new Set(this.members.get().map(({ user }) => user.id));
    for (const { senderId } of messages) {
      this.hearTyping(senderId, false);
      if (!names.has(senderId) && this.#opened) this.reloadMembers();
    }
  }

  /** For the client only: a message has another text now. */
  hearEdit(messageId: string, text: string, editedAt: number): void {
    this.timeline.update((timeline) => revise(timeline, messageId, (message) => ({ ...message, text, editedAt })));
  }

  /** For the client only. */
  hearDelete(messageId: string, at: number): void {
    this.timeline.update((timeline) => revise(timeline, messageId, (message) => deleted(message, at)));
  }

  /** For the client only. */
  hearReaction(messageId: string, userId: string, emoji: string, isSet: boolean): void {
    const react = (message: Message) => reacted(message, emoji, userId, isSet);
    this.timeline.update((timeline) => revise(timeline, messageId, react));
  }

  /** For the client only: somebody types, or has stopped. */
  hearTyping(userId: string, isTyping: boolean): void {
    if (userId !== this.#parts.userId) this.#typing.hear(userId, isTyping);
  }

  /** For the client only: somebody has read up to a message. */
  hearRead(userId: string, messageId: string): void {
    if (userId === this.#parts.userId && isNewer(messageId, this.#toldReadUpTo)) this.#toldReadUpTo = messageId;
    const members = this.members.get();
    const reader = members.find(({ user }) => user.id === userId);
    if (!reader || !isNewer(messageId, reader.readCursor)) return;
    this.#setMembers(members.map((member) => (member === reader ? { ...member, readCursor: messageId } : member)));
  }

  /** For the client only: lets go of its timers. */
  close(): void {
    this.#typing.close();
  }

  async #load(): Promise<void> {
    const joined = this.#parts.join(this.id);
    const [isLoaded] = await Promise.all([this.#history.load(joined), joined.then(() => this.reloadMembers())]);
    if (!isLoaded) this.#opened = undefined;
  }

  async #demand(event: string, payload: unknown): Promise<void> {
    const answer = await this.#parts.ask(event, payload);
    if (answer.is === 'refused') throw new Error(answer.why);
    if (answer.is === 'unanswered') throw new Error('There is no connection. Try again when there is one.');
  }

  #setMembers(members: readonly Member[]): void {
    this.members.set(members);
    this.#parts.membersChanged(this.id, members);
  }
}
