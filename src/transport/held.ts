/** What holds something back. Letting go of nothing does nothing. */
type Holding = { letGo(): void };

/**
 * Sees to it that our answers to upgrades, which are held back until there is more to say, so that both leave in one write, never wait
 * for long, whatever it is that takes its time. One timer for all of them.
 */
export class Held<H extends Holding> implements Disposable {
  readonly #limitMs: number;
  /** Since when, the longest first. */
  readonly #waiting = new Map<H, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = setInterval(() => this.#sweep(), limitMs / 4).unref();
  }

  /** It holds something back from now on. */
  add(holding: H): void {
    this.#waiting.set(holding, performance.now());
  }

  /** What waits leaves. May be said again. */
  release(holding: H): void {
    if (this.#waiting.delete(holding)) holding.letGo();
  }

  #sweep(): void {
    // Whoever is left until the next time would have waited too long by then.
    const tooOld = performance.now() - (this.#limitMs * 3) / 4;
    for (const [holding, since] of this.#waiting) {
      if (since > tooOld) return;
      this.release(holding);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const holding of this.#waiting.keys()) this.release(holding);
  }
}
