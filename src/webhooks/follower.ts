import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, FollowerStore, Store, WebhookFailure, WebhookState } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import { topicOf } from '../core/events.ts';
import type { Position } from '../core/model.ts';
import { type Delivery, type Lane, Lanes, mayFailAgain } from './lanes.ts';
import type { Post } from './post.ts';
import { SavedPlace } from './saved-place.ts';

export type FollowerParts = {
  readonly store: Pick<Store, 'readEntries'>;
  readonly followers: Pick<FollowerStore, 'moveWebhook' | 'parkDelivery'>;
  readonly clock: Clock;
  /** The type under which webhooks know an entry, and its JSON text. */
  readonly tell: (entry: Entry) => { readonly type: string; write(): string };
  readonly post: Post;
  readonly limits: WebhookLimits;
  /** It was set back, changed or removed by somebody: what it does from here on is nobody's wish. */
  readonly onSuperseded: () => void;
  readonly onError: (error: unknown) => void;
};

export type WebhookLimits = {
  /** Attempts at one event until it is parked. */
  readonly attempts: number;
  /** After the first failure of an event, and at the most; doubled each time. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
};

/** Events of different conversations that are sent at the same time, and those of them that may well fail again. */
const sendsAtOnce = 8;
const failingSendsAtOnce = 4;
const pageEntries = 64;
/** An answer that takes longer holds up others. */
const slowMs = 1000;
const readAgainMs = 1000;
/** For the answers that are awaited when it is stopped. */
const stopTimeoutMs = 500;

/**
 * Tells one webhook of what happens, from the log: each event until it is taken or parked, those of one conversation (or user)
 * one after the other. Its place is saved from time to time, so that after a crash the last ones are told again.
 */
export class WebhookFollower implements AsyncDisposable {
  readonly #parts: FollowerParts;
  readonly #webhook: WebhookState;
  readonly #wants: (type: string) => boolean;
  readonly #stop = new AbortController();
  #isStopping = false;
  readonly #underWay = new Set<Promise<void>>();
  readonly #lanes: Lanes;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Those that were tried and not taken. */
  readonly #failing = new Set<Delivery>();
  #sending = 0;
  #failingSends = 0;
  #failure: WebhookFailure | undefined;
  /** What failed before this server began to follow is no further than this, and may fail again until it was tried. */
  readonly #untriedThrough: Position;
  #reading = false;
  #isWoken = false;
  readonly #saved: SavedPlace;

  constructor(parts: FollowerParts, webhook: WebhookState) {
    this.#parts = parts;
    this.#webhook = webhook;
    const wanted = new Set(webhook.events);
    this.#wants = (type) => wanted.size === 0 || wanted.has(type);
    this.#lanes = new Lanes(webhook);
    this.#failure = webhook.failure;
    this.#untriedThrough = webhook.failure?.through ?? 0;
    const { followers, onSuperseded, onError } = parts;
    const place = () => {
      const through = Math.max(this.#untriedThrough, this.#lanes.through);
      return { ...this.#lanes.place, ...(this.#failure ? { failure: { ...this.#failure, through } } : {}) };
    };
    this.#saved = new SavedPlace(webhook, { followers, place, onSuperseded, onError });
  }

  /** There may be more in the log. */
  wake(): void {
    this.#isWoken = true;
    this.#pump();
    if (!this.#reading) void this.#read();
  }

  /** Ends what is under way; what was not taken yet is told again by whoever goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      for (const timer of this.#timers) clearTimeout(timer);
      // An answer that is about to come spares whoever goes on a repeat.
      await Promise.race([Promise.all(this.#underWay), wait(stopTimeoutMs, undefined, { ref: false })]);
      this.#stop.abort();
    }
    await this.#saved[Symbol.asyncDispose]();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    const lanes = this.#lanes;
    try {
      while (this.#isWoken && !this.#isStopping) {
        lanes.goPast();
        if (lanes.room <= 0) break;
        this.#isWoken = false;
        const after = lanes.through;
        const limit = Math.min(pageEntries, lanes.room);
        const page = await this.#parts.store.readEntries({ after, limit });
        if (this.#isStopping || page.through <= after) continue;
        const added = page.entries.flatMap((entry) => this.#add(entry));
        lanes.readThrough(page.through);
        this.#forgetFailure();
        this.#isWoken = true;
        this.#pump();
        for (const delivery of added) delivery.write = undefined;
        this.#saved.saveSoon();
      }
    } catch (error) {
      this.#parts.onError(error);
      this.#after(readAgainMs, () => this.wake());
    } finally {
      this.#reading = false;
    }
  }

  #add(entry: Entry): readonly Delivery[] {
    const delivery = this.#toDelivery(entry);
    if (!delivery) return [];
    this.#lanes.add(topicOf(entry.event), delivery);
    return [delivery];
  }

  #toDelivery(entry: Entry): Delivery | undefined {
    const { type, write } = this.#parts.tell(entry);
    return this.#wants(type) ? { position: entry.position, type, attempts: 0, write } : undefined;
  }

  #pump(): void {
    while (this.#sending < sendsAtOnce && !this.#isStopping) {
      const lane = this.#lanes.take(this.#failingSends < failingSendsAtOnce);
      if (!lane) return;
      const failing = mayFailAgain(lane) ? 1 : 0;
      this.#sending++;
      this.#failingSends += failing;
      const served = this.#serve(lane).finally(() => {
        this.#sending--;
        this.#failingSends -= failing;
        this.#underWay.delete(served);
        this.#pump();
      });
      this.#underWay.add(served);
    }
  }

  async #serve(lane: Lane): Promise<void> {
    const delivery = lane.queue[0] ?? (await this.#findNext(lane));
    if (delivery && !this.#isStopping) await this.#send(lane, delivery);
  }

  /** A straggler finds in the log what it sends next. */
  async #findNext(lane: Lane): Promise<Delivery | undefined> {
    const { conversationId, userId } = lane.topic;
    const topics = {
      conversationIds: conversationId === undefined ? [] : [conversationId],
      userIds: userId === undefined ? [] : [userId],
    };
    const range = { after: lane.through ?? 0, upTo: this.#lanes.through, limit: lane.entriesAtOnce, topics };
    try {
      const { entries, through } = await this.#parts.store.readEntries(range);
      for (const entry of entries) {
        const delivery = this.#toDelivery(entry);
        if (!delivery) continue;
        this.#lanes.found(lane, delivery);
        return delivery;
      }
      this.#lanes.foundNone(lane, through);
      this.#forgetFailure();
      this.#saved.saveSoon();
    } catch (error) {
      this.#parts.onError(error);
      this.#again(lane, readAgainMs);
    }
    return undefined;
  }

  async #send(lane: Lane, delivery: Delivery): Promise<void> {
    const { position, type, write } = delivery;
    const body = write ? write() : await this.#writeAnew(position);
    if (this.#stop.signal.aborted) return;
    if (body === 'gone') {
      this.#done(lane, delivery);
      return;
    }
    if (body === 'unknown') {
      this.#again(lane, readAgainMs);
      return;
    }
    const sentAt = performance.now();
    const words = await this.#parts.post(this.#webhook, { position, type, body }, this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    lane.isUntried = false;
    lane.isSlow = words !== undefined || performance.now() - sentAt > slowMs;
    if (words === undefined) {
      this.#done(lane, delivery);
      return;
    }
    if (this.#isStopping) return;
    delivery.write = undefined;
    delivery.attempts++;
    this.#failing.add(delivery);
    const { attempts } = delivery;
    this.#failure = { at: this.#parts.clock.nowMs(), message: words, attempts };
    this.#saved.saveSoon();
    const { limits } = this.#parts;
    if (attempts >= limits.attempts && (await this.#park(lane, delivery, words))) {
      this.#done(lane, delivery);
      return;
    }
    const waitMs = Math.min(limits.lastRetryMs, limits.firstRetryMs * 2 ** (attempts - 1));
    // Not all at the same moment: what failed together would else come together for ever.
    this.#again(lane, waitMs * (0.8 + Math.random() * 0.4));
    this.#readOn();
  }

  #again(lane: Lane, waitMs: number): void {
    this.#after(waitMs, () => {
      this.#lanes.ready(lane);
      this.#pump();
    });
  }

  /** As the log has it now: what was deleted is told without its words, what is gone not at all. */
  async #writeAnew(position: Position): Promise<string | 'gone' | 'unknown'> {
    try {
      const { entries } = await this.#parts.store.readEntries({ after: position - 1, upTo: position, limit: 1 });
      const [entry] = entries;
      return entry ? this.#parts.tell(entry).write() : 'gone';
    } catch (error) {
      this.#parts.onError(error);
      return 'unknown';
    }
  }

  /** False where it could not be kept, and is to be tried once more. */
  async #park(
    { topic: { conversationId } }: Lane,
    { position, type, attempts }: Delivery,
    message: string,
  ): Promise<boolean> {
    try {
      await this.#parts.followers.parkDelivery({
        webhookId: this.#webhook.id,
        position,
        type,
        ...(conversationId === undefined ? {} : { conversationId }),
        failure: { at: this.#parts.clock.nowMs(), message, attempts },
      });
      return true;
    } catch (error) {
      this.#parts.onError(error);
      return false;
    }
  }

  #done(lane: Lane, delivery: Delivery): void {
    this.#failing.delete(delivery);
    this.#lanes.done(lane);
    this.#forgetFailure();
    this.#saved.saveSoon();
    this.#readOn();
  }

  /** Something is wrong for as long as some event is tried again, or may well be. */
  #forgetFailure(): void {
    if (this.#failing.size > 0 || !this.#failure || this.#lanes.hasUntried) return;
    if (this.#lanes.place.position >= this.#untriedThrough) this.#failure = undefined;
  }

  /** The log was left where it is because there was no room. */
  #readOn(): void {
    if (this.#isWoken) this.wake();
  }

  #after(waitMs: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#isStopping) then();
    }, waitMs);
    timer.unref();
    this.#timers.add(timer);
  }
}
