import type { MessageRange, Store } from '../app/ports.ts';
import type { HistoryWish } from '../core/commands.ts';
import type { Entry } from '../core/events.ts';
import type { ConversationId, Message, Position } from '../core/model.ts';
import { reviseMessage } from '../core/revisions.ts';
import type { Sequencer } from './sequencer.ts';

export type Page = { readonly messages: readonly Message[]; readonly hasMore: boolean };

type Reading = ReturnType<Store['readMessages']>;

/** How many messages one join with `after` may bring; what is older is read over HTTP. */
const afterPage = 500;

/**
 * What was said up to this very tick: read from the store, completed from what has passed since, cut where this node has not
 * heard yet. `cutover` runs in the same tick, so that what it starts to hear continues without a hole and without repeating.
 */
export class History {
  readonly #store: Pick<Store, 'readMessages'>;
  readonly #sequencer: Sequencer;
  /** Readings under way: many who join the same conversation at once ask for the same. */
  readonly #readings = new Map<string, Reading>();
  /** How often the store was read. */
  reads = 0;

  constructor(store: Pick<Store, 'readMessages'>, sequencer: Sequencer) {
    this.#store = store;
    this.#sequencer = sequencer;
  }

  /** The newest `limit` messages, oldest first; `hasMore` when there are older ones. */
  newest(conversationId: ConversationId, limit: number, cutover: (page: Page) => void): Promise<void> {
    return this.#read({ conversationId, limit, take: 'newest' }, (read, since) => {
      const all = [...read.messages, ...since];
      cutover({ messages: all.slice(-limit), hasMore: read.hasMore || all.length > limit });
    });
  }

  /** The `limit` messages that follow a place in the log; `hasMore` when there are newer ones. */
  after(conversationId: ConversationId, after: Position, limit: number, cutover: (page: Page) => void): Promise<void> {
    return this.#read({ conversationId, after, limit, take: 'oldest' }, (read, since) => {
      const all = read.hasMore ? read.messages : [...read.messages, ...since.filter((one) => one.id > after)];
      cutover({ messages: all.slice(0, limit), hasMore: read.hasMore || all.length > limit });
    });
  }

  /** At most `limit` messages up to a place in the log: those that follow `after`, or the newest. */
  until(
    conversationId: ConversationId,
    { after, upTo, limit }: { readonly after: Position | undefined; readonly upTo: Position; readonly limit: number },
    cutover: (page: Page) => void,
  ): Promise<void> {
    const from = after === undefined ? { take: 'newest' as const } : { after, take: 'oldest' as const };
    return this.#read({ conversationId, before: upTo + 1, limit, ...from }, (read) => cutover(read));
  }

  /** Everything that a join wishes to hear of the past. */
  async wished(
    conversationId: ConversationId,
    wish: HistoryWish,
    cutover: (messages: readonly Message[]) => void,
  ): Promise<void> {
    if (wish.want === 'none') {
      cutover([]);
    } else if (wish.want === 'newest') {
      await this.newest(conversationId, wish.limit, ({ messages }) => cutover(messages));
    } else {
      await this.#everythingAfter(conversationId, wish.position, [], cutover);
    }
  }

  #everythingAfter(
    conversationId: ConversationId,
    after: Position,
    before: readonly Message[],
    cutover: (messages: readonly Message[]) => void,
  ): Promise<void> {
    let next: Page | undefined;
    return this.after(conversationId, after, afterPage, (page) => {
      if (page.hasMore && page.messages.length > 0) next = page;
      else cutover([...before, ...page.messages]);
    }).then(() => {
      const last = next?.messages.at(-1);
      if (!next || !last) return undefined;
      return this.#everythingAfter(conversationId, last.id, [...before, ...next.messages], cutover);
    });
  }

  /** Whatever has passed since a reading of another one was taken is added to it, as to one's own. */
  #ask(range: MessageRange): Reading {
    const asked = JSON.stringify(range);
    const underWay = this.#readings.get(asked);
    if (underWay) return underWay;
    this.reads++;
    const reading = this.#store.readMessages(range).finally(() => this.#readings.delete(asked));
    this.#readings.set(asked, reading);
    return reading;
  }

  async #read(range: MessageRange, done: (read: Page, since: readonly Message[]) => void): Promise<void> {
    // Who asks has heard more on another node: what lies between must not be told again.
    if (range.after !== undefined && range.after > this.#sequencer.position) await this.#sequencer.catchUp();
    for (;;) {
      const { position, value } = await this.#ask(range);
      const now = this.#sequencer.position;
      const entries = position < now ? this.#sequencer.recent(position, range.conversationId) : [];
      // More has passed than the ring holds: read again, it is in the store by now.
      if (!entries) continue;
      const since = entries.flatMap(({ event }) => (event.type === 'MessageSent' ? [event.message] : []));
      const heard = value.messages.filter((message) => message.id <= now);
      const asNow = (messages: readonly Message[]) => revised(messages, entries);
      // What this node has not heard yet is cut off at the newer end, and comes by itself.
      const hasMore = value.hasMore && (range.take === 'newest' || heard.length === value.messages.length);
      done({ messages: asNow(heard), hasMore }, asNow(since));
      return;
    }
  }
}

/** Messages as they are after these entries, without those that were deleted. */
function revised(messages: readonly Message[], entries: readonly Entry[]): readonly Message[] {
  const asNow = entries.length === 0 ? messages : messages.map((message) => entries.reduce(reviseMessage, message));
  return asNow.filter(({ deletedAt }) => deletedAt === undefined);
}
