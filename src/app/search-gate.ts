import type { UserId } from '../core/model.ts';
import { type Refusal, refuse } from '../core/refusals.ts';
import type { SearchIndex, SearchPage, SearchQuery } from './ports.ts';

/** Searches under way at the most: whoever comes then would wait for all of them. */
const limits = { together: 64, perUser: 2 } as const;
const retryAfterMs = 1000;

/** Lets no more searches in than can be answered in a moment, and nobody take all the places. */
export class SearchGate {
  readonly #index: Pick<SearchIndex, 'find'>;
  readonly #byUser = new Map<UserId, number>();
  #together = 0;

  constructor(index: Pick<SearchIndex, 'find'>) {
    this.#index = index;
  }

  /** `asker`: absent for the host. */
  async find(query: SearchQuery, asker: UserId | undefined): Promise<SearchPage | Refusal> {
    const own = asker === undefined ? 0 : (this.#byUser.get(asker) ?? 0);
    if (own >= limits.perUser) {
      const message = 'Your last searches are not answered yet. Wait for them.';
      return refuse('RATE_LIMITED', { message, retryAfterMs });
    }
    if (this.#together >= limits.together) {
      const message = 'Too many search at the moment. Try again shortly.';
      return refuse('UNAVAILABLE', { message, retryAfterMs });
    }
    this.#together++;
    if (asker !== undefined) this.#byUser.set(asker, own + 1);
    try {
      return await this.#index.find(query);
    } finally {
      this.#together--;
      if (asker !== undefined) this.#leave(asker);
    }
  }

  #leave(asker: UserId): void {
    const left = (this.#byUser.get(asker) ?? 1) - 1;
    if (left > 0) this.#byUser.set(asker, left);
    else this.#byUser.delete(asker);
  }
}
