import { ApiError, type HttpApi } from './http-api.ts';
import type { Answer } from './link.ts';
import type { Attachment, Message, Outgoing, OutgoingState } from './model.ts';
import type { Outbox } from './outbox.ts';
import { fieldsOf, idOf, timeOf } from './reading.ts';

export type SendingParts = {
  readonly api: HttpApi;
  readonly outbox: Outbox;
  readonly ask: (event: string, payload: unknown) => Promise<Answer>;
  readonly isOnline: () => boolean;
  /** The message as it stands now; undefined when it is out of the outbox. */
  readonly changed: (outgoing: Outgoing, now: Outgoing | undefined) => void;
  readonly acknowledged: (message: Message) => void;
};

const pauseMs = 1_000;

/**
 * Sends what is in the outbox: the messages of a conversation one after the other, in the order in which they were said,
 * each as often as it takes. Its `clientMessageId` makes repeating harmless, so whatever was not answered is sent again.
 */
export class Sending {
  readonly #parts: SendingParts;
  readonly #queues = new Map<string, Outgoing[]>();
  readonly #running = new Set<string>();
  /** Those that are under way, by the `clientMessageId` of their message. */
  readonly #uploads = new Map<string, AbortController>();
  #isClosed = false;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /** Shown before it is kept, and kept before it is sent. */
  async add(outgoing: Outgoing): Promise<void> {
    this.#queue(outgoing.conversationId).push(outgoing);
    this.#parts.changed(outgoing, outgoing);
    await this.#parts.outbox.put(outgoing).catch(() => {});
    this.#run(outgoing.conversationId);
  }

  /** What a page before this one has left behind. */
  restore(left: readonly Outgoing[]): void {
    for (const outgoing of left) {
      const queue = this.#queue(outgoing.conversationId);
      if (queue.some(({ clientMessageId }) => clientMessageId === outgoing.clientMessageId)) continue;
      const restored = outgoing.state.is === 'sending' ? { ...outgoing, state: { is: 'waiting' as const } } : outgoing;
      queue.push(restored);
      this.#parts.changed(restored, restored);
    }
    this.resume();
  }

