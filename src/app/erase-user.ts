import type { Position, User, UserId } from '../core/model.ts';
import { type AppendItem, type AppendOutcome, type Blobs, type Clock, type Store, StoreUnavailable } from './ports.ts';

export type ErasingParts = {
  /** The way into the log: past it, or with it announced to whoever is connected. */
  readonly append: (item: AppendItem) => Promise<AppendOutcome | StoreUnavailable>;
  readonly store: Pick<Store, 'head' | 'readEntries' | 'erasure' | 'retention'>;
  readonly blobs: Pick<Blobs, 'remove'>;
  readonly clock: Clock;
  /** How long it takes at the most until every node has heard of the revocation. Default 1,000. */
  readonly heardEverywhereMs?: number;
};

export type Erased = { readonly messages: number; readonly files: number };

const pageEntries = 500;

/** Who somebody is when nobody is to know any more. */
const erasedProfile = (id: UserId): User => ({ id, email: '', role: 'USER', name: 'Deleted user' });

/**
 * Erases what is known of a user: tokens are refused from now on; their messages become deleted ones, by entries of the log as
 * any deletion; their profile is blank, also in old entries; what was theirs alone is gone. Their id stays where it holds
 * other things together. Run again after an interruption, it goes on. Throws what the store throws.
 */
export async function eraseUser(
  { append, store, blobs, clock, heardEverywhereMs = 1_000 }: ErasingParts,
  userId: UserId,
): Promise<Erased> {
  const user = erasedProfile(userId);
  const now = clock.nowMs();
  await write(append, [
    { at: now, expects: [], drafts: [{ type: 'UserRevoked', userId, revokedAtSeconds: Math.floor(now / 1000) }] },
  ]);
  // Until then they may go on talking on another node, and be named there by their token.
  await new Promise((resolve) => setTimeout(resolve, heardEverywhereMs));
  await write(append, [{ at: clock.nowMs(), expects: [], drafts: [{ type: 'UserChanged', user }] }]);

  let messages = 0;
  const { position: head } = await store.head();
  for (let after: Position = 0; after < head; ) {
    const { entries, through } = await store.readEntries({ after, upTo: head, limit: pageEntries });
    const deletions = entries.flatMap(({ event }) =>
      event.type === 'MessageSent' && event.message.sender.id === userId && event.message.deletedAt === undefined
        ? [deletionOf(event.conversationId, event.message.id, userId, clock)]
        : [],
    );
    messages += await write(append, deletions);
    if (through <= after) break;
    after = through;
  }

  for (let after: Position | null = 0; after !== null; ) after = await store.erasure.replaceProfile(user, after);
  const files = await store.erasure.forgetUser(userId);
  // The content first: a row without it is found again the next time.
  for (const id of files) await blobs.remove(id);
  await store.retention.forgetFiles(files);
  return { messages, files: files.length };
}

function deletionOf(conversationId: string, messageId: Position, senderId: UserId, clock: Clock): AppendItem {
  return {
    at: clock.nowMs(),
    // Somebody may have deleted it meanwhile.
    expects: [{ is: 'messageAs', conversationId, messageId }],
    drafts: [{ type: 'MessageDeleted', conversationId, messageId, senderId }],
  };
}

/** How many of the items were written: one whose message is deleted already is not. */
async function write(append: ErasingParts['append'], items: readonly AppendItem[]): Promise<number> {
  const outcomes = await Promise.all(items.map(append));
  for (const outcome of outcomes) {
    if (outcome instanceof StoreUnavailable) throw outcome;
    if (!outcome.ok && 'failed' in outcome) throw new Error(outcome.failed);
  }
  return outcomes.filter((outcome) => 'ok' in outcome && outcome.ok).length;
}
