import type { Bus, BusListener } from '../app/ports.ts';
import type { Entry, EphemeralEvent } from '../core/events.ts';
import type { TimeMs } from '../core/model.ts';

/** The bus of a single node: everything is heard at once, in the order in which it was said. */
export class LocalBus implements Bus {
  readonly #listeners: BusListener[] = [];

  announce(entries: readonly Entry[]): void {
    for (const listener of this.#listeners) listener.entries(entries);
  }

  tell(event: EphemeralEvent, at: TimeMs): void {
    for (const listener of this.#listeners) listener.ephemeral(event, at);
  }

  subscribe(listener: BusListener): void {
    this.#listeners.push(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.length = 0;
  }
}
