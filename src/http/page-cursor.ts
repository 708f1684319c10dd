import { isId } from '../core/forms.ts';
import type { ConversationId, TimeMs } from '../core/model.ts';

/** The place in a list that is ordered by time, after which the next page begins. */
export type PageCursor = { readonly updatedAt: TimeMs; readonly id: ConversationId };

export function writePageCursor({ updatedAt, id }: PageCursor): string {
  return Buffer.from(JSON.stringify([updatedAt, id])).toString('base64url');
}

/** Undefined for a text that {@link writePageCursor} did not write. */
export function readPageCursor(text: string): PageCursor | undefined {
  try {
    const cursor: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(cursor) || cursor.length !== 2) return undefined;
    const [updatedAt, id] = cursor as unknown[];
    return Number.isSafeInteger(updatedAt) && typeof id === 'string' && isId(id)
      ? { updatedAt: updatedAt as number, id }
      : undefined;
  } catch {
    return undefined;
  }
}
