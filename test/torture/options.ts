import { parseArgs } from 'node:util';
import { isPlantedBug, type PlantedBug, plantedBugs } from './planted-bugs.ts';

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
  readonly bug: PlantedBug | undefined;
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
  bug: undefined,
  settleMs: 60_000,
  isVerbose: false,
};

const usage = `npm run torture -- [--minutes 1] [--seed N] [--clients 20] [--rate 1200] [--fault-every-ms 1200] [--window 48]
                   [--verbose] [--bug ${plantedBugs.join('|')}]`;

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
      bug: { type: 'string' },
      verbose: { type: 'boolean' },
    },
  });
  const number = (name: string, value: string | undefined, otherwise: number): number => {
    const read = value === undefined ? otherwise : Number(value);
    if (!(read > 0)) throw new Error(`--${name} is a number above 0.\n${usage}`);
    return read;
  };
  const { bug } = values;
  if (bug !== undefined && !isPlantedBug(bug)) throw new Error(`--bug is one of ${plantedBugs.join(', ')}.\n${usage}`);
  return {
    minutes: number('minutes', values.minutes, defaults.minutes),
    seed: number('seed', values.seed, 1 + Math.floor(Math.random() * 2 ** 31)),
    clients: number('clients', values.clients, defaults.clients),
    rate: number('rate', values.rate, defaults.rate),
    faultEveryMs: number('fault-every-ms', values['fault-every-ms'], defaults.faultEveryMs),
    window: number('window', values.window, defaults.window),
    bug,
    settleMs: defaults.settleMs,
    isVerbose: values.verbose === true,
  };
}

export function commandOf({ minutes, seed, clients, rate, faultEveryMs, window, bug }: Options): string {
  const planted = bug === undefined ? '' : ` --bug ${bug}`;
  return (
    `npm run torture -- --minutes ${minutes} --seed ${seed} --clients ${clients} --rate ${rate} ` +
    `--fault-every-ms ${faultEveryMs} --window ${window}${planted}`
  );
}
