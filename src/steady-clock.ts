import type { Clock } from './app/ports.ts';

/**
 * Times never run backwards, so that what is later in the log is not earlier on the clock. A clock that was set back is waited for
 * at half speed: what depends on time passing, such as allowances, goes on.
 */
export function steadyClock(): Clock {
  let last = 0;
  let lastTick = performance.now();
  return {
    nowMs() {
      const tick = performance.now();
      last = Math.max(Date.now(), last + (tick - lastTick) / 2);
      lastTick = tick;
      return Math.floor(last);
    },
  };
}
