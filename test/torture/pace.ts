import type { Client } from './client.ts';
import type { Options } from './options.ts';

const tickMs = 10;

/** Lets the clients talk, so many messages a second in all, as long as they are answered. */
export class Pace {
  readonly #clients: readonly Client[];
  readonly #options: Options;
  readonly #timer: NodeJS.Timeout;
  #due = 0;
  #last = performance.now();
  #next = 0;

  constructor(clients: readonly Client[], options: Options) {
    this.#clients = clients.filter(({ parts }) => parts.talksIn.length > 0);
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  get answered(): number {
    return this.#clients.reduce((sum, { said, outstanding }) => sum + said.length - outstanding.size, 0);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const { rate, window } = this.#options;
    const now = performance.now();
    // What was missed while the server was down is not made up for at once.
    this.#due = Math.min(this.#due + ((now - this.#last) * rate) / 1000, rate / 4);
    this.#last = now;
    for (let tried = 0; this.#due >= 1 && tried < this.#clients.length; ) {
      const client = this.#clients[this.#next++ % this.#clients.length] as Client;
      const isLarge = client.parts.padding > 1000;
      if (client.outstanding.size >= (isLarge ? 2 : window)) tried++;
      else {
        client.say();
        this.#due--;
        tried = 0;
      }
    }
  }
}
