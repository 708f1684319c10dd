import { Observable } from './observable.ts';

/** A little longer than the server takes to say that somebody has stopped. */
const lastsMs = 8_000;
/** Typing is told again this often while it goes on; the server forgets it after a few seconds. */
const tellEveryMs = 3_000;

/** Who types in a conversation, and that the user does. */
export class Typing {
  /** Ids of the others who are typing now. */
  readonly users = new Observable<readonly string[]>([]);
  readonly #ends = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #tell: (isTyping: boolean) => void;
  #toldAt = 0;

  constructor(tell: (isTyping: boolean) => void) {
    this.#tell = tell;
  }

  hear(userId: string, isTyping: boolean): void {
    clearTimeout(this.#ends.get(userId));
    this.#ends.delete(userId);
    if (isTyping) {
      this.#ends.set(
        userId,
        setTimeout(() => this.hear(userId, false), lastsMs),
      );
    }
    this.users.update((users) => {
      if (users.includes(userId) === isTyping) return users;
      return isTyping ? [...users, userId] : users.filter((id) => id !== userId);
    });
  }

  /** Tells the others no more often than needed. */
  set(isTyping: boolean): void {
    const now = Date.now();
    if (isTyping ? now - this.#toldAt < tellEveryMs : this.#toldAt === 0) return;
    this.#toldAt = isTyping ? now : 0;
    this.#tell(isTyping);
  }

  /** A message ends typing by itself: nobody has to be told. */
  hasSaid(): void {
    this.#toldAt = 0;
  }

  close(): void {
    for (const timer of this.#ends.values()) clearTimeout(timer);
    this.#ends.clear();
  }
}
