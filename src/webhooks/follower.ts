import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, FollowerStore, Store, WebhookFailure, WebhookState } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import { topicOf } from '../core/events.ts';
import type { ConversationId, Position } from '../core/model.ts';
import type { Letter, Post } from './post.ts';

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

/** Events of different conversations that are sent at the same time. */
const sendsAtOnce = 8;
/** Events read and not delivered at the most: the log waits where it is. */
const windowEntries = 256;
const pageEntries = 64;
const saveEveryMs = 500;
const readAgainMs = 1000;
/** For the answers that are awaited when it is stopped. */
const patienceMs = 500;

type Delivery = Omit<Letter, 'body'> & {
  readonly lane: string;
  readonly conversationId?: ConversationId;
  attempts: number;
  body: string;
  /** It has waited, and what it tells may have been taken back meanwhile: it is written anew before it is sent. */
  hasWaited: boolean;
};

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
  /** By position, in order. */
  readonly #outstanding = new Map<Position, Delivery>();
  readonly #lanes = new Map<string, Delivery[]>();
  #ready: string[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Those that were tried and not taken. */
  readonly #failing = new Set<Delivery>();
  #sending = 0;
  #through: Position;
  #saved: Position;
  #failure: WebhookFailure | undefined;
  #savedFailure: WebhookFailure | undefined;
  #reading = false;
  #isWoken = false;
  #saveTimer: NodeJS.Timeout | undefined;
  #saves: Promise<void> = Promise.resolve();

  constructor(parts: FollowerParts, webhook: WebhookState) {
    this.#parts = parts;
    this.#webhook = webhook;
    const wanted = new Set(webhook.events);
    this.#wants = (type) => wanted.size === 0 || wanted.has(type);
    this.#through = webhook.position;
    this.#saved = webhook.position;
    this.#failure = webhook.failure;
    this.#savedFailure = webhook.failure;
  }

  /** There may be more in the log. */
  wake(): void {
    this.#isWoken = true;
    if (!this.#reading) void this.#read();
  }

  /** Ends what is under way; what was not taken yet is told again by whoever goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      for (const timer of this.#timers) clearTimeout(timer);
      // An answer that is about to come spares whoever goes on a repeat.
      await Promise.race([Promise.all(this.#underWay), wait(patienceMs, undefined, { ref: false })]);
      this.#stop.abort();
      clearTimeout(this.#saveTimer);
      this.#save();
    }
    await this.#saves;
  }

  get #place(): Position {
    const [lowest] = this.#outstanding.keys();
    return lowest === undefined ? this.#through : lowest - 1;
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      while (this.#isWoken && !this.#isStopping) {
        const room = windowEntries - this.#outstanding.size;
        if (room <= 0) break;
        this.#isWoken = false;
        const after = this.#through;
        const page = await this.#parts.store.readEntries({ after, limit: Math.min(pageEntries, room) });
        if (this.#isStopping || page.through <= after) continue;
        for (const entry of page.entries) this.#add(entry);
        this.#through = page.through;
        this.#isWoken = true;
        this.#pump();
        for (const { position } of page.entries) {
          const delivery = this.#outstanding.get(position);
          if (delivery) delivery.hasWaited = true;
        }
        this.#saveSoon();
      }
    } catch (error) {
      this.#parts.onError(error);
      this.#after(readAgainMs, () => this.wake());
    } finally {
      this.#reading = false;
    }
  }

  #add(entry: Entry): void {
    const { type, write } = this.#parts.tell(entry);
    if (!this.#wants(type)) return;
    const { conversationId, userId } = topicOf(entry.event);
    const lane = conversationId === undefined ? `user ${userId}` : `conversation ${conversationId}`;
    const delivery: Delivery = {
      position: entry.position,
      type,
      body: write(),
      lane,
      ...(conversationId === undefined ? {} : { conversationId }),
      attempts: 0,
      hasWaited: false,
    };
    this.#outstanding.set(entry.position, delivery);
    const queue = this.#lanes.get(lane);
    if (queue) queue.push(delivery);
    else {
      this.#lanes.set(lane, [delivery]);
      this.#ready.push(lane);
    }
  }

  #pump(): void {
    while (this.#sending < sendsAtOnce && !this.#isStopping) {
      const lane = this.#ready.shift();
      const delivery = lane === undefined ? undefined : this.#lanes.get(lane)?.[0];
      if (!delivery) return;
      this.#sending++;
      const sent = this.#send(delivery).finally(() => {
        this.#sending--;
        this.#underWay.delete(sent);
        this.#pump();
      });
      this.#underWay.add(sent);
    }
  }

  async #send(delivery: Delivery): Promise<void> {
    const state = delivery.hasWaited ? await this.#writeAnew(delivery) : 'written';
    if (this.#stop.signal.aborted) return;
    if (state === 'gone') {
      this.#done(delivery);
      return;
    }
    if (state === 'unknown') {
      this.#again(delivery, readAgainMs);
      return;
    }
    const words = await this.#parts.post(this.#webhook, delivery, this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    if (words === undefined) {
      this.#done(delivery);
      return;
    }
    if (this.#isStopping) return;
    delivery.attempts++;
    this.#failing.add(delivery);
    const { attempts } = delivery;
    this.#failure = { at: this.#parts.clock.nowMs(), message: words, attempts };
    this.#saveSoon();
    const { limits } = this.#parts;
    if (attempts >= limits.attempts && (await this.#park(delivery, words))) {
      this.#done(delivery);
      return;
    }
    const waitMs = Math.min(limits.lastRetryMs, limits.firstRetryMs * 2 ** (attempts - 1));
    // Not all at the same moment: what failed together would else come together for ever.
    this.#again(delivery, waitMs * (0.8 + Math.random() * 0.4));
  }

  #again({ lane }: Delivery, waitMs: number): void {
    this.#after(waitMs, () => {
      this.#ready.push(lane);
      this.#pump();
    });
  }

  /** As the log has it now: what was deleted is told without its words, what is gone not at all. */
  async #writeAnew(delivery: Delivery): Promise<'written' | 'gone' | 'unknown'> {
    const { position } = delivery;
    try {
      const { entries } = await this.#parts.store.readEntries({ after: position - 1, upTo: position, limit: 1 });
      const [entry] = entries;
      if (!entry) return 'gone';
      delivery.body = this.#parts.tell(entry).write();
      return 'written';
    } catch (error) {
      this.#parts.onError(error);
      return 'unknown';
    }
  }

  /** False where it could not be kept, and is to be tried once more. */
  async #park({ position, type, conversationId, attempts }: Delivery, message: string): Promise<boolean> {
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

  #done(delivery: Delivery): void {
    const { position, lane } = delivery;
    this.#outstanding.delete(position);
    // Something is wrong for as long as some event is tried again.
    this.#failing.delete(delivery);
    if (this.#failing.size === 0) this.#failure = undefined;
    const queue = this.#lanes.get(lane);
    queue?.shift();
    if (queue?.length) this.#ready.push(lane);
    else this.#lanes.delete(lane);
    this.#saveSoon();
    // The log was left where it is because there was no room.
    if (this.#isWoken) this.wake();
  }

  #saveSoon(): void {
    this.#saveTimer ??= setTimeout(() => this.#save(), saveEveryMs).unref();
  }

  #save(): void {
    this.#saveTimer = undefined;
    const position = this.#place;
    const failure = this.#failure;
    if (position === this.#saved && failure === this.#savedFailure) return;
    this.#saved = position;
    this.#savedFailure = failure;
    const { id, generation } = this.#webhook;
    this.#saves = this.#saves
      .then(() => this.#parts.followers.moveWebhook(id, generation, { position, ...(failure ? { failure } : {}) }))
      .then(
        (isOurs) => {
          if (!isOurs) this.#parts.onSuperseded();
        },
        (error) => {
          this.#saved = -1;
          this.#parts.onError(error);
        },
      );
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
