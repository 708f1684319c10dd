import type { Id } from '../core/model.ts';

/** The contents of files, by id. Every method rejects with `StoreUnavailable` while the place itself cannot answer. */
export interface Blobs {
  /**
   * Stores the stream under the id, and holds no more of it in memory than a part; rejects with `TooLarge` when it exceeds the
   * limit. What `write` has answered is durable; what it has rejected with, the stream's own error included, left nothing.
   */
  write(id: Id, content: AsyncIterable<Uint8Array>, limitBytes: number): Promise<{ readonly sizeBytes: number }>;
  /** The content, or undefined when there is none under this id. `range` in bytes, end inclusive. */
  read(
    id: Id,
    range?: { readonly start: number; readonly end: number },
  ): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Removing what is not there is no error. */
  remove(id: Id): Promise<void>;
  /** How clients fetch contents past this server; absent where they do not. */
  readonly redirect?: {
    /** Of every address that is handed out. */
    readonly origin: string;
    readonly validSeconds: number;
    /** Whoever holds it may read the content for `validSeconds`, and is answered with these headers. Undefined for no id of ours. */
    addressOf(id: Id, headers: { readonly type: string; readonly disposition: string }): string | undefined;
  };
}

/** The content is larger than its limit; nothing of it was kept. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}
