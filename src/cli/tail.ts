import { setTimeout as wait } from 'node:timers/promises';
import { lineOf } from '../app/sentences.ts';
import { loadConfig } from '../config.ts';
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
  async run(args, { env, out }) {
    const { after, follow } = parseOptions(args, {
      after: { type: 'string', default: '0' },
      follow: { type: 'boolean', default: true },
    });
    if (!/^\d{1,15}$/.test(after))
      throw new UsageError(`--after ${after} is no position: expected a whole number, 0 or more`);
    const { storage } = loadConfig(env());

    await using log = await openLog(storage);
    for (let position = Number(after); ; ) {
      const { entries, through } = await log.readEntries(position, pageEntries);
      for (const entry of entries) out(lineOf(entry));
      const isCaughtUp = through <= position;
      position = Math.max(position, through);
      if (!isCaughtUp) continue;
      if (!follow) return;
      await wait(lookAgainMs);
    }
  },
};
