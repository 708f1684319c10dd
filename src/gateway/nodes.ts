import type { Bus, Telling } from '../app/ports.ts';

/** What every node knows of its own connections, and adds up with what the others tell of theirs. */
export interface Shared {
  /** What another node tells of its own, in its `round`: everything that it told of itself since it began to tell it all. */
  hear(telling: Telling, node: string, round: number): void;
  /** The node is gone, or has told it all: what it did not tell in this round does not hold any more. */
  forget(node: string, round?: number): void;
  /** All that there is to tell of this node's own connections; read slowly, while it changes. */
  share(): Iterable<ShareTelling>;
}

/** What makes up a node's share; each of them is counted. */
export type ShareTelling = Extract<Telling, { tells: 'present' | 'presence' }>;

type OtherNode = {
  heardAtMs: number;
  round: number;
  /** How many share tellings of the node were heard, as the node counts them; undefined until it has told everything. */
  applied: number | undefined;
  askAgainAtMs: number;
  askedTimes: number;
};

const aliveEveryMs = 1_000;
/** How long a node may be silent until its connections are given up. */
const goneAfterMs = 4_000;
/** How long an answer to a question for everything may take; longer each time that it does not come whole. */
const answerPatienceMs = 3_000;
const answerPatienceLimitMs = 60_000;
/** Everything is told in slices, so that nothing else has to wait for it. */
const sliceTellings = 200;
const sliceEveryMs = 20;

/**
 * Which other nodes there are, and whether all that they told was heard. A node says every second that it is alive, and how much
 * it has told; whoever has heard less, or does not know it, asks it to tell everything again. One that falls silent is given up,
 * and is a new one when it is heard of again.
 */
export class Nodes {
  readonly #bus: Bus;
  readonly #shared: readonly Shared[];
  readonly #others = new Map<string, OtherNode>();
  readonly #beat: NodeJS.Timeout;
  #beatAtMs = performance.now();
  #told = 0;
  #isSharing = false;
  #isWanted = false;
  #isDisposed = false;

  constructor(bus: Bus, shared: readonly Shared[]) {
    this.#bus = bus;
    this.#shared = shared;
    this.#beat = setInterval(() => this.#tellAlive(), aliveEveryMs);
    this.#beat.unref();
  }

  /** Whoever is there already tells this node everything. */
  start(): void {
    this.#bus.tell({ tells: 'ask' });
    this.#tellAlive();
  }

  /** Tells the others of a change of this node's own share. */
  tell(telling: ShareTelling): void {
    this.#told++;
    this.#bus.tell(telling);
  }

  /** The other nodes that are alive, with how long each has been silent. */
  *known(): Iterable<{ readonly node: string; readonly heardMsAgo: number }> {
    const now = performance.now();
    for (const [node, { heardAtMs }] of this.#others) yield { node, heardMsAgo: Math.round(now - heardAtMs) };
  }

  hear(telling: Telling, name: string): void {
    if (this.#isDisposed) return;
    const other = this.#other(name);
    other.heardAtMs = performance.now();
    switch (telling.tells) {
      case 'alive':
        if (other.applied !== telling.told) this.#ask(name, other);
        break;
      case 'ask':
        if (telling.node === undefined || telling.node === this.#bus.node) void this.#tellEverything();
        break;
      case 'begin':
        other.round++;
        other.applied = telling.told;
        break;
      case 'end':
        if (other.applied === telling.told) this.#heardEverything(name, other);
        else other.applied = undefined;
        break;
      case 'present':
      case 'presence':
        if (other.applied !== undefined) other.applied++;
        for (const shared of this.#shared) shared.hear(telling, name, other.round);
        break;
      case 'typing':
      case 'words':
        for (const shared of this.#shared) shared.hear(telling, name, other.round);
        break;
      case 'taken':
        break;
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    clearInterval(this.#beat);
  }

  #other(name: string): OtherNode {
    let other = this.#others.get(name);
    if (!other) {
      other = { heardAtMs: 0, round: 0, applied: undefined, askAgainAtMs: 0, askedTimes: 0 };
      this.#others.set(name, other);
    }
    return other;
  }

  #ask(node: string, other: OtherNode): void {
    const now = performance.now();
    if (now < other.askAgainAtMs) return;
    other.askAgainAtMs = now + Math.min(answerPatienceMs * 2 ** other.askedTimes++, answerPatienceLimitMs);
    this.#bus.tell({ tells: 'ask', node });
  }

  #heardEverything(name: string, other: OtherNode): void {
    other.askedTimes = 0;
    other.askAgainAtMs = 0;
    for (const shared of this.#shared) shared.forget(name, other.round);
  }

  async #tellEverything(): Promise<void> {
    this.#isWanted = true;
    if (this.#isSharing) return;
    this.#isSharing = true;
    while (this.#isWanted && !this.#isDisposed) {
      this.#isWanted = false;
      this.#bus.tell({ tells: 'begin', told: this.#told });
      let slice = 0;
      for (const shared of this.#shared) {
        for (const telling of shared.share()) {
          this.tell(telling);
          if (++slice % sliceTellings === 0) await aMoment();
        }
      }
      this.#bus.tell({ tells: 'end', told: this.#told });
    }
    this.#isSharing = false;
  }

  #tellAlive(): void {
    const now = performance.now();
    // A node that stood still, or does not hear the others, knows nothing of how they are.
    const stoodStill = now - this.#beatAtMs > goneAfterMs / 2;
    this.#beatAtMs = now;
    this.#bus.tell({ tells: 'alive', told: this.#told });
    for (const [name, other] of this.#others) {
      if (stoodStill || !this.#bus.isListening) other.heardAtMs = now;
      if (now - other.heardAtMs <= goneAfterMs) continue;
      this.#others.delete(name);
      for (const shared of this.#shared) shared.forget(name);
    }
  }
}

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, sliceEveryMs).unref());
