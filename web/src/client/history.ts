import type { HttpApi, MessagePage } from './http-api.ts';
import type { Message } from './model.ts';
import { Observable } from './observable.ts';
import { emptyTimeline, hear, isNewer, merge, quoting, settle, type Timeline } from './timeline.ts';

const pageSize = 50;
const catchUpSize = 500;
/** Whoever goes on and on is given more at once. */
const nextPageSize = (loaded: number): number => (loaded < 300 ? pageSize : 200);

/** The messages of a conversation, as far as they are loaded: a window without gaps that grows both ways, and may be moved. */
export class History {
  readonly timeline = new Observable<Timeline>(emptyTimeline);
  /** Why something could not be loaded, in words for people, until something can. */
  readonly problem = new Observable<string | undefined>(undefined);
  readonly #api: HttpApi;
  readonly #conversationId: string;
  readonly #userId: string;
  /** Counts the moves: a page that was asked for before one would leave a gap after it. */
  #moves = 0;
  /** What is heard while messages before it may be missing; undefined while none are. */
  #early: Message[] | undefined;
  #catching = Promise.resolve();
  #catchUps = 0;

  constructor(api: HttpApi, conversationId: string, userId: string) {
    this.#api = api;
    this.#conversationId = conversationId;
    this.#userId = userId;
  }

  /** Loads the newest messages after `joined`, from which on everything new is heard. False when that cannot be. */
  async load(joined: Promise<void>): Promise<boolean> {
    this.problem.set(undefined);
    this.#loading('first');
    const moves = this.#moves;
    await joined;
    const page = await this.#page({});
    if (moves !== this.#moves) return true;
    this.timeline.update((timeline) => {
      if (!page) return { ...timeline, loading: 'nothing' };
      const last = page.messages.at(-1);
      // What was heard before anybody looked may lie further back, behind a gap.
      const messages = merge(
        page.messages,
        timeline.messages.filter(({ id }) => isNewer(id, last?.id)),
      );
      const outgoing = settle(timeline.outgoing, messages, this.#userId);
      return { messages, outgoing, hasOlder: page.hasMore, hasNewer: false, loading: 'nothing' };
    });
    return page !== undefined;
  }

  async loadOlder(): Promise<void> {
    const { messages, hasOlder, loading } = this.timeline.get();
    const first = messages[0];
    if (!hasOlder || loading !== 'nothing' || !first) return;
    this.#loading('older');
    const moves = this.#moves;
    const page = await this.#page({ before: first.id, limit: nextPageSize(messages.length) });
    if (moves !== this.#moves) return;
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
    const moves = this.#moves;
    const page = await this.#page({ after: last.id, limit: nextPageSize(messages.length) });
    if (moves !== this.#moves) return;
    this.timeline.update((timeline) => ({
      ...timeline,
      loading: 'nothing',
      ...(page && { messages: merge(timeline.messages, page.messages), hasNewer: page.hasMore }),
    }));
    // Something may have been said between the page and this moment; with the window at its end it would now be heard.
    if (page && !page.hasMore) await this.catchUp();
  }

  /** Shows the messages around one that may lie far back. False when it cannot be found. */
  async jumpTo(messageId: string): Promise<boolean> {
    if (this.timeline.get().messages.some(({ id }) => id === messageId)) return true;
    const [older, newer] = await Promise.all([
      this.#page({ before: messageId, limit: pageSize / 2 }),
      this.#page({ after: String(Math.max(0, Number(messageId) - 1)) }),
    ]);
    if (!older || !newer || newer.messages[0]?.id !== messageId) return false;
    await this.#move([...older.messages, ...newer.messages], older.hasMore, newer.hasMore);
    return true;
  }

  /** Back to the newest messages, after a jump. */
  async jumpToEnd(): Promise<void> {
    if (!this.timeline.get().hasNewer) return;
    const page = await this.#page({});
    if (page) await this.#move(page.messages, page.hasMore, false);
  }

  /** What was said from now on may have been missed: call `comeBack` when it can be asked for. */
  fallBehind(): void {
    this.#early ??= [];
  }

  /** What was loaded belongs to a history that is over. Call `comeBack` to load what there is instead. */
  startOver(): void {
    this.#moves++;
    this.#early = [];
    this.timeline.update(({ outgoing }) => ({ ...emptyTimeline, outgoing }));
  }

  /** Loads what was missed, and what became of the newest messages. */
  async comeBack(): Promise<void> {
    await this.catchUp();
    if (this.#early || this.timeline.get().hasNewer) return;
    const page = await this.#page({});
    if (page) this.hear(page.messages);
  }

  /** Loads what was said after the newest message known. */
  catchUp(): Promise<void> {
    this.fallBehind();
    this.#catchUps++;
    this.#catching = this.#catching.then(() => this.#catchUpNow()).finally(() => this.#catchUps--);
    return this.#catching;
  }

  hear(messages: readonly Message[]): void {
    if (!this.#early || this.timeline.get().hasNewer) {
      this.#add(messages);
      return;
    }
    this.#early.push(...messages);
    this.timeline.update((timeline) => {
      const outgoing = settle(timeline.outgoing, messages, this.#userId);
      return outgoing === timeline.outgoing ? timeline : { ...timeline, outgoing };
    });
    if (this.#catchUps === 0) this.catchUp();
  }

  async #catchUpNow(): Promise<void> {
    for (;;) {
      const { messages, hasNewer } = this.timeline.get();
      if (hasNewer) break;
      // What was heard up to now is in what is asked for.
      this.#early = [];
      const last = messages.at(-1);
      const moves = this.#moves;
      const page = await this.#page(last ? { after: last.id, limit: catchUpSize } : {});
      if (!page) return;
      if (moves !== this.#moves) continue;
      this.#add(page.messages);
      if (!last) this.timeline.update((timeline) => ({ ...timeline, hasOlder: page.hasMore }));
      if (!last || !page.hasMore) break;
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#add(early);
  }

  #add(messages: readonly Message[]): void {
    this.timeline.update((timeline) => {
      const quoted = messages.map((message) => quoting(message, timeline.messages));
      return hear(timeline, quoted, this.#userId);
    });
  }

  /** Shows other messages in place of all that are shown. */
  async #move(messages: readonly Message[], hasOlder: boolean, hasNewer: boolean): Promise<void> {
    this.#moves++;
    this.timeline.update(({ outgoing }) => ({ messages, outgoing, hasOlder, hasNewer, loading: 'nothing' }));
    // Something may have been said since they were asked for.
    if (!hasNewer) await this.catchUp();
  }

  async #page(page: { before?: string; after?: string; limit?: number }): Promise<MessagePage | undefined> {
    try {
      const found = await this.#api.messages(this.#conversationId, { limit: pageSize, ...page });
      this.problem.set(undefined);
      return found;
    } catch (error) {
      this.problem.set(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #loading(loading: Timeline['loading']): void {
    this.timeline.update((timeline) => ({ ...timeline, loading }));
  }
}
