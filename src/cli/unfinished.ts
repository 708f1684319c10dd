import { noSpaceFor } from '../store/sqlite/backup.ts';
import { isDiskFull } from '../store/sqlite/open-errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does the work; where it fails, or a signal ends this process meanwhile, `clear` removes what it has begun. A signal is
 * heard between two steps of the work: one that looks through a large database is finished first.
 */
export async function wholeOrCleared(clear: () => void, work: () => Promise<void>): Promise<void> {
  const letGo = (): void => {
    for (const signal of signals) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals): void => {
    clear();
    letGo();
    // As it would have ended without us; leaving by itself it would wait for what is being read.
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, end);
  try {
    await work();
  } catch (error) {
    clear();
    throw error;
  } finally {
    letGo();
  }
}

/** Throws what went wrong, in words where the disk of this copy was full. */
export function inWordsOfSpace(copy: string): (error: unknown) => never {
  return (error) => {
    throw isDiskFull(error) ? noSpaceFor(copy, error) : error;
  };
}
