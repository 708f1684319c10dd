import type { HttpApi } from './http-api.ts';
import type { Presence } from './model.ts';
import { Observable } from './observable.ts';

/** Of those of whom something is heard: what a phone's list of friends holds, and more. */
const most = 5_000;
const askedAtOnce = 100;

/** Who is here. Changes are told by the server; how it stood before is asked for. */
export class Presences {
  /** By user id, the longest unheard of first. */
  readonly known = new Observable<ReadonlyMap<string, Presence>>(new Map());
  readonly #api: HttpApi;

  constructor(api: HttpApi) {
    this.#api = api;
  }

  /** Asks how these users are, and those of whom something was heard, the first hundred. What cannot be asked is not known. */
  async ask(userIds: readonly string[]): Promise<void> {
    const asked = [...new Set([...userIds, ...this.known.get().keys()])].slice(0, askedAtOnce);
    if (asked.length === 0) return;
    const answers = await this.#api.presence(asked).catch(() => []);
    for (const [userId, presence] of answers) this.hear(userId, presence);
  }

  hear(userId: string, presence: Presence): void {
    this.known.update((known) => {
      const next = new Map(known);
      next.delete(userId);
      next.set(userId, presence);
      for (const oldest of next.keys()) {
        if (next.size <= most) break;
        next.delete(oldest);
      }
      return next;
    });
  }
}
