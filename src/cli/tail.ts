import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { lineOf } from '../app/sentences.ts';
import { loadConfig } from '../config.ts';
import type { LogReader } from '../store/log-reader.ts';
import { openLog } from '../store/open.ts';
import { type CliCommand, UsageError } from './command.ts';
import { parseOptions } from './options.ts';

const pageEntries = 500;
const lookAgainMs = 250;

/** Prints the log, beside servers that may be running. */
export const tail: CliCommand = {
  name: 'tail',
  options: '[--after POSITION] [--follow=false]',
  sentence: 'Print the entries of the log as sentences, and go on with new ones until Ctrl-C.',
  async run(args, { env, output }) {
    const { after, follow } = parseOptions(args, {
      after: { type: 'string', default: '0' },
      follow: { type: 'boolean', default: true },
    });
    if (!/^\d{1,15}$/.test(after))
      throw new UsageError(`--after ${after} is no position: expected a whole number, 0 or more`);
    const { storage } = loadConfig(env());

    await using log = await openLog(storage);
    await pipeline(sentences(log, Number(after), follow), output, { end: false });
  },
};

/** The lines of one page after the other; with `follow` it goes on for ever. */
async function* sentences(log: LogReader, after: number, follow: boolean): AsyncGenerator<string> {
  for (let position = after; ; ) {
    const { entries, through } = await log.readEntries(position, pageEntries);
    if (entries.length > 0) yield entries.map((entry) => `${lineOf(entry)}\n`).join('');
    const isCaughtUp = through <= position;
    position = Math.max(position, through);
    if (!isCaughtUp) continue;
    if (!follow) return;
    await wait(lookAgainMs);
  }
}
