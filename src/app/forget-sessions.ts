import type { Clock, Store } from './ports.ts';

export type ForgettingParts = {
  readonly store: Pick<Store, 'forgetSessions'>;
  readonly clock: Clock;
  readonly retentionMs: number;
  readonly onError: (error: unknown) => void;
};

/** Who comes back after a start is let in first. */
const firstAfterMs = 30_000;
const everyMs = 24 * 3600 * 1000;

/** Lets the store forget the sessions that are outlived by the retention: soon, and then once a day until disposed of. */
export function forgetSessions({ store, clock, retentionMs, onError }: ForgettingParts): Disposable {
  let isDisposed = false;
  const forget = async (): Promise<void> => {
    try {
      await store.forgetSessions(clock.nowMs() - retentionMs);
    } catch (error) {
      // A store that closes in the middle of it is nothing to report.
      if (!isDisposed) onError(error);
    }
  };
  const first = setTimeout(forget, firstAfterMs).unref();
  const daily = setInterval(forget, everyMs).unref();
  return {
    [Symbol.dispose]() {
      isDisposed = true;
      clearTimeout(first);
      clearInterval(daily);
    },
  };
}
