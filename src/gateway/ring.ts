import type { Entry } from '../core/events.ts';
import { keyOf as eventKeyOf, topicOf } from '../core/events.ts';
import type { ConversationId, Position, UserId } from '../core/model.ts';
import { reviseMessage, takesWordsBack } from '../core/revisions.ts';

/** The entries of one topic that are still in the ring, oldest first; those before `start` have left it. */
type TopicEntries = { entries: Entry[]; start: number };

/** What somebody may hear of: all of these topics. */
export type Topics = { readonly conversationIds: Iterable<ConversationId>; readonly userId: UserId };

/**
 * The newest entries of the log in memory, by position and by topic, so that catching up costs what was missed and not what was
 * said: a storm of clients that come back reads no database.
 */
export class Ring {
  readonly #slots: (Entry | undefined)[];
  readonly #byConversation = new Map<ConversationId, TopicEntries>();
  readonly #byUser = new Map<UserId, TopicEntries>();
  /** Speaks for everything after this. */
  #from: Position;
  #to: Position;
  #horizon: Position = 0;

  /** `position`: the log's head when the ring is still empty. */
  constructor(capacity: number, position: Position) {
    this.#slots = new Array<Entry | undefined>(Math.max(1, capacity));
    this.#from = position;
    this.#to = position;
  }

  /** Entries come in the order of their positions; positions that are left out are final holes. */
  add(entry: Entry): void {
    if (takesWordsBack(entry)) this.#revise(entry);
    this.skipTo(entry.position - 1);
    this.#vacate(entry.position);
    this.#slots[entry.position % this.#slots.length] = entry;
    this.#to = entry.position;
    const { topics, id } = this.#placeOf(entry);
    const topic = topics.get(id);
    if (topic) topic.entries.push(entry);
    else topics.set(id, { entries: [entry], start: 0 });
  }

  skipTo(position: Position): void {
    const lost = Math.min(position, this.#to + this.#slots.length);
    for (let next = this.#to + 1; next <= lost; next++) this.#vacate(next);
    if (position > this.#to) {
      this.#to = position;
      this.#from = Math.max(this.#from, position - this.#slots.length);
    }
  }

  /** Everything up to here may be gone from the log for its age: who was there last cannot be told what they missed. */
  get horizon(): Position {
    return this.#horizon;
  }

  /** Moves the horizon, never back, and keeps nothing of what lies before it. */
  forgetThrough(position: Position): void {
    this.#horizon = Math.max(this.#horizon, position);
    const last = Math.min(this.#horizon, this.#to);
    for (let next = this.#from + 1; next <= last; next++) this.#vacate(next);
    this.#from = Math.max(this.#from, last);
  }

  /** Is everything after this position still here, as far as it was no hole? */
  covers(after: Position): boolean {
    return after >= this.#from;
  }

  /** The entry at a position, if it is still here. */
  at(position: Position): Entry | undefined {
    const entry = this.#slots[position % this.#slots.length];
    return entry?.position === position ? entry : undefined;
  }

  /** Everything after a position, in order. Only where the ring covers it. */
  after(after: Position): Entry[] {
    const entries: Entry[] = [];
    for (let position = after + 1; position <= this.#to; position++) {
      const entry = this.#slots[position % this.#slots.length];
      if (entry?.position === position) entries.push(entry);
    }
    return entries;
  }

  /** What these topics have after a position, in order. Only where the ring covers it. */
  ofTopics(after: Position, topics: Topics): Entry[] {
    const found: Entry[] = [];
    let lists = 0;
    const take = (topic: TopicEntries | undefined) => {
      if (!topic) return;
      const { entries } = topic;
      const last = entries.at(-1);
      if (!last || last.position <= after) return;
      lists++;
      let at = entries.length;
      while (at > topic.start && (entries[at - 1]?.position ?? 0) > after) at--;
      for (; at < entries.length; at++) found.push(entries[at] as Entry);
    };
    take(this.#byUser.get(topics.userId));
    for (const conversationId of topics.conversationIds) take(this.#byConversation.get(conversationId));
    return lists > 1 ? found.sort((a, b) => a.position - b.position) : found;
  }

  /** Words that were taken back are nowhere told: not by the message itself, nor an earlier edit of it, nor where it is quoted. */
  #revise(revision: Entry): void {
    const { topics, id } = this.#placeOf(revision);
    const topic = topics.get(id);
    if (!topic) return;
    const replaces = eventKeyOf(revision.event);
    const kept = topic.entries.slice(topic.start).flatMap((entry) => {
      const revised = eventKeyOf(entry.event) === replaces ? undefined : revise(entry, revision);
      if (revised !== entry) this.#slots[entry.position % this.#slots.length] = revised;
      return revised ? [revised] : [];
    });
    if (kept.length === 0) topics.delete(id);
    else topics.set(id, { entries: kept, start: 0 });
  }

  #placeOf({ event }: Entry): { readonly topics: Map<string, TopicEntries>; readonly id: string } {
    const { conversationId, userId } = topicOf(event);
    return conversationId === undefined
      ? { topics: this.#byUser, id: userId }
      : { topics: this.#byConversation, id: conversationId };
  }

  /** Makes the slot of a new position free; what was there leaves its topic as its oldest. */
  #vacate(position: Position): void {
    const index = position % this.#slots.length;
    const old = this.#slots[index];
    this.#from = Math.max(this.#from, position - this.#slots.length);
    if (!old) return;
    this.#slots[index] = undefined;
    const { topics, id } = this.#placeOf(old);
    const topic = topics.get(id);
    if (!topic) return;
    topic.start++;
    if (topic.start === topic.entries.length) topics.delete(id);
    else if (topic.start > 64 && topic.start * 2 > topic.entries.length) {
      topic.entries = topic.entries.slice(topic.start);
      topic.start = 0;
    }
  }
}

function revise(entry: Entry, revision: Entry): Entry {
  const { event } = entry;
  if (event.type !== 'MessageSent') return entry;
  const message = reviseMessage(event.message, revision);
  return message === event.message ? entry : { ...entry, event: { ...event, message } };
}
