/** What this file needs of an engine connection. */
type Engine = {
  readonly readyState: string;
  once(event: 'close', listener: (this: Engine) => void): unknown;
  removeListener(event: 'close', listener: (this: Engine) => void): unknown;
};

/**
 * Engine connections that are in no namespace, counted by address: nobody else knows of them. Whoever stays one for too long is
 * cut off.
 */
export class Newcomers<E extends Engine> implements Disposable {
  readonly #perAddress: number;
  readonly #patienceMs: number;
  readonly #cutOff: (engine: E) => void;
  /** Since when, the longest first. */
  readonly #waiting = new Map<E, { readonly address: string; readonly since: number; isAsking: boolean }>();
  readonly #counts = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #onClose: (this: Engine) => void;

  constructor(options: { perAddress: number; patienceMs: number; cutOff: (engine: E) => void }) {
    this.#perAddress = options.perAddress;
    this.#patienceMs = options.patienceMs;
    this.#cutOff = options.cutOff;
    const release = (engine: E): void => this.release(engine);
    this.#onClose = function () {
      release(this as E);
    };
    this.#timer = setInterval(() => this.#sweep(), options.patienceMs / 4).unref();
  }

  mayCome(address: string): boolean {
    return (this.#counts.get(address) ?? 0) < this.#perAddress;
  }

  /** It has just come, or has left the last namespace that it was in. */
  add(engine: E, address: string): void {
    if (this.#waiting.has(engine) || engine.readyState !== 'open') return;
    this.#waiting.set(engine, { address, since: performance.now(), isAsking: false });
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
    engine.once('close', this.#onClose);
  }

  /** Whether it waits for our answer: that may take its time, which is not the client's. */
  asks(engine: E, isAsking: boolean): void {
    const newcomer = this.#waiting.get(engine);
    if (newcomer) newcomer.isAsking = isAsking;
  }

  /** It is in, or gone. May be said again. */
  release(engine: E): void {
    const { address } = this.#waiting.get(engine) ?? {};
    if (address === undefined) return;
    this.#waiting.delete(engine);
    engine.removeListener('close', this.#onClose);
    const left = (this.#counts.get(address) ?? 1) - 1;
    if (left > 0) this.#counts.set(address, left);
    else this.#counts.delete(address);
  }

  #sweep(): void {
    const tooOld = performance.now() - this.#patienceMs;
    for (const [engine, { since, isAsking }] of this.#waiting) {
      if (since > tooOld) return;
      if (isAsking) continue;
      this.#cutOff(engine);
      this.release(engine);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
