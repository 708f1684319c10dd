import type { Straggler, WebhookPlace } from '../app/ports.ts';
import type { Topic } from '../core/events.ts';
import type { Position } from '../core/model.ts';

/** Events that were read and are not delivered, stragglers' apart, at the most: the log waits where it is. */
export const windowEntries = 256;
/** Who is slow and so many positions behind what was read is gone past. */
const lagPositions = 128;
/** With more of them the log waits. */
export const stragglersLimit = 256;
/** Of a straggler's entries, so many are looked through at once for one that is wanted: more each time that there is none. */
const entriesAtFirst = 8;
const entriesAtMost = 256;

export type Delivery = {
  readonly position: Position;
  readonly type: string;
  attempts: number;
  /** Its JSON text as it was read; undefined once it has waited, since what it tells may have been taken back meanwhile. */
  write: (() => string) | undefined;
};

/** What is sent one after the other: the events of one conversation, or of one user. */
export type Lane = {
  readonly topic: Topic;
  /** Only the first is on its way. Of a straggler one at the most: the others stay in the log. */
  readonly queue: Delivery[];
  /** When it was sent to last, that failed or took long. */
  isSlow: boolean;
  /** Of a straggler: up to here all of it was taken or parked. */
  through?: Position;
  /** Of a straggler: how many of its entries are looked through next. */
  entriesAtOnce: number;
  /** It was one already when this server began to follow, and whether it still fails is not known yet. */
  isUntried?: boolean;
};

/** Which events are to be sent, and who waits for whom. A lane that holds up the others becomes a straggler, and is gone past. */
export class Lanes {
  /** By topic; those that have something to send, and stragglers. */
  readonly #lanes = new Map<string, Lane>();
  readonly #stragglers = new Set<Lane>();
  readonly #ready: Lane[] = [];
  /** The positions of what was read and is not delivered, stragglers' apart, in order. */
  readonly #held = new Set<Position>();
  #through: Position;

  constructor({ position, stragglers }: WebhookPlace) {
    this.#through = position;
    for (const { position: through, ...topic } of stragglers) {
      const lane: Lane = { topic, queue: [], isSlow: true, through, entriesAtOnce: entriesAtFirst, isUntried: true };
      this.#lanes.set(nameOf(topic), lane);
      this.#stragglers.add(lane);
      this.#ready.push(lane);
    }
  }

  /** Up to here the log was read. */
  get through(): Position {
    return this.#through;
  }

  get room(): number {
    return windowEntries - this.#held.size;
  }

  get hasUntried(): boolean {
    for (const { isUntried } of this.#stragglers) if (isUntried) return true;
    return false;
  }

  /** Up to where all was taken or parked, and who is not as far. */
  get place(): WebhookPlace {
    const [lowest] = this.#held;
    const stragglers = [...this.#stragglers].map(
      ({ topic, through = 0 }): Straggler => ({ ...topic, position: through }),
    );
    return { position: lowest === undefined ? this.#through : lowest - 1, stragglers };
  }

  /** In the order of the log. What a straggler will find there by itself is left out. */
  add(topic: Topic, delivery: Delivery): void {
    const name = nameOf(topic);
    const known = this.#lanes.get(name);
    if (known?.through !== undefined) return;
    this.#held.add(delivery.position);
    if (known) known.queue.push(delivery);
    else {
      const lane: Lane = { topic, queue: [delivery], isSlow: false, entriesAtOnce: entriesAtFirst };
      this.#lanes.set(name, lane);
      this.#ready.push(lane);
    }
  }

  readThrough(position: Position): void {
    this.#through = position;
  }

  /** The next one that may send; `evenFailing`: also one that may well fail again. */
  take(evenFailing: boolean): Lane | undefined {
    const at = this.#ready.findIndex((lane) => evenFailing || !mayFailAgain(lane));
    return at < 0 ? undefined : this.#ready.splice(at, 1)[0];
  }

  /** It may send again. */
  ready(lane: Lane): void {
    this.#ready.push(lane);
  }

  /** Its first event was taken or parked. */
  done(lane: Lane): void {
    const delivery = lane.queue.shift();
    if (!delivery) return;
    if (lane.through === undefined) this.#held.delete(delivery.position);
    else lane.through = delivery.position;
    if (lane.queue.length > 0 || lane.through !== undefined) this.#ready.push(lane);
    else this.#lanes.delete(nameOf(lane.topic));
  }

  /** Makes stragglers of those that are slow and far behind, so that they take up no room and the place can go on. */
  goPast(): void {
    for (const lane of this.#lanes.values()) {
      const [first] = lane.queue;
      if (!first || !lane.isSlow || lane.through !== undefined) continue;
      if (this.#through - first.position < lagPositions || this.#stragglers.size >= stragglersLimit) continue;
      for (const { position } of lane.queue) this.#held.delete(position);
      lane.queue.length = 1;
      lane.through = first.position - 1;
      this.#stragglers.add(lane);
    }
  }

  /** A straggler's next event, found in the log. */
  found(lane: Lane, delivery: Delivery): void {
    lane.through = delivery.position - 1;
    lane.entriesAtOnce = entriesAtFirst;
    lane.queue.push(delivery);
  }

  /** A straggler has nothing more to send up to here; it is none any more when that is all that was read. */
  foundNone(lane: Lane, through: Position): void {
    lane.through = through;
    lane.entriesAtOnce = Math.min(4 * lane.entriesAtOnce, entriesAtMost);
    if (through < this.#through) this.#ready.push(lane);
    else {
      this.#stragglers.delete(lane);
      this.#lanes.delete(nameOf(lane.topic));
    }
  }
}

/** Has what it sends next failed before, or is it a straggler that has not been quick since? */
export function mayFailAgain({ queue: [first], isSlow, through }: Lane): boolean {
  return (first !== undefined && first.attempts > 0) || (isSlow && through !== undefined);
}

const nameOf = ({ conversationId, userId }: Topic): string =>
  conversationId === undefined ? `user ${userId}` : `conversation ${conversationId}`;