  /** To be called when there is a connection again. */
  resume(): void {
    for (const conversationId of this.#queues.keys()) this.#run(conversationId);
  }

  retry(clientMessageId: string): void {
    const outgoing = this.#find(clientMessageId);
    if (outgoing?.state.is !== 'failed') return;
    this.#change(outgoing, { is: 'waiting' });
    this.#run(outgoing.conversationId);
  }

  /** Also while its file is uploaded; not what is on its way itself, which the server may have by now. */
  discard(clientMessageId: string): void {
    const outgoing = this.#find(clientMessageId);
    const upload = this.#uploads.get(clientMessageId);
    if (!outgoing || (outgoing.state.is === 'sending' && !upload)) return;
    this.#remove(outgoing);
    upload?.abort();
  }

  /** Unsent messages of a conversation, oldest first. */
  of(conversationId: string): readonly Outgoing[] {
    return this.#queues.get(conversationId) ?? [];
  }

  close(): void {
    this.#isClosed = true;
    for (const upload of this.#uploads.values()) upload.abort();
  }

  async #run(conversationId: string): Promise<void> {
    if (this.#running.has(conversationId)) return;
    this.#running.add(conversationId);
    try {
      while (!this.#isClosed && this.#parts.isOnline()) {
        const next = this.of(conversationId).find(({ state }) => state.is !== 'failed');
        if (!next) return;
        const pause = await this.#send(next);
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      }
    } finally {
      this.#running.delete(conversationId);
    }
  }

  /** Milliseconds to wait before anything else of the conversation is sent. */
  async #send(outgoing: Outgoing): Promise<number> {
    const sending = this.#change(outgoing, { is: 'sending' });
    const attachment = await this.#attachment(sending);
    if (typeof attachment === 'number') return attachment;
    const { conversationId, clientMessageId, text, replyToId } = outgoing;
    const answer = await this.#parts.ask('sendMessage', {
      roomId: conversationId,
      content: text,
      // In the metadata it comes back with the message, and tells this row from others.
      metadata: { clientMessageId },
      ...(replyToId !== undefined && { replyToId }),
      ...(attachment && { attachment: { url: attachment.url, type: attachment.type, name: attachment.name } }),
    });
    const current = this.#find(clientMessageId);
    switch (answer.is) {
      case 'done': {
        const { id, timestamp } = fieldsOf(answer.payload);
        this.#parts.acknowledged({
          id: idOf(id),
          conversationId,
          senderId: outgoing.senderId,
          text,
          at: timeOf(timestamp),
          clientMessageId,
          ...(attachment && { attachment }),
          ...(replyToId !== undefined && { replyToId }),
        });
        if (current) this.#remove(current);
        return 0;
      }
      case 'refused':
        if (!current) return 0;
        if (answer.retryAfterMs === undefined) this.#change(current, { is: 'failed', why: answer.why });
        else this.#change(current, { is: 'waiting' });
        return answer.retryAfterMs ?? 0;
      case 'unanswered':
        if (current) this.#change(current, { is: 'waiting' });
        return this.#parts.isOnline() ? pauseMs : 0;
    }
  }

  /** Uploads the file of a message once. A number: it could not be, and how long to wait. */
  async #attachment(outgoing: Outgoing): Promise<Attachment | undefined | number> {
    if (!outgoing.file || outgoing.attachment) return outgoing.attachment;
    const upload = new AbortController();
    this.#uploads.set(outgoing.clientMessageId, upload);
    try {
      const onProgress = (progress: number) => {
        const current = this.#find(outgoing.clientMessageId);
        if (current) this.#change(current, { is: 'sending', progress }, false);
      };
      const attachment = await this.#parts.api.upload(outgoing.file, { onProgress, signal: upload.signal });
      const current = this.#find(outgoing.clientMessageId);
      if (!current) return 0;
      this.#replace(current, { ...current, attachment });
      return attachment;
    } catch (error) {
      const isReadable = await canBeRead(outgoing.file);
      const current = this.#find(outgoing.clientMessageId);
      if (!current) return 0;
      if (isReadable && error instanceof ApiError && (error.status === 0 || error.retryAfterMs !== undefined)) {
        this.#change(current, { is: 'waiting' });
        return error.retryAfterMs ?? pauseMs;
      }
      this.#change(current, { is: 'failed', why: isReadable ? wordsOf(error) : unreadable });
      return 0;
    } finally {
      this.#uploads.delete(outgoing.clientMessageId);
    }
  }

  #change(outgoing: Outgoing, state: OutgoingState, isKept = true): Outgoing {
    return this.#replace(outgoing, { ...outgoing, state }, isKept);
  }

  #replace(outgoing: Outgoing, now: Outgoing, isKept = true): Outgoing {
    const queue = this.#queue(outgoing.conversationId);
    const index = queue.findIndex(({ clientMessageId }) => clientMessageId === outgoing.clientMessageId);
    if (index < 0) return now;
    queue[index] = now;
    this.#parts.changed(outgoing, now);
    if (isKept) this.#parts.outbox.put(now).catch(() => {});
    return now;
  }

  #remove(outgoing: Outgoing): void {
    const queue = this.#queue(outgoing.conversationId);
    const index = queue.findIndex(({ clientMessageId }) => clientMessageId === outgoing.clientMessageId);
    if (index >= 0) queue.splice(index, 1);
    this.#parts.changed(outgoing, undefined);
    this.#parts.outbox.remove(outgoing).catch(() => {});
  }

  #find(clientMessageId: string): Outgoing | undefined {
    for (const queue of this.#queues.values()) {
      const found = queue.find((outgoing) => outgoing.clientMessageId === clientMessageId);
      if (found) return found;
    }
    return undefined;
  }

  #queue(conversationId: string): Outgoing[] {
    let queue = this.#queues.get(conversationId);
    if (!queue) {
      queue = [];
      this.#queues.set(conversationId, queue);
    }
    return queue;
  }
}

const unreadable = 'The file cannot be read: it is a folder, or has changed or gone since. Choose it again.';

/** Sending what cannot be read looks like a lost connection. */
const canBeRead = (file: File): Promise<boolean> =>
  file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
