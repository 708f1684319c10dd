import type { Link } from './link.ts';

/** The conversations that shall be heard live: joined as soon as there is a connection, and again by every new session. */
export class JoinedRooms {
  readonly #link: Pick<Link, 'ask'>;
  readonly #wanted = new Set<string>();
  readonly #joined = new Map<string, Promise<void>>();

  constructor(link: Pick<Link, 'ask'>) {
    this.#link = link;
  }

  /** Joined by this session, or about to be. */
  has(id: string): boolean {
    return this.#joined.has(id);
  }

  /** Those that shall be heard and are not joined. */
  missing(): readonly string[] {
    return [...this.#wanted].filter((id) => !this.#joined.has(id));
  }

  /** Resolves when it is joined, or cannot be. Repeating it asks nothing again. */
  join(id: string): Promise<void> {
    this.#wanted.add(id);
    const known = this.#joined.get(id);
    if (known) return known;
    const joining = this.#link.ask('joinRoom', id).then((answer) => {
      if (answer.is !== 'done') this.#joined.delete(id);
      if (answer.is !== 'refused') return;
      // Admins may look on where they may not join; what nobody may see, the HTTP API refuses in its own words.
      if (answer.retryAfterMs === undefined) this.#wanted.delete(id);
      else setTimeout(() => this.join(id), answer.retryAfterMs);
    });
    this.#joined.set(id, joining);
    return joining;
  }

  /** Resolves when a join that is on its way has been answered. */
  settled(id: string): Promise<void> {
    return this.#joined.get(id) ?? Promise.resolve();
  }

  /** For who has left for good. Joined again by a later session, an open room would make the user a member once more. */
  forget(id: string): void {
    this.#wanted.delete(id);
    this.#joined.delete(id);
  }

  /** The session is a new one, which has joined nothing. */
  startSession(): void {
    this.#joined.clear();
  }
}
