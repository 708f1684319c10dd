import type { MessageRange } from '../../src/app/ports.ts';
import type { Entry } from '../../src/core/events.ts';
import type { Message, Position } from '../../src/core/model.ts';
import { History } from '../../src/gateway/history.ts';
import { Sequencer } from '../../src/gateway/sequencer.ts';
import { ann } from './cast.ts';

/** A history above a log of messages that is made up as far as it is asked for. */

/** Every third entry belongs to another conversation. */
export const conversationAt = (position: Position) => (position % 3 === 0 ? 'other' : 'c');

export const message = (id: Position): Message => ({
  id,
  conversationId: conversationAt(id),
  ordinal: id,
  sender: ann,
  text: `${id}`,
  at: 1,
});

const entry = (position: Position): Entry => ({
  position,
  at: 1,
  event: { type: 'MessageSent', conversationId: conversationAt(position), message: message(position), actorId: 'ann' },
});

/** The messages of the conversation `c` in `(after, upTo]`. */
export const messages = (after: Position, upTo: Position): Position[] =>
  Array.from({ length: Math.max(0, upTo - after) }, (_, i) => after + 1 + i).filter((id) => conversationAt(id) === 'c');

export const ids = (found: readonly Message[]): Position[] => found.map(({ id }) => id);

/** Takes no piece: for histories that are told at once. */
export const never = (): Promise<boolean> => Promise.reject(new Error('That is not long.'));

export class HistoryScene {
  /** How far the store has got. */
  stored: Position = 0;
  /** Runs in the middle of each reading of the store. */
  duringRead: () => void = () => undefined;
  readonly sequencer: Sequencer;
  readonly history: History;

  /** `text`: what messages have behind their number, as the store reads them. */
  constructor(ringEntries = 100, text = '') {
    this.sequencer = new Sequencer({
      store: {
        readEntries: async ({ after, upTo = this.stored }) => {
          const through = Math.max(after, Math.min(upTo, this.stored));
          return { entries: Array.from({ length: through - after }, (_, i) => entry(after + 1 + i)), through };
        },
        head: () => Promise.reject(new Error('Nobody asks.')),
      },
      position: 0,
      ringEntries,
    });
    this.history = new History({ readMessages: (range) => this.#read(range, text) }, this.sequencer);
  }

  async #read({ after = 0, before = Number.POSITIVE_INFINITY, limit, take }: MessageRange, text: string) {
    const position = this.stored;
    const all = messages(after, Math.min(position, before - 1));
    const some = take === 'newest' ? all.slice(-limit) : all.slice(0, limit);
    await Promise.resolve();
    this.duringRead();
    const found = some.map((id) => ({ ...message(id), text: `${id}${text}` }));
    return { position, value: { messages: found, hasMore: some.length < all.length } };
  }

  /** So much is said, and heard on this node. */
  hear(upTo: Position): void {
    this.stored = Math.max(this.stored, upTo);
    while (this.sequencer.position < upTo) this.sequencer.push([entry(this.sequencer.position + 1)]);
  }
}
