import type { ConversationId } from '../core/model.ts';
import { Lane, type StandingsCount } from './lane.ts';

export type LaneLimits = {
  /** Conversations kept in mind at the most. */
  readonly lanes: number;
  /** Standings over all of them. */
  readonly standings: number;
};

/**
 * The lanes of the conversations that are spoken in. Where there are too many, or too much is known of them, the longest unused
 * are forgotten, and loaded again when somebody asks; never one in which something is under way.
 */
export class LaneCache<P> {
  readonly #limits: LaneLimits;
  readonly #lanes = new Map<ConversationId, Lane<P>>();
  readonly #known: StandingsCount = { standings: 0 };

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  find(id: ConversationId): Lane<P> | undefined {
    return this.#lanes.get(id);
  }

  /** The lane, made when there is none; it counts as used. */
  use(id: ConversationId): Lane<P> {
    const known = this.#lanes.get(id);
    if (!known) {
      const lane = new Lane<P>(id, this.#known);
      this.#forgetDownTo(this.#limits.lanes - 1);
      this.#lanes.set(id, lane);
      return lane;
    }
    if (this.#isNearFull) {
      // Only where forgetting comes near is it worth knowing which was used last.
      this.#lanes.delete(id);
      this.#forgetDownTo(this.#limits.lanes - 1);
      this.#lanes.set(id, known);
    }
    return known;
  }

  get #isNearFull(): boolean {
    return this.#lanes.size * 2 > this.#limits.lanes || this.#known.standings * 2 > this.#limits.standings;
  }

  #isOver(lanes: number): boolean {
    return this.#lanes.size > lanes || this.#known.standings > this.#limits.standings;
  }

  #forgetDownTo(lanes: number): void {
    if (!this.#isOver(lanes)) return;
    for (const [id, lane] of this.#lanes) {
      if (lane.isBusy) continue;
      this.#lanes.delete(id);
      lane.forget();
      if (!this.#isOver(lanes)) return;
    }
  }
}
