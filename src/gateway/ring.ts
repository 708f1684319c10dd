import type { Entry, LoggedEvent } from '../core/events.ts';
import { topicOf } from '../core/events.ts';
import type { ConversationId, Position, UserId } from '../core/model.ts';
import { reviseEntry, takesWordsBack } from '../core/revisions.ts';
import { EntryTexts } from './entry-texts.ts';

/** Of the texts of all entries, which are as long as users make them: beyond it fewer are kept than may be. */
const defaultBytesLimit = 256_000_000;

/** Where the entries of one topic are that are still in the ring, oldest first; those before `start` have left it. */
type Topic = { readonly among: Map<string, Topic>; readonly id: string; positions: Position[]; start: number };

/** What somebody may hear of: all of these topics. */
export type Topics = { readonly conversationIds: Iterable<ConversationId>; readonly userId: UserId };

/**
 * The newest entries of the log in memory, by position and by topic, so that catching up costs what was missed and not what was
 * said: a storm of clients that come back reads no database. Of an entry only its text is kept, since most are asked for by nobody.
 */
export class Ring {
  readonly #capacity: number;
  readonly #bytesLimit: number;
  readonly #texts = new EntryTexts();
  /** The topics of the entries, by position modulo the capacity. */
  readonly #topicAt: (Topic | undefined)[];
  readonly #byConversation = new Map<ConversationId, Topic>();
  readonly #byUser = new Map<UserId, Topic>();
  /** Which entries repeat the words of a message, quoting or revising it; and which message it is. */
  readonly #repeating = new Map<Position, Position[]>();
  readonly #repeated = new Map<Position, Position>();
  #newest: Entry | undefined;
  /** Speaks for everything after this. */
  #from: Position;
  #to: Position;
  #horizon: Position = 0;

  /** `position`: the log's head when the ring is still empty. */
  constructor(capacity: number, position: Position, bytesLimit = defaultBytesLimit) {
    this.#capacity = Math.max(1, capacity);
    this.#bytesLimit = bytesLimit;
    this.#topicAt = new Array<Topic | undefined>(this.#capacity);
    this.#from = position;
    this.#to = position;
  }

