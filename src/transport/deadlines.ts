/** Things that are due so long after they were set, the longest first, with one timer for all of them. */
export class Deadlines<T> implements Disposable {
  readonly #delayMs: number;
  readonly #due: (item: T) => void;
  readonly #at = new Map<T, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(delayMs: number, due: (item: T) => void) {
    this.#delayMs = delayMs;
    this.#due = due;
  }

  /** It is due that long from now, and no earlier. */
  set(item: T): void {
    this.#at.delete(item);
    this.#at.set(item, performance.now() + this.#delayMs);
    this.#timer ??= this.#wait(this.#delayMs);
  }

  /** It is not due any more. */
  delete(item: T): void {
    this.#at.delete(item);
  }

  #wait(forMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#sweep(), Math.max(1, forMs)).unref();
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [item, at] of this.#at) {
      if (at > now) {
        // Whoever was set anew by being due has set one that is later.
        clearTimeout(this.#timer);
        this.#timer = this.#wait(at - now);
        return;
      }
      this.#at.delete(item);
      this.#due(item);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#at.clear();
  }
}
