import type { Position, User, UserId } from '../core/model.ts';
import type { AppendItem, Blobs, Clock, Store } from './ports.ts';

export type ErasingParts = {
  readonly store: Pick<Store, 'append' | 'head' | 'readEntries' | 'erasure' | 'retention'>;
  readonly blobs: Pick<Blobs, 'remove'>;
  readonly clock: Clock;
};

export type Erased = { readonly messages: number; readonly files: number };

const pageEntries = 500;

/** Who somebody is when nobody is to know any more. */
export const erasedProfile = (id: UserId): User => ({ id, email: '', role: 'USER', name: 'Deleted user' });

/**
 * Erases what is known of a user: tokens are refused from now on; their messages become deleted ones, by entries of the log as
 * any deletion; their profile is blank, also in old entries; what was theirs alone is gone. Their id stays where it holds
 * other things together. Run again after an interruption, it goes on. Throws what the store throws.
 */
export async function eraseUser({ store, blobs, clock }: ErasingParts, userId: UserId): Promise<Erased> {
  const user = erasedProfile(userId);
  const now = clock.nowMs();
  await write(
    store,
    [
      { type: 'UserRevoked', userId, revokedAtSeconds: Math.floor(now / 1000) },
      { type: 'UserChanged', user },
    ].map((draft) => ({ at: now, expects: [], drafts: [draft] }) as AppendItem),
  );

  let messages = 0;
  const { position: head } = await store.head();
  for (let after: Position = 0; after < head; ) {
    const { entries, through } = await store.readEntries({ after, upTo: head, limit: pageEntries });
    const deletions = entries.flatMap(({ event }) =>
      event.type === 'MessageSent' && event.message.sender.id === userId && event.message.deletedAt === undefined
        ? [deletionOf(event.conversationId, event.message.id, userId, clock)]
        : [],
    );
    messages += await write(store, deletions);
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
async function write(store: ErasingParts['store'], items: readonly AppendItem[]): Promise<number> {
  if (items.length === 0) return 0;
  const outcomes = await store.append(items);
  const failed = outcomes.find((outcome) => !outcome.ok && 'failed' in outcome);
  if (failed !== undefined && 'failed' in failed) throw new Error(failed.failed);
  return outcomes.filter(({ ok }) => ok).length;
}
