import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Head, Telling } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import type { Position, TimeMs } from '../core/model.ts';

/** What one frame brings from a node to the others. */
export type FrameContent = {
  /** Committed entries, in the order of the log. */
  readonly entries?: readonly Entry[];
  /** Instead of entries that are too large to carry: how far the log has come with them. */
  readonly head?: Position;
  readonly told?: readonly Telling[];
};

type Frame = FrameContent & {
  readonly node: string;
  /** 1, 2, 3, … for each node. */
  readonly number: number;
  readonly sentAt: TimeMs;
  readonly epoch: string;
};

/** A frame of a node that was not heard before may be so old, or so far ahead where clocks differ. */
const windowMs = 60_000;
/** Length of a SHA-256 in base64url. */
const signatureLength = 43;

/**
 * Frames for a carrier that others can write to. Each is signed (HMAC-SHA-256) with the secret of the log, over its node, epoch,
 * number, time and content. One that was changed, or made by somebody else, is nothing; so is one that comes again, or behind
 * a later one of its node, and an old one of a node that this one has never heard.
 */
export class Frames {
  readonly #key: Buffer;
  readonly #epoch: string;
  readonly #node: string;
  readonly #nowMs: () => TimeMs;
  readonly #newest = new Map<string, { number: number; heardAt: TimeMs }>();
  #number = 0;
  /** Where the nodes of this log meet; whoever does not know its secret cannot tell which log it is. */
  readonly channel: string;

  constructor(node: string, { secret, epoch }: Pick<Head, 'secret' | 'epoch'>, nowMs: () => TimeMs = Date.now) {
    this.#node = node;
    this.#epoch = epoch;
    this.#nowMs = nowMs;
    this.#key = createHmac('sha256', secret).update('parlance bus: frames').digest();
    const log = createHmac('sha256', secret).update('parlance bus: channel').digest('base64url');
    this.channel = `parlance:1:${log.slice(0, 22)}`;
  }

  write(content: FrameContent): string {
    const frame: Frame = {
      node: this.#node,
      number: ++this.#number,
      sentAt: this.#nowMs(),
      epoch: this.#epoch,
      ...content,
    };
    const text = JSON.stringify(frame);
    return this.#sign(text) + text;
  }

  /** The content, and the node that sent it; undefined for what must be ignored. This node's own frames are read like any other. */
  read(signed: string): (FrameContent & { readonly node: string }) | undefined {
    const text = signed.slice(signatureLength);
    const [given, expected] = [Buffer.from(signed.slice(0, signatureLength)), Buffer.from(this.#sign(text))];
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    // Signed, so it was written by the function above.
    const frame = JSON.parse(text) as Frame;
    return frame.epoch === this.#epoch && this.#isNew(frame) ? frame : undefined;
  }

  #isNew({ node, number, sentAt }: Frame): boolean {
    const now = this.#nowMs();
    const newest = this.#newest.get(node);
    if (newest) {
      if (number <= newest.number) return false;
      newest.number = number;
      newest.heardAt = now;
      return true;
    }
    if (Math.abs(now - sentAt) > windowMs) return false;
    // Who has been silent this long has no frame left that would count as new.
    for (const [silent, { heardAt }] of this.#newest) if (now - heardAt > 3 * windowMs) this.#newest.delete(silent);
    this.#newest.set(node, { number, heardAt: now });
    return true;
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

const reportEveryMs = 60_000;

/** Tells an operator, once a minute at most, of frames that {@link Frames.read} did not take. */
export class ForgeryReports {
  readonly #error: Error;
  readonly #onError: (error: unknown) => void;
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  /** `carrier` brought the frames; whoever may do `doing` can have forged them. */
  constructor(carrier: string, doing: string, onError: (error: unknown) => void = () => undefined) {
    this.#onError = onError;
    this.#error = new Error(
      `${carrier} brought words that were forged, repeated or too old, and they were not heard. ` +
        `Check who may ${doing}, and the clocks of the nodes.`,
    );
  }

  report(): void {
    if (performance.now() - this.#reportedAtMs < reportEveryMs) return;
    this.#reportedAtMs = performance.now();
    this.#onError(this.#error);
  }
}
