import type { Bus, BusListener } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';

/** The bus of a single node: its own entries are heard at once, and there is nobody else to tell anything. */
export class LocalBus implements Bus {
  readonly node = '';
  readonly isListening = true;
  readonly #listeners: BusListener[] = [];

  announce(entries: readonly Entry[]): void {
    for (const listener of this.#listeners) listener.entries?.(entries);
  }

  tell(): void {}

  subscribe(listener: BusListener): void {
    this.#listeners.push(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.length = 0;
  }
}