  /** Entries come in the order of their positions; positions that are left out are final holes. */
  add(entry: Entry): void {
    const { position, event } = entry;
    if (takesWordsBack(entry)) this.#revise(entry);
    this.skipTo(position - 1);
    this.#letGo(position - this.#capacity);
    this.#from = Math.max(this.#from, position - this.#capacity);
    this.#to = position;
    this.#newest = entry;
    this.#texts.put(entry);
    const topic = this.#topicOf(event);
    topic.positions.push(position);
    this.#topicAt[position % this.#capacity] = topic;
    const repeats = messageRepeatedIn(event);
    if (repeats !== undefined) this.#noteRepeating(repeats, position);
    while (this.#texts.bytes > this.#bytesLimit && this.#from < position - 1) this.#letGo(++this.#from);
  }

  skipTo(position: Position): void {
    const lost = Math.min(position, this.#to + this.#capacity);
    for (let next = this.#to + 1; next <= lost; next++) this.#letGo(next - this.#capacity);
    if (position > this.#to) {
      this.#to = position;
      this.#from = Math.max(this.#from, position - this.#capacity);
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
    for (let next = this.#from + 1; next <= last; next++) this.#letGo(next);
    this.#from = Math.max(this.#from, last);
    if (this.#newest && this.#newest.position <= last) this.#newest = undefined;
  }

  /** Is everything after this position still here, as far as it was no hole? */
  covers(after: Position): boolean {
    return after >= this.#from;
  }

  /** The entry at a position, if it is still here. */
  at(position: Position): Entry | undefined {
    if (this.#newest?.position === position) return this.#newest;
    const topic = this.#topicAt[position % this.#capacity];
    return topic && this.#texts.get(position, topic.id);
  }

  /** What a conversation has after a position, in order. Only where the ring covers it. */
  ofConversation(after: Position, conversationId: ConversationId): Entry[] {
    const positions: Position[] = [];
    positionsInto(positions, after, this.#byConversation.get(conversationId));
    return this.#entriesAt(positions);
  }

  /** What these topics have after a position, in order. Only where the ring covers it. */
  ofTopics(after: Position, topics: Topics): Entry[] {
    const positions: Position[] = [];
    positionsInto(positions, after, this.#byUser.get(topics.userId));
    for (const id of topics.conversationIds) positionsInto(positions, after, this.#byConversation.get(id));
    return this.#entriesAt(positions.sort((a, b) => a - b));
  }

  #entriesAt(positions: readonly Position[]): Entry[] {
    const entries: Entry[] = [];
    for (const position of positions) {
      const entry = this.at(position);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /** Words that were taken back are nowhere told: not by the message itself, nor an earlier edit of it, nor where it is quoted. */
  #revise(revision: Entry): void {
    const messageId = messageRepeatedIn(revision.event);
    if (messageId === undefined) return;
    for (const position of [messageId, ...(this.#repeating.get(messageId) ?? [])]) {
      const entry = this.at(position);
      if (!entry) continue;
      const revised = reviseEntry(entry, revision);
      if (!revised) this.#letGo(position);
      else if (revised !== entry) this.#texts.replace(revised);
    }
  }

  #topicOf(event: LoggedEvent): Topic {
    const { conversationId, userId } = topicOf(event);
    const [among, id] = conversationId === undefined ? [this.#byUser, userId] : [this.#byConversation, conversationId];
    let topic = among.get(id);
    if (!topic) {
      topic = { among, id, positions: [], start: 0 };
      among.set(id, topic);
    }
    return topic;
  }

  #noteRepeating(messageId: Position, position: Position): void {
    this.#repeated.set(position, messageId);
    const known = this.#repeating.get(messageId);
    if (known) known.push(position);
    else this.#repeating.set(messageId, [position]);
  }

  /** What was at a position leaves the ring, mostly as the oldest of its topic. */
  #letGo(position: Position): void {
    const slot = position % this.#capacity;
    const topic = position > 0 ? this.#topicAt[slot] : undefined;
    if (!topic) return;
    this.#topicAt[slot] = undefined;
    this.#texts.delete(position);
    removeFrom(topic, position);
    if (this.#repeated.size === 0) return;
    const messageId = this.#repeated.get(position);
    if (messageId === undefined) return;
    this.#repeated.delete(position);
    const others = this.#repeating.get(messageId)?.filter((other) => other !== position) ?? [];
    if (others.length > 0) this.#repeating.set(messageId, others);
    else this.#repeating.delete(messageId);
  }
}

/** The message whose words an entry repeats, in a quote or as they were after an edit. */
function messageRepeatedIn(event: LoggedEvent): Position | undefined {
  switch (event.type) {
    case 'MessageSent':
      return event.message.replyTo?.id;
    case 'MessageEdited':
      return event.message.id;
    case 'MessageDeleted':
      return event.messageId;
    default:
      return undefined;
  }
}

function positionsInto(found: Position[], after: Position, topic: Topic | undefined): void {
  if (!topic) return;
  const { positions, start } = topic;
  let at = positions.length;
  while (at > start && (positions[at - 1] ?? 0) > after) at--;
  for (; at < positions.length; at++) found.push(positions[at] as Position);
}

function removeFrom(topic: Topic, position: Position): void {
  const { positions } = topic;
  if (positions[topic.start] === position) topic.start++;
  else positions.splice(positions.indexOf(position, topic.start), 1);
  if (topic.start === positions.length) topic.among.delete(topic.id);
  else if (topic.start > 64 && topic.start * 2 > positions.length) {
    topic.positions = positions.slice(topic.start);
    topic.start = 0;
  }
}
