import type { EntryRange } from '../../src/app/ports.ts';
import { type Entry, keyOf, type LoggedEvent, replaceKeyed, topicOf } from '../../src/core/events.ts';
import type { ConversationId, Position } from '../../src/core/model.ts';
import { person } from './cast.ts';

/** A log in memory that a test can fill at random, and whose entries can be told apart in whatever is sent of them. */

/** Whose doings are `isMine`. */
export const me = '7';
export const startMs = 1_760_000_000_000;
export const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** What happens: nothing in it but the position tells one entry from another. */
export type Happening = {
  readonly what: 'said' | 'joined' | 'removed' | 'read' | 'notified';
  readonly conversationId: ConversationId;
  readonly isMine: boolean;
};

function entryOf({ what, conversationId, isMine }: Happening, position: Position): Entry {
  const [actorId, at, label] = [isMine ? me : '8', startMs + position, `#${position}`];
  const eventOf = (): LoggedEvent => {
    switch (what) {
      case 'said': {
        const message = { id: position, conversationId, ordinal: 1, sender: person(actorId), text: label, at };
        return { type: 'MessageSent', conversationId, message, actorId };
      }
      case 'joined':
        return { type: 'MemberJoined', conversationId, user: person(label), actorId: label };
      case 'removed':
        return { type: 'MemberRemoved', conversationId, userId: label, wasJoined: isMine, mayReenter: true };
      case 'read': {
        const range = { from: 0, to: position, messageIds: [] };
        return { type: 'ReadCursorMoved', conversationId, userId: actorId, ...range, actorId };
      }
      case 'notified': {
        const words = { title: label, message: label, type: 'INFO' };
        return { type: 'NotificationCreated', notification: { id: position, userId: actorId, ...words, at } };
      }
    }
  };
  return { position, at, event: eventOf() };
}

/** A log that keeps the last entry of a key only, and answers in short pages, some of them late. */
export class FakeLog {
  /** All there ever was. */
  readonly said: Entry[] = [];
  readonly #kept = new Map<Position, Entry>();
  readonly #keys = new Map<string, Position>();
  readonly #pageEntries: number;
  readonly #lateTurns: readonly number[];
  #reads = 0;

  constructor(pageEntries: number, lateTurns: readonly number[]) {
    this.#pageEntries = pageEntries;
    this.#lateTurns = lateTurns;
  }

  get head(): Position {
    return this.said.length;
  }

  append(happening: Happening): Entry {
    const entry = entryOf(happening, this.head + 1);
    this.said.push(entry);
    const key = keyOf(entry.event);
    let { event } = entry;
    if (key !== undefined) {
      const previous = this.#kept.get(this.#keys.get(key) ?? 0);
      if (previous) {
        event = replaceKeyed(previous.event, event);
        this.#kept.delete(previous.position);
      }
      this.#keys.set(key, entry.position);
    }
    this.#kept.set(entry.position, { ...entry, event } as Entry);
    return entry;
  }

  keeps(position: Position): boolean {
    return this.#kept.has(position);
  }

  after(position: Position): Entry[] {
    return [...this.#kept.values()].filter((entry) => entry.position > position);
  }

  async readEntries({ after, upTo = this.head, limit, topics }: EntryRange) {
    const last = Math.min(upTo, this.head);
    const all = this.after(after).filter(({ event, position }) => {
      const { conversationId, userId } = topicOf(event);
      if (position > last) return false;
      if (!topics) return true;
      return conversationId === undefined
        ? topics.userIds.includes(userId)
        : topics.conversationIds.includes(conversationId);
    });
    const entries = all.slice(0, Math.min(limit, this.#pageEntries));
    const through = entries.length < all.length ? (entries.at(-1)?.position ?? last) : Math.max(after, last);
    const turns = this.#lateTurns[this.#reads++ % this.#lateTurns.length] ?? 0;
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    return { entries, through };
  }
}
