import type { ConversationId, Message, Position, TimeMs, UserId } from '../core/model.ts';
import type { Term } from '../core/words.ts';

/** How messages are found by their words. */

export type SearchQuery = {
  /** All of them must be in the message, or in the name of what is attached. At least one. */
  readonly terms: readonly Term[];
  /** Only where this user is a member now. */
  readonly memberId?: UserId;
  readonly conversationId?: ConversationId;
  readonly senderId?: UserId;
  /** Said at this time or later. */
  readonly since?: TimeMs;
  /** Said before this time. */
  readonly until?: TimeMs;
  /** Only messages before this one. */
  readonly before?: Position;
  readonly limit: number;
};

export type SearchPage = {
  /** Newest first, as they are now. */
  readonly messages: readonly Message[];
  /**
   * Where the search goes on, as the `before` of the next page; absent at its end. No page looks at more than some thousand
   * messages, so that one may hold fewer than were asked for, or none, and yet not be the last.
   */
  readonly next?: Position;
  /** Up to here the log has been taken in: what is newer is not found yet. */
  readonly through: Position;
};

/**
 * Finds messages by their words. It follows the log on its own, by a position that it keeps with what it has taken in, so
 * that no send waits for it and nothing is missed or taken in twice after a crash. What it finds is held against the
 * messages and memberships of that moment: nobody finds what was deleted, reads otherwise by now, or is not theirs to read.
 */
export interface SearchIndex extends AsyncDisposable {
  /** Rejects when it cannot answer now. */
  find(query: SearchQuery): Promise<SearchPage>;
  /** Takes in the next page of the log; whether there is more. `elsewhere`: another node does so, as long as it lives. */
  advance(): Promise<boolean | 'elsewhere'>;
}
