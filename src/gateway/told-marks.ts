import { type Entry, keyOf } from '../core/events.ts';
import type { Position } from '../core/model.ts';

const readersLimit = 20_000;

/**
 * How far this node has told of each reader. The log keeps one entry for all marks of a reader in a conversation, so what is
 * read there names again what those who were here have heard.
 */
export class ToldMarks {
  readonly #told = new Map<string, Position>();

  /** To be called with every entry that is told. */
  note({ event }: Entry): void {
    if (event.type !== 'ReadCursorMoved') return;
    const reader = keyOf(event) ?? '';
    this.#told.delete(reader);
    if (this.#told.size >= readersLimit) {
      const oldest = this.#told.keys().next().value;
      if (oldest !== undefined) this.#told.delete(oldest);
    }
    this.#told.set(reader, event.to);
  }

  /** An entry as it was read, without what has been told; all of it of a reader whom nobody remembers. */
  newsOf(entry: Entry): Entry {
    const { event } = entry;
    if (event.type !== 'ReadCursorMoved') return entry;
    const told = this.#told.get(keyOf(event) ?? '');
    if (told === undefined || told <= event.from || told >= event.to) return entry;
    const messageIds = event.messageIds.filter((id) => id > told);
    return { ...entry, event: { ...event, from: told, messageIds } };
  }
}
