import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from './client.ts';
import type { Deployment, Node } from './deployment.ts';
import type { Fault, FaultKind } from './schedule.ts';
import type { Wire } from './wire.ts';

export type NemesisParts = {
  readonly deployment: Deployment;
  readonly clients: readonly Client[];
  /** By the client's index. */
  readonly wires: readonly Wire[];
  /** Hears of each fault that does not meet clients alone. */
  readonly tell: (words: string) => void;
};

/** How long a node may stand still before its users are led to others. */
const usersWaitMs = 1_000;
/** Faults of one victim that wait for their turn at the most, the one that happens now included. */
const waitingLimit = 2;

/** Does what the schedule says. */
export class Nemesis {
  readonly #parts: NemesisParts;
  readonly done = new Map<FaultKind, number>();
  /** Faults of one node, or of one database, follow each other. */
  readonly #queues = new Map<string, { waiting: number; last: Promise<void> }>();

  constructor(parts: NemesisParts) {
    this.#parts = parts;
  }

  get faults(): number {
    let sum = 0;
    for (const count of this.done.values()) sum += count;
    return sum;
  }

  /** Rejects when something does not come back. */
  async run(schedule: readonly Fault[]): Promise<void> {
    const began = performance.now();
    for (const fault of schedule) {
      const early = began + fault.atMs - performance.now();
      if (early > 0) await wait(early);
      if (fault.meets === 'client') this.#toClient(fault);
      else this.#enqueue(fault);
    }
    await Promise.all([...this.#queues.values()].map(({ last }) => last));
    for (const wire of this.#parts.wires) wire.heal();
  }

  /** On a slow machine a victim that is still coming back is spared, or nothing would be said any more. */
  #enqueue(fault: Fault): void {
    const { nodes } = this.#parts.deployment;
    const at = fault.victim % nodes.length;
    const name = fault.meets === 'node' ? `${fault.meets} ${at}` : fault.meets;
    const queue = this.#queues.get(name) ?? { waiting: 0, last: Promise.resolve() };
    this.#queues.set(name, queue);
    if (queue.waiting >= waitingLimit) return;
    queue.waiting++;
    queue.last = queue.last.then(async () => {
      const began = performance.now();
      const happened = await (fault.meets === 'node' ? this.#toNode(fault, at) : this.#toDatabase(fault));
      queue.waiting--;
      if (!happened) return;
      this.#count(fault.kind);
      this.#parts.tell(`${fault.kind}, ${name}, ${Math.round(performance.now() - began)} ms`);
    });
    queue.last.catch(() => undefined);
  }

  #count(kind: FaultKind): void {
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
  }

  /** Answers whether it could be done here. */
  async #toNode({ kind, forMs, offsetMs, victim }: Fault, at: number): Promise<boolean> {
    const { deployment } = this.#parts;
    const { server, toPostgres, toRedis } = deployment.nodes[at] as Node;
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
    } else if (kind === 'server left by its users (SIGSTOP)') {
      server.pause();
      await wait(usersWaitMs);
      this.#leave(at);
      await wait(forMs);
      server.goOn();
    } else if (kind === 'clock moved') server.moveClock(offsetMs);
    else if (kind === 'disk full') {
      const { disk } = deployment;
      if (disk?.limitation !== undefined) return false;
      await disk?.fill();
      await wait(forMs);
      await disk?.empty();
    } else {
      const link = kind.startsWith('Redis') ? toRedis : toPostgres;
      if (kind.includes('silent')) link?.fallSilent();
      else link?.refuse();
      await wait(forMs);
      link?.flow(victim % 3 === 0 ? 'dead' : 'living');
    }
    return true;
  }

  /** Its users are taken by the others. */
  #leave(at: number): void {
    const { wires, deployment } = this.#parts;
    const others = deployment.nodes.length - 1;
    for (const [index, wire] of wires.entries()) if (wire.node === at) wire.leadTo(at + 1 + (index % others));
  }

  async #toDatabase({ kind, forMs }: Fault): Promise<boolean> {
    const { postgres, redis } = this.#parts.deployment;
    if (kind === 'PostgreSQL stopped at once') await postgres?.restart('crash', () => wait(forMs));
    else if (kind === 'PostgreSQL restarted') await postgres?.restart('stop', () => wait(forMs));
    else if (kind === 'Redis emptied (FLUSHALL)') await redis?.empty();
    else if (kind === 'Redis paused (SIGSTOP)') await redis?.pause(forMs);
    else await redis?.restart(kind === 'Redis killed' ? 'SIGKILL' : 'SIGTERM', forMs);
    return true;
  }

  #toClient({ kind, victim, forMs }: Fault): void {
    const { clients, wires, deployment } = this.#parts;
    const at = victim % clients.length;
    const wire = wires[at];
    if (kind === 'client closes its engine') clients[at]?.cut();
    else if (kind === 'client comes back on another node') {
      const others = deployment.nodes.length - 1;
      wire?.leadTo(wire.node + 1 + (Math.floor(victim / clients.length) % others));
    } else if (kind === 'connection cut') wire?.cut();
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
