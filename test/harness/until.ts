import { setTimeout as wait } from 'node:timers/promises';

/** Nobody waits that long where all is well; a busy machine may need it. */
export const patienceMs = 30_000;
const lookEveryMs = 4;

/** Resolves with what `look` finds, as soon as it finds something; rejects with `otherwise` after 30 s, or that long. */
export async function until<T>(
  look: () => T | undefined | false,
  otherwise: () => string,
  withinMs = patienceMs,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(otherwise());
    await wait(lookEveryMs);
  }
}

/** Long enough for whatever is on its way on this machine to arrive. */
const quietMs = 80;

/** A moment in which something that must not come would come. */
export const quietMoment = (): Promise<void> => wait(quietMs);
