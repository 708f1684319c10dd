import type { Connection } from './connection.ts';

const fullBufferWaitMs = 20;

/** Resolves in a later turn, when a connection has taken so much of what it was sent that it may be sent more, or is closed. */
export async function roomToWrite(connection: Connection, softLimitBytes: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  while (!connection.isClosed && connection.link.bufferedBytes > softLimitBytes) {
    await new Promise((resolve) => setTimeout(resolve, fullBufferWaitMs));
  }
}
