import { parseArgs } from 'node:util';
import { numberOption } from '../harness/number-option.ts';
import { isPlantedBug, type PlantedBug, plantedBugs } from './planted-bugs.ts';

const storeNames = ['sqlite', 'postgres'] as const;
const busNames = ['postgres', 'redis'] as const;
type StoreName = (typeof storeNames)[number];
type BusName = (typeof busNames)[number];

export type Options = {
  readonly minutes: number;
  /** What happens to the server and the clients, and when, follows from it. */
  readonly seed: number;
  readonly clients: number;
  /** Messages a second that the clients together try to say. */
  readonly rate: number;
  /** Mean time between two faults. */
  readonly faultEveryMs: number;
  /** How many sends each client leaves unanswered at a time. */
  readonly window: number;
  readonly nodes: number;
  /** Several nodes share a PostgreSQL. */
  readonly store: StoreName;
  /** What carries word between nodes. */
  readonly bus: BusName;
  readonly bugs: readonly PlantedBug[];
  /** How long everything may take to be answered and heard once nothing disturbs it any more. */
  readonly settleMs: number;
  readonly isVerbose: boolean;
};

export const defaults: Options = {
  minutes: 1,
  seed: 1,
  clients: 20,
  rate: 1200,
  faultEveryMs: 1200,
  window: 48,
  nodes: 1,
  store: 'sqlite',
  bus: 'postgres',
  bugs: [],
  settleMs: 60_000,
  isVerbose: false,
};

const usage = `npm run torture -- [--minutes 1] [--seed N] [--clients 20] [--rate 1200] [--fault-every-ms 1200] [--window 48]
                   [--nodes 1] [--store ${storeNames.join('|')}] [--bus ${busNames.join('|')}]
                   [--verbose] [--bugs ${plantedBugs.join(',')}]`;

/** Throws with words for people. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string' },
      clients: { type: 'string' },
      rate: { type: 'string' },
      'fault-every-ms': { type: 'string' },
      window: { type: 'string' },
      nodes: { type: 'string' },
      store: { type: 'string' },
      bus: { type: 'string' },
      bugs: { type: 'string' },
      verbose: { type: 'boolean' },
    },
  });
  const number = (name: keyof typeof values, otherwise: number, isWhole = false): number => {
    const value = values[name];
    return typeof value === 'string' ? numberOption(name, value, { isWhole }) : otherwise;
  };
  const word = <W extends string>(name: string, words: readonly W[], value: string | undefined, otherwise: W): W => {
    const read = value === undefined ? otherwise : words.find((one) => one === value);
    if (read === undefined) throw new Error(`--${name} is one of ${words.join(', ')}.\n${usage}`);
    return read;
  };
  const nodes = number('nodes', defaults.nodes, true);
  const store = word('store', storeNames, values.store, nodes > 1 ? 'postgres' : defaults.store);
  if (nodes > 1 && store !== 'postgres') throw new Error(`Several nodes need --store postgres.\n${usage}`);
  if (store !== 'postgres' && values.bus !== undefined) throw new Error(`--bus needs --store postgres.\n${usage}`);
  const bugs = (values.bugs?.split(',') ?? []).map((bug) => {
    if (!isPlantedBug(bug)) throw new Error(`--bugs are of ${plantedBugs.join(', ')}, with commas between.\n${usage}`);
    return bug;
  });
  return {
    minutes: number('minutes', defaults.minutes),
    seed: number('seed', 1 + Math.floor(Math.random() * 2 ** 31), true),
    clients: number('clients', defaults.clients, true),
    rate: number('rate', defaults.rate),
    faultEveryMs: number('fault-every-ms', defaults.faultEveryMs),
    window: number('window', defaults.window, true),
    nodes,
    store,
    bus: word('bus', busNames, values.bus, defaults.bus),
    bugs,
    settleMs: defaults.settleMs,
    isVerbose: values.verbose === true,
  };
}

export function commandOf(options: Options): string {
  const { minutes, seed, clients, rate, faultEveryMs, window, nodes, store, bus, bugs } = options;
  const deployed = store === 'sqlite' ? '' : ` --nodes ${nodes} --store ${store} --bus ${bus}`;
  const planted = bugs.length === 0 ? '' : ` --bugs ${bugs.join(',')}`;
  return (
    `npm run torture -- --minutes ${minutes} --seed ${seed} --clients ${clients} --rate ${rate} ` +
    `--fault-every-ms ${faultEveryMs} --window ${window}${deployed}${planted}`
  );
}
