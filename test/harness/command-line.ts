import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { run } from '../../src/cli/run.ts';
import type { Environment } from '../../src/config.ts';

/** The command line within this process, in a data directory of its own unless the environment names one. */

export const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'parlance-cli-'));

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
export async function parlance(line: string, env: Environment = {}, input = ''): Promise<CommandOutcome> {
  const out: string[] = [];
  const told: string[] = [];
  const output = new PassThrough();
  const streamed = textOf(output);
  const code = await run(line === '' ? [] : line.split(' '), {
    env: () => ({ DATA_DIR: freshFolder(), ...env }),
    out: (text) => void out.push(text),
    input: Readable.from(input === '' ? [] : [input]),
    output,
    tell: (text) => void told.push(text),
  });
  output.end();
  return { code, out: out.join('\n'), told: told.join('\n'), streamed: await streamed };
}
