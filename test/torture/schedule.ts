import { Random } from './random.ts';

/** What happens in a run, and when. */

type Meets = 'client' | 'node' | 'database' | 'redis';

/** How often each comes where it can come at all, in parts of the whole, and how long it lasts at least and at most. */
type Kind = { readonly meets: Meets; readonly weight: number; readonly lastsMs?: readonly [number, number] };

const ofOneNode = {
  'client closes its engine': { meets: 'client', weight: 24 },
  'connection cut': { meets: 'client', weight: 13 },
  'connection cut inside a write': { meets: 'client', weight: 13 },
  'several connections cut': { meets: 'client', weight: 6 },
  'connection delayed': { meets: 'client', weight: 10, lastsMs: [300, 3000] },
  'reader stalls': { meets: 'client', weight: 12, lastsMs: [500, 9000] },
  'server paused (SIGSTOP)': { meets: 'node', weight: 7, lastsMs: [100, 1500] },
  'server killed (SIGKILL)': { meets: 'node', weight: 8 },
  'server restarted (SIGTERM)': { meets: 'node', weight: 3 },
  'disk full': { meets: 'node', weight: 2, lastsMs: [200, 1500] },
  'clock moved': { meets: 'node', weight: 2 },
} as const satisfies { readonly [kind: string]: Kind };

const ofSeveralNodes = {
  'client comes back on another node': { meets: 'client', weight: 24 },
  'server left by its users (SIGSTOP)': { meets: 'node', weight: 6, lastsMs: [2000, 12_000] },
} as const satisfies { readonly [kind: string]: Kind };

const ofPostgres = {
  'PostgreSQL silent to a node': { meets: 'node', weight: 6, lastsMs: [200, 6000] },
  'PostgreSQL silent until a node gives up': { meets: 'node', weight: 1, lastsMs: [20_500, 24_000] },
  'PostgreSQL refuses a node': { meets: 'node', weight: 5, lastsMs: [0, 4000] },
  'PostgreSQL stopped at once': { meets: 'database', weight: 3, lastsMs: [0, 1500] },
  'PostgreSQL restarted': { meets: 'database', weight: 2, lastsMs: [0, 1500] },
} as const satisfies { readonly [kind: string]: Kind };

const ofRedis = {
  'Redis silent to a node': { meets: 'node', weight: 6, lastsMs: [200, 9000] },
  'Redis refuses a node': { meets: 'node', weight: 4, lastsMs: [0, 4000] },
  'Redis killed': { meets: 'redis', weight: 3, lastsMs: [0, 3000] },
  'Redis restarted': { meets: 'redis', weight: 2, lastsMs: [0, 3000] },
  'Redis paused (SIGSTOP)': { meets: 'redis', weight: 3, lastsMs: [200, 6000] },
  'Redis emptied (FLUSHALL)': { meets: 'redis', weight: 4 },
} as const satisfies { readonly [kind: string]: Kind };

const kinds = { ...ofOneNode, ...ofSeveralNodes, ...ofPostgres, ...ofRedis };

export type FaultKind = keyof typeof kinds;

export type Fault = {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly meets: Meets;
  /** Chooses whom it meets. */
  readonly victim: number;
  readonly forMs: number;
  /** Of a clock. */
  readonly offsetMs: number;
};

export type Deployed = { readonly nodes: number; readonly hasPostgres: boolean; readonly hasRedis: boolean };

/** All that will happen in a run. The same seed makes the same schedule for the same deployment. */
export function scheduleOf(seed: number, lengthMs: number, everyMs: number, deployed: Deployed): Fault[] {
  const random = new Random(seed);
  const possible: { readonly [kind: string]: Kind } = {
    ...ofOneNode,
    ...(deployed.nodes > 1 ? ofSeveralNodes : {}),
    ...(deployed.hasPostgres ? ofPostgres : {}),
    ...(deployed.hasRedis ? ofRedis : {}),
  };
  const names = Object.entries(possible).flatMap(([name, { weight }]) => {
    // The data lies elsewhere.
    const comes = name === 'disk full' && deployed.hasPostgres ? 0 : weight;
    return Array<FaultKind>(comes).fill(name as FaultKind);
  });
  const faults: Fault[] = [];
  for (let atMs = everyMs; atMs < lengthMs; atMs += everyMs * (0.3 + 1.4 * random.next())) {
    const kind = random.of(names);
    const { meets, lastsMs = [0, 0] }: Kind = kinds[kind];
    const [shortest, longest] = lastsMs;
    faults.push({
      atMs,
      kind,
      meets,
      victim: random.between(0, 2 ** 20),
      forMs: random.between(shortest, longest),
      offsetMs: random.between(-120_000, 120_000),
    });
  }
  return faults;
}
