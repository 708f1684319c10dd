/** Messages on their way are numbered, so that a leave can wait for those before it, at no cost to those that nobody waits for. */

/** Who waits for all messages up to a number. */
export type SaidWaiter = { readonly upTo: number; left: number; readonly done: () => void };

/** What a connection keeps of it. */
export type Sayer = { sayingCount: number; lastSaying: number; saidWaiters: readonly SaidWaiter[] | undefined };

/** The number of a message that is on its way from now on. */
export function beginSaying(sayer: Sayer): number {
  sayer.sayingCount++;
  sayer.lastSaying++;
  return sayer.lastSaying;
}

/** It was answered, whichever way. */
export function endSaying(sayer: Sayer, number: number): void {
  sayer.sayingCount--;
  const { saidWaiters } = sayer;
  if (!saidWaiters) return;
  for (const waiter of saidWaiters) if (number <= waiter.upTo && --waiter.left === 0) waiter.done();
  const others = saidWaiters.filter(({ left }) => left > 0);
  sayer.saidWaiters = others.length > 0 ? others : undefined;
}

/** When all messages that are on their way have been answered, and so have been heard by their own sayer. */
export function saidBefore(sayer: Sayer): Promise<void> | undefined {
  const { sayingCount, lastSaying } = sayer;
  if (sayingCount === 0) return undefined;
  return new Promise((done) => {
    sayer.saidWaiters = [...(sayer.saidWaiters ?? []), { upTo: lastSaying, left: sayingCount, done }];
  });
}
