import type { WebSocket } from 'ws';

/** What engine.io keeps private and this file needs, as read in engine.io 6.6.12. */
type Engine = {
  /** Replaced by a new array when it is flushed. */
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport: { readonly socket?: Pick<WebSocket, 'bufferedAmount'> };
};

/** How much one connection of the library has not taken yet. Looks only at what was queued since it was asked last. */
export class UnsentBytes {
  #counted = 0;
  #countedBytes = 0;
  #firstCounted: { readonly data?: unknown } | undefined;

  of({ transport, writeBuffer }: Engine): number {
    return (transport.socket?.bufferedAmount ?? 0) + this.#queued(writeBuffer);
  }

  /** A client that does not poll may leave many packets here. */
  #queued(writeBuffer: Engine['writeBuffer']): number {
    if (writeBuffer[0] !== this.#firstCounted || writeBuffer.length < this.#counted) {
      this.#firstCounted = writeBuffer[0];
      this.#counted = 0;
      this.#countedBytes = 0;
    }
    for (; this.#counted < writeBuffer.length; this.#counted++) {
      const data = writeBuffer[this.#counted]?.data;
      if (typeof data === 'string') this.#countedBytes += Buffer.byteLength(data);
    }
    return this.#countedBytes;
  }
}
