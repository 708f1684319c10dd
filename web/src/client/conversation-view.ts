import type { HttpApi } from './http-api.ts';
import type { Answer } from './link.ts';
import type { Draft, Member, Message } from './model.ts';
import { Observable } from './observable.ts';
import {
  deleted,
  emptyTimeline,
  hear,
  isNewer,
  merge,
  quoting,
  reacted,
  revise,
  settle,
  type Timeline,
} from './timeline.ts';
import { Typing } from './typing.ts';

const pageSize = 50;
/** Whoever goes on and on is given more at once. */
const nextPageSize = (loaded: number): number => (loaded < 300 ? pageSize : 200);
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
  readonly timeline = new Observable<Timeline>(emptyTimeline);
  readonly members = new Observable<readonly Member[]>([]);
  /** Why the conversation cannot be shown, in words for people. */
  readonly problem = new Observable<string | undefined>(undefined);
  readonly #parts: ViewParts;
  readonly #typing: Typing;
  #opened: Promise<void> | undefined;
  #readUpTo = '0';
  #toldReadUpTo = '0';
  #membersAsked: Promise<void> | undefined;

  constructor(id: string, parts: ViewParts) {
    this.id = id;
    this.#parts = parts;
    this.#typing = new Typing((isTyping) => parts.tell('typingIndicator', { roomId: id, isTyping }));
  }

  /** Ids of the others who are typing now. */
  get typing(): Observable<readonly string[]> {
    return this.#typing.users;
  }

  /** Joins, and loads the newest messages and the members, once. */
  open(): Promise<void> {
    this.#opened ??= this.#load().catch((error: unknown) => {
      this.#opened = undefined;
      this.problem.set(wordsOf(error));
      this.#loading('nothing');
    });
    return this.#opened;
  }

  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  async loadOlder(): Promise<void> {
    const { messages, hasOlder, loading } = this.timeline.get();
    const first = messages[0];
    if (!hasOlder || loading !== 'nothing' || !first) return;
    this.#loading('older');
    const limit = nextPageSize(messages.length);
    const page = await this.#page({ before: first.id, limit });
    this.timeline.update((timeline) => ({
      ...timeline,
      loading: 'nothing',
      ...(page && { messages: merge(page.messages, timeline.messages), hasOlder: page.hasMore }),
    }));
  }

  async loadNewer(): Promise<void> {
    const { messages, hasNewer, loading } = this.timeline.get();
    const last = messages.at(-1);
    if (!hasNewer || loading !== 'nothing' || !last) return;
    this.#loading('newer');
    const limit = nextPageSize(messages.length);
    const page = await this.#page({ after: last.id, limit });
    this.timeline.update((timeline) => ({
      ...timeline,
      loading: 'nothing',
      ...(page && { messages: merge(timeline.messages, page.messages), hasNewer: page.hasMore }),
    }));
    // Something may have been said between the page and this moment; with the window at its end it would now be heard.
    if (page && !page.hasMore && page.messages.length > 0) await this.catchUp();
  }

  /** Shows the messages around one that may lie far back. False when it cannot be found. */
  async jumpTo(messageId: string): Promise<boolean> {
    const isThere = () => this.timeline.get().messages.some(({ id }) => id === messageId);
    if (isThere()) return true;
    const [older, newer] = await Promise.all([
      this.#page({ before: messageId, limit: pageSize / 2 }),
      this.#page({ after: String(Math.max(0, Number(messageId) - 1)) }),
    ]);
    if (!older || !newer || newer.messages[0]?.id !== messageId) return false;
    this.timeline.update(({ outgoing }) => ({
      messages: [...older.messages, ...newer.messages],
      outgoing,
      hasOlder: older.hasMore,
      hasNewer: newer.hasMore,
      loading: 'nothing',
    }));
    return true;
  }

  /** Back to the newest messages, after a jump. */
  async jumpToEnd(): Promise<void> {
    if (!this.timeline.get().hasNewer) return;
    const page = await this.#page({});
    if (!page) return;
    this.timeline.update((timeline) => ({
      ...timeline,
      messages: page.messages,
      hasOlder: page.hasMore,
      hasNewer: false,
    }));
    await this.catchUp();
  }

  /** For the client only, when the connection could not resume: what was said, and what became of the newest messages. */
  async comeBack(): Promise<void> {
    await this.catchUp();
    const page = this.timeline.get().hasNewer ? undefined : await this.#page({});
    if (page) this.hear(page.messages);
  }

  /** Loads what was said after the newest message known. */
  async catchUp(): Promise<void> {
    for (;;) {
      const { messages, hasNewer } = this.timeline.get();
      const last = messages.at(-1);
      if (hasNewer) return;
      const page = await this.#page(last ? { after: last.id, limit: 500 } : {});
      if (!page) return;
      this.hear(page.messages);
      if (!last) this.timeline.update((timeline) => ({ ...timeline, hasOlder: page.hasMore }));
      if (!last || !page.hasMore) return;
    }
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
    this.timeline.update((timeline) => {
      const quoted = messages.map((message) => quoting(message, timeline.messages));
      return hear(timeline, quoted, this.#parts.userId);
    });
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
    this.problem.set(undefined);
    this.#loading('first');
    // Joined first: from then on everything new is heard, so that no message can fall between page and presence.
    await this.#parts.join(this.id);
    const [page, members] = await Promise.all([
      this.#parts.api.messages(this.id, { limit: pageSize }),
      this.#parts.api.members(this.id),
    ]);
    this.#setMembers(members);
    this.timeline.update((timeline) => {
      const messages = merge(page.messages, timeline.messages);
      const outgoing = settle(timeline.outgoing, messages, this.#parts.userId);
      return { messages, outgoing, hasOlder: page.hasMore, hasNewer: false, loading: 'nothing' };
    });
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

  async #page(page: { before?: string; after?: string; limit?: number }) {
    try {
      return await this.#parts.api.messages(this.id, { limit: pageSize, ...page });
    } catch (error) {
      this.problem.set(wordsOf(error));
      return undefined;
    }
  }

  #loading(loading: Timeline['loading']): void {
    this.timeline.update((timeline) => ({ ...timeline, loading }));
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
