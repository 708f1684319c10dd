import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from './client.ts';
import type { Disk } from './disk.ts';
import { Random } from './random.ts';
import type { ServerProcess } from './server-process.ts';
import type { Wire } from './wire.ts';

/** How often each comes, in parts of the whole. */
const weights = {
  'client closes its engine': 24,
  'connection cut': 13,
  'connection cut inside a write': 13,
  'several connections cut': 6,
  'connection delayed': 10,
  'reader stalls': 12,
  'server paused (SIGSTOP)': 7,
  'server killed (SIGKILL)': 8,
  'server restarted (SIGTERM)': 3,
  'disk full': 2,
  'clock moved': 2,
} as const;

export type FaultKind = keyof typeof weights;

export type Fault = {
  readonly atMs: number;
  readonly kind: FaultKind;
  /** Chooses whom it meets. */
  readonly victim: number;
  readonly forMs: number;
  /** Of a clock. */
  readonly offsetMs: number;
};

/** How long each lasts, at least and at most. */
const durationsMs: { readonly [K in FaultKind]?: readonly [number, number] } = {
  'connection delayed': [300, 3000],
  'reader stalls': [500, 9000],
  'server paused (SIGSTOP)': [100, 1500],
  'disk full': [200, 1500],
};

/** All that will happen in a run. The same seed makes the same schedule. */
export function scheduleOf(seed: number, lengthMs: number, everyMs: number): Fault[] {
  const random = new Random(seed);
  const kinds = (Object.keys(weights) as FaultKind[]).flatMap((kind) => Array<FaultKind>(weights[kind]).fill(kind));
  const faults: Fault[] = [];
  for (let atMs = everyMs; atMs < lengthMs; atMs += everyMs * (0.3 + 1.4 * random.next())) {
    const kind = random.of(kinds);
    const [shortest, longest] = durationsMs[kind] ?? [0, 0];
    faults.push({
      atMs,
      kind,
      victim: random.between(0, 2 ** 20),
      forMs: random.between(shortest, longest),
      offsetMs: random.between(-120_000, 120_000),
    });
  }
  return faults;
}

export type NemesisParts = {
  readonly server: ServerProcess;
  readonly clients: readonly Client[];
  /** By the client's index. */
  readonly wires: readonly Wire[];
  readonly disk: Disk;
  /** Hears of each fault of the server itself. */
  readonly tell: (words: string) => void;
};

/** Does what the schedule says. */
export class Nemesis {
  readonly #parts: NemesisParts;
  readonly done = new Map<FaultKind, number>();
  /** Faults of the server itself follow each other. */
  #serverFaults: Promise<void> = Promise.resolve();
  #serverFaultsWaiting = 0;

  constructor(parts: NemesisParts) {
    this.#parts = parts;
  }

  get faults(): number {
    let sum = 0;
    for (const count of this.done.values()) sum += count;
    return sum;
  }

  /** Rejects when the server does not come back. */
  async run(schedule: readonly Fault[]): Promise<void> {
    const began = performance.now();
    for (const fault of schedule) {
      const early = began + fault.atMs - performance.now();
      if (early > 0) await wait(early);
      if (!this.#isToServer(fault.kind)) this.#toClient(fault);
      // On a slow machine a server that is still coming back is spared, or nothing would be said any more.
      else if (this.#serverFaultsWaiting < 2) {
        this.#serverFaultsWaiting++;
        this.#serverFaults = this.#serverFaults.then(() => this.#toServer(fault));
        this.#serverFaults.catch(() => undefined);
      }
    }
    await this.#serverFaults;
    for (const wire of this.#parts.wires) wire.heal();
  }

  #isToServer(kind: FaultKind): boolean {
    return kind.startsWith('server') || kind === 'disk full' || kind === 'clock moved';
  }

  #count(kind: FaultKind): void {
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
  }

  async #toServer({ kind, forMs, offsetMs }: Fault): Promise<void> {
    const { server, disk, tell } = this.#parts;
    const began = performance.now();
    if (kind === 'server killed (SIGKILL)') {
      await server.kill();
      await server.start();
    } else if (kind === 'server restarted (SIGTERM)') {
      await server.terminate();
      await server.start();
    } else if (kind === 'server paused (SIGSTOP)') {
      server.pause();
      await wait(forMs);
      server.goOn();
    } else if (kind === 'clock moved') server.moveClock(offsetMs);
    else if (disk.limitation === undefined) {
      await disk.fill();
      await wait(forMs);
      await disk.empty();
    } else {
      this.#serverFaultsWaiting--;
      return;
    }
    this.#serverFaultsWaiting--;
    this.#count(kind);
    tell(`${kind}, ${Math.round(performance.now() - began)} ms`);
  }

  #toClient({ kind, victim, forMs }: Fault): void {
    const { clients, wires } = this.#parts;
    const at = victim % clients.length;
    const wire = wires[at];
    if (kind === 'client closes its engine') clients[at]?.cut();
    else if (kind === 'connection cut') wire?.cut();
    else if (kind === 'connection cut inside a write') wire?.cutInside((victim % 97) / 97);
    else if (kind === 'several connections cut') {
      for (let other = at % 3; other < wires.length; other += 3) wires[other]?.cut();
    } else if (kind === 'reader stalls') wire?.stall(forMs);
    else if (kind === 'connection delayed') {
      wire?.delay(20 + (victim % 280));
      setTimeout(() => wire?.delay(0), forMs);
    }
    this.#count(kind);
  }
}
