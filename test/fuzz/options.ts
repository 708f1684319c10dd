import { parseArgs } from 'node:util';
import { numberOption } from '../harness/number-option.ts';

export type FuzzOptions = {
  readonly minutes: number;
  /** The only target to try; absent: all. */
  readonly target?: string | undefined;
  readonly seed: number;
};

/** Throws with words for whoever typed them. `targets`: the names of those that there are. */
export function readOptions(args: readonly string[], targets: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string', default: '1' }, target: { type: 'string' }, seed: { type: 'string' } },
  });
  const { target } = values;
  if (target !== undefined && !targets.includes(target)) {
    throw new Error(`There is no target "${target}". Use one of ${targets.join(', ')}.`);
  }
  const seed =
    values.seed === undefined
      ? Date.now() % 1_000_000_000
      : numberOption('seed', values.seed, { isWhole: true, least: 0 });
  return { minutes: numberOption('minutes', values.minutes), target, seed };
}
