import type { Entry } from '../core/events.ts';
import type { Position } from '../core/model.ts';

/** The log alone, for looking at it beside the servers that write it. Nothing is written, and nothing migrated. */
export interface LogReader extends AsyncDisposable {
  /** Up to `limit` entries after a position, in order; the answer is complete up to `through`. */
  readEntries(
    after: Position,
    limit: number,
  ): Promise<{ readonly entries: readonly Entry[]; readonly through: Position }>;
}
