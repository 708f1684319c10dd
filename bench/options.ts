import { parseArgs } from 'node:util';
import { numberOption } from '../test/harness/number-option.ts';
import type { RunOptions } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const usage = [
  'Usage: npm run bench -- <scenario> [--seconds S] [--repetitions R] [--only text,…] [--profile DIR] [--write] [--compare]',
  ...scenarios.map(({ name, sentence }) => `  ${name.padEnd(18)} ${sentence}`),
].join('\n');

type BenchOptions = Omit<RunOptions, 'tell'> & {
  readonly scenario: (typeof scenarios)[number];
  /** Keeps the page among the results. */
  readonly write: boolean;
  /** Holds it against the newest one there. */
  readonly compare: boolean;
};

/** Throws with words for whoever typed them. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '5' },
      repetitions: { type: 'string', default: '3' },
      only: { type: 'string' },
      profile: { type: 'string' },
      write: { type: 'boolean', default: false },
      compare: { type: 'boolean', default: false },
    },
  });
  const scenario = scenarios.find(({ name }) => name === positionals[0]);
  if (scenario === undefined || positionals.length > 1) throw new Error(usage);
  const only = values.only?.split(',') ?? [];
  const titles = scenario.contenders.map(({ title }) => title);
  const unknown = only.find((text) => text === '' || !titles.some((title) => title.includes(text)));
  if (unknown !== undefined) throw new Error(`--only "${unknown}" is in none of: ${titles.join(', ')}.`);
  return {
    scenario,
    seconds: numberOption('seconds', values.seconds),
    repetitions: numberOption('repetitions', values.repetitions, { isWhole: true }),
    only,
    profileDir: values.profile,
    write: values.write,
    compare: values.compare,
  };
}
