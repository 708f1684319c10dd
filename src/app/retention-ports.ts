import type { Id, Position, TimeMs } from '../core/model.ts';
import type { ForgettableKind } from '../core/retention.ts';

/** Up to which position entries of each kind may be gone, or will be in a moment. */
export type Horizons = { readonly [K in ForgettableKind]: Position };

/** A page of a walk through all files; `through`: its last id, `null` behind the last page. */
export type FilePage = { readonly ids: readonly Id[]; readonly through: Id | null };

/**
 * What the store forgets for its age. Forgotten entries leave final holes, as those do that were replaced. Laws: nothing is
 * deleted that was not announced; a horizon never moves back; whoever has not read a message that is forgotten counts as
 * having read it, so that what is unread stays right.
 */
export interface RetentionStore {
  loadHorizons(): Promise<Horizons>;
  announce(kind: ForgettableKind, upTo: Position): Promise<void>;
  /** Deletes the next few that were announced, in one short transaction; whether there may be more. */
  forgetSome(kind: ForgettableKind): Promise<boolean>;
  /** The next few files in the order of their ids, of which those are named that were saved before this time. */
  listOldFiles(savedBefore: TimeMs, after: Id): Promise<FilePage>;
  forgetFiles(ids: readonly Id[]): Promise<void>;
  /** Deletes the next few records of the audit that were made before this time; whether there may be more. */
  forgetSomeAudit(madeBefore: TimeMs): Promise<boolean>;
}
