import type { MessageRange, Store } from '../app/ports.ts';
import type { HistoryWish } from '../core/commands.ts';
import type { Entry } from '../core/events.ts';
import type { ConversationId, Message, Position } from '../core/model.ts';
import { reviseMessage } from '../core/revisions.ts';
import type { Sequencer } from './sequencer.ts';

export type Page = { readonly messages: readonly Message[]; readonly hasMore: boolean };

type Reading = ReturnType<Store['readMessages']>;

/** How many messages of a long history are read at once, and the characters of a piece from which on it has enough. */
const afterPage = 500;
const pieceCharacters = 65_536;
/** Messages that are read for one piece where each is read by itself. */
const pieceMessages = 20;

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

  /**
   * Everything that a join wishes to hear of the past. Of what is long, `earlier` takes piece after piece before the `cutover`: it
   * resolves when there is room for more, with false to end it.
   */
  async wished(
    conversationId: ConversationId,
    wish: HistoryWish,
    earlier: (messages: readonly Message[]) => Promise<boolean>,
    cutover: (messages: readonly Message[]) => void,
  ): Promise<void> {
    if (wish.want === 'none') {
      cutover([]);
    } else if (wish.want === 'newest') {
      await this.newest(conversationId, wish.limit, ({ messages }) => cutover(messages));
    } else {
      let after: Position | undefined = wish.position;
      while (after !== undefined) after = await this.#pageAfter(conversationId, after, earlier, cutover);
    }
  }

  /** The place after which it goes on, or undefined when that was all. What is cut over at once is never much. */
  async #pageAfter(
    conversationId: ConversationId,
    after: Position,
    earlier: (messages: readonly Message[]) => Promise<boolean>,
    cutover: (messages: readonly Message[]) => void,
  ): Promise<Position | undefined> {
    let pieces: readonly (readonly Message[])[] = [];
    let readAt = this.#sequencer.position;
    await this.after(conversationId, after, afterPage, ({ messages, hasMore }) => {
      readAt = this.#sequencer.position;
      pieces = splitIntoPieces(messages);
      if (pieces.length > 1 || (hasMore && messages.length > 0)) return;
      pieces = [];
      cutover(messages);
    });
    let told: Position | undefined;
    for (const piece of pieces) {
      // A piece may have waited long: what was taken back since must not be told any more.
      const since = this.#sequencer.recent(readAt, conversationId);
      if (!since) return told ?? after;
      const asNow = revised(piece, since);
      if (asNow.length > 0 && !(await earlier(asNow))) return undefined;
      told = piece.at(-1)?.id;
    }
    return told;
  }

  /**
   * Tells messages that were read just now: at once where they are not heavier than that, else piece after piece, each read when there
   * is room for it, so that none waits in memory. Begins at once. `earlier` takes all but the last, and ends it by false.
   */
  inPieces(
    conversationId: ConversationId,
    messages: readonly Message[],
    atOnce: number,
    earlier: (messages: readonly Message[]) => Promise<boolean>,
    last: (messages: readonly Message[]) => void,
  ): Promise<void> {
    const [piece = []] = splitIntoPieces(messages);
    const [end, upTo] = [piece.at(-1)?.id, messages.at(-1)?.id];
    if (end !== undefined && upTo !== undefined && end < upTo && weightOfAll(messages) > atOnce) {
      return this.#pieces(conversationId, { after: end, upTo }, earlier(piece), earlier, last);
    }
    last(messages);
    return Promise.resolve();
  }

  async #pieces(
    conversationId: ConversationId,
    { after, upTo }: { readonly after: Position; readonly upTo: Position },
    told: Promise<boolean>,
    earlier: (messages: readonly Message[]) => Promise<boolean>,
    last: (messages: readonly Message[]) => void,
  ): Promise<void> {
    let toldUpTo: Position | undefined = after;
    let isWanted = await told;
    while (isWanted && toldUpTo !== undefined) {
      const range = { after: toldUpTo, upTo, limit: pieceMessages };
      let telling: Promise<boolean> | undefined;
      await this.until(conversationId, range, ({ messages, hasMore }) => {
        const [piece = []] = splitIntoPieces(messages);
        telling = Promise.resolve(true);
        // All of it was deleted while it was read: the next reading passes over it.
        if (hasMore && piece.length === 0) return;
        toldUpTo = hasMore || piece.length < messages.length ? piece.at(-1)?.id : undefined;
        if (toldUpTo === undefined) last(piece);
        else telling = earlier(piece);
      });
      isWanted = (await telling) ?? false;
    }
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

/** About the characters that telling it takes. */
function weightOf({ text, metadata }: Message): number {
  return metadata === undefined ? text.length : text.length + JSON.stringify(metadata).length;
}

function weightOfAll(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + weightOf(message), 0);
}

/** Each piece as full as {@link pieceCharacters} say, and no emptier than one message. */
function splitIntoPieces(messages: readonly Message[]): Message[][] {
  const pieces: Message[][] = [];
  let room = 0;
  for (const message of messages) {
    if (room <= 0) {
      pieces.push([]);
      room = pieceCharacters;
    }
    pieces.at(-1)?.push(message);
    room -= weightOf(message);
  }
  return pieces;
}

/** Messages as they are after these entries, without those that were deleted. */
function revised(messages: readonly Message[], entries: readonly Entry[]): readonly Message[] {
  const asNow = entries.length === 0 ? messages : messages.map((message) => entries.reduce(reviseMessage, message));
  return asNow.filter(({ deletedAt }) => deletedAt === undefined);
}
