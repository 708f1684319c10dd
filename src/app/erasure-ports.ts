import type { Id, Position, User, UserId } from '../core/model.ts';

/** What the store changes and deletes of one user beside the log's own events. */
export interface ErasureStore {
  /**
   * Puts this profile in the place of every other one of the same user, in the next few entries after a position, each as
   * it stands by then. Answers through where; `null` behind the last entry.
   */
  replaceProfile(user: User, after: Position): Promise<Position | null>;
  /**
   * Deletes what is the user's alone: sessions, notifications, settings, whom they block, when they were seen. Answers
   * the files that they uploaded, whose rows go by `retention.forgetFiles`. Their id, memberships, read cursors, ban and
   * revocation stay, and what others keep about them.
   */
  forgetUser(userId: UserId): Promise<readonly Id[]>;
}
