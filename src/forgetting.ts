import { forgetSessions } from './app/forget-sessions.ts';
import type { Blobs, Clock, Store } from './app/ports.ts';
import { Forgetting, type Retention } from './app/retention.ts';
import type { Config } from './config.ts';
import type { Ring } from './gateway/ring.ts';

/** What is let go for its age: part of the wiring. */

export type ForgettingParts = {
  readonly storage: Config['storage'];
  readonly store: Store;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly ring: Ring;
  readonly report: (error: unknown, what: string) => void;
};

const dayMs = 24 * 3600 * 1000;

export const sessionRetentionMs = ({ sessionRetentionDays }: Config['storage']): number => sessionRetentionDays * dayMs;

/** Resolves when the ring holds nothing any more that may be gone, before anybody comes back to it. */
export async function startForgetting(parts: ForgettingParts, opened: AsyncDisposableStack): Promise<void> {
  const { storage, store, blobs, clock, ring, report } = parts;
  const forgetting = opened.use(
    new Forgetting({
      store,
      blobs,
      clock,
      retention: retentionOf(storage),
      onHorizon: (position) => ring.forgetThrough(position),
      onError: (error) => report(error, 'forgetting what is old'),
    }),
  );
  await forgetting.look();
  opened.use(
    forgetSessions({
      store,
      clock,
      retentionMs: sessionRetentionMs(storage),
      onError: (error) => report(error, 'forgetting old sessions'),
    }),
  );
}

/** What is kept for ever is left out. */
function retentionOf(storage: Config['storage']): Retention {
  const days = {
    messages: storage.messageRetentionDays,
    notifications: storage.notificationRetentionDays,
    files: storage.fileRetentionDays,
    audit: storage.auditRetentionDays,
  };
  const kept = Object.entries(days).filter(([, count]) => count > 0);
  return Object.fromEntries(kept.map(([kind, count]) => [kind, count * dayMs]));
}
