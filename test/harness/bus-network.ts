import type { Bus, BusListener, Telling } from '../../src/app/ports.ts';

/** Nodes that hear each other at once, unless a test takes that from them. */
export class BusNetwork {
  readonly #buses = new Map<string, NetworkBus>();

  open(node: string): NetworkBus {
    const bus = new NetworkBus(node, this);
    this.#buses.set(node, bus);
    return bus;
  }

  carry(from: NetworkBus, telling: Telling): void {
    if (from.isCut) return;
    // As JSON, like any bus.
    const text = JSON.stringify(telling);
    for (const bus of this.#buses.values()) if (bus !== from && !bus.isCut) bus.deliver(JSON.parse(text), from.node);
  }
}

export class NetworkBus implements Bus {
  readonly node: string;
  readonly #network: BusNetwork;
  readonly #listeners: BusListener[] = [];
  /** Says nothing and hears nothing, and does not know it. */
  isCut = false;
  isListening = true;
  /** How many of the next tellings do not arrive here. */
  deafFor = 0;
  readonly heard: Telling[] = [];

  constructor(node: string, network: BusNetwork) {
    this.node = node;
    this.#network = network;
  }

  announce(): void {}

  tell(telling: Telling): void {
    this.#network.carry(this, telling);
  }

  deliver(telling: Telling, from: string): void {
    if (this.deafFor > 0) {
      this.deafFor--;
      return;
    }
    this.heard.push(telling);
    for (const listener of this.#listeners) listener.told?.(telling, from);
  }

  subscribe(listener: BusListener): void {
    this.#listeners.push(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.length = 0;
  }
}
