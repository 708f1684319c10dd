import { PassThrough, Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { run } from '../../src/cli/run.ts';
import type { Environment } from '../../src/config.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The command line within this process, in a data directory of its own unless the environment names one. */

export const freshFolder = (): string => temporaryFolder('cli');

export type CommandOutcome = {
  readonly code: number;
  /** The lines of the result. */
  readonly out: string;
  /** The lines for the person. */
  readonly told: string;
  /** What went out as a stream. */
  readonly streamed: string;
};

/** Runs `parlance <line>`; words are divided by single blanks. */
export async function parlance(
  line: string,
  env: Environment = {},
  input: string | Uint8Array = '',
): Promise<CommandOutcome> {
  const out: string[] = [];
  const told: string[] = [];
  const output = new PassThrough();
  const streamed = textOf(output);
  const code = await run(line === '' ? [] : line.split(' '), {
    env: () => ({ ...env, DATA_DIR: env.DATA_DIR ?? freshFolder() }),
    out: (text) => void out.push(text),
    input: Readable.from(input.length === 0 ? [] : [input]),
    output,
    tell: (text) => void told.push(text),
  });
  output.end();
  return { code, out: out.join('\n'), told: told.join('\n'), streamed: await streamed };
}
