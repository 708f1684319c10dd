/** Messages on their way are numbered, so that a leave can wait for those before it, at no cost to those that nobody waits for. */

/** Who waits for all messages up to a number. */
export type SendWaiter = { readonly upTo: number; left: number; readonly done: () => void };

/** What a connection keeps of its own messages. */
export type SendCounts = {
  sendsUnderWay: number;
  lastSendNumber: number;
  sendWaiters: readonly SendWaiter[] | undefined;
};

/** The number of a message that is on its way from now on. */
export function beginSend(counts: SendCounts): number {
  counts.sendsUnderWay++;
  counts.lastSendNumber++;
  return counts.lastSendNumber;
}

/** It was answered, whichever way. */
export function endSend(counts: SendCounts, number: number): void {
  counts.sendsUnderWay--;
  const { sendWaiters } = counts;
  if (!sendWaiters) return;
  for (const waiter of sendWaiters) if (number <= waiter.upTo && --waiter.left === 0) waiter.done();
  const others = sendWaiters.filter(({ left }) => left > 0);
  counts.sendWaiters = others.length > 0 ? others : undefined;
}

/**
 * Resolves when all messages that are on their way now have been answered, so that their sender has heard them; undefined where
 * there are none.
 */
export function earlierSends(counts: SendCounts): Promise<void> | undefined {
  const { sendsUnderWay, lastSendNumber } = counts;
  if (sendsUnderWay === 0) return undefined;
  return new Promise((done) => {
    counts.sendWaiters = [...(counts.sendWaiters ?? []), { upTo: lastSendNumber, left: sendsUnderWay, done }];
  });
}
