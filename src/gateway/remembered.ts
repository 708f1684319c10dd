import type { SessionRow } from '../app/ports.ts';
import type { ConversationId, Id, Position } from '../core/model.ts';
import { SlimMap } from './slim-map.ts';

/** How many a session's own row tells of, before rows beside it do. */
const ownRowLimit = 32;
/** Rows beside it at the most. With which of them a conversation is stands in the store: changing this would lose them. */
const rowsBeside = 128;

type Joined = SessionRow['joined'];

/**
 * What a session has joined, as the store has it: the first in its own row, all others spread over rows beside that, so that joining
 * one more of thousands writes some dozens again and not all of them. As a map it is the own row.
 */
export class Remembered extends SlimMap<ConversationId, Position> {
  #beside: Map<number, Map<ConversationId, Position>> | undefined;
  #besideCount = 0;

  /** In all rows. */
  get count(): number {
    return this.size + this.#besideCount;
  }

  knows(id: ConversationId): boolean {
    return this.has(id) || this.rowOf(id) !== undefined;
  }

  /** The position from which on it hears one that it knows. */
  fromOf(id: ConversationId): Position | undefined {
    return this.get(id) ?? this.#beside?.get(rowFor(id))?.get(id);
  }

  /** Moves it. */
  hearFrom(id: ConversationId, from: Position): void {
    if (this.has(id)) this.set(id, from);
    else this.addBeside(id, from);
  }

  /** The row beside the session's own that tells of it; undefined where none does. */
  rowOf(id: ConversationId): number | undefined {
    if (this.#beside === undefined) return undefined;
    const row = rowFor(id);
    return this.#beside.get(row)?.has(id) ? row : undefined;
  }

  add(id: ConversationId, from: Position): void {
    if (this.size < ownRowLimit) this.set(id, from);
    else this.addBeside(id, from);
  }

  /** Adds what a row beside the session's own tells of. */
  addBeside(id: ConversationId, from: Position): void {
    const row = rowFor(id);
    this.#beside ??= new Map();
    const there = this.#beside.get(row) ?? new Map<ConversationId, Position>();
    if (!there.has(id)) this.#besideCount++;
    this.#beside.set(row, there.set(id, from));
  }

  /** Was it there? */
  forget(id: ConversationId): boolean {
    const wasOwn = this.delete(id);
    const row = this.rowOf(id);
    if (row === undefined) return wasOwn;
    const there = this.#beside?.get(row);
    if (there?.delete(id)) this.#besideCount--;
    if (there?.size === 0) this.#beside?.delete(row);
    return true;
  }

  /** The rows beside the session's own, by number. */
  get rows(): readonly number[] {
    return this.#beside ? [...this.#beside.keys()] : [];
  }

  /** What the session's own row tells of, or one beside it. */
  joinedIn(row: number | undefined): Joined {
    const there = row === undefined ? this : (this.#beside?.get(row) ?? []);
    return Array.from(there, ([conversationId, from]) => ({ conversationId, from }));
  }
}

/** Under which id the store has a row beside a session's own. */
export function idOfRow(sessionId: Id, row: number): Id {
  return `${sessionId}/${row}`;
}

function rowFor(id: ConversationId): number {
  let hash = 0;
  for (let at = 0; at < id.length; at++) hash = (Math.imul(hash, 31) + id.charCodeAt(at)) | 0;
  return (hash >>> 0) % rowsBeside;
}
