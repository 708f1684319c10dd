import { setTimeout as wait } from 'node:timers/promises';
import { loadConfig } from '../config.ts';
import { databasePath } from '../store/open.ts';
import { openLogReader } from '../store/sqlite/read-only.ts';
import { type CliCommand, UsageError } from './command.ts';
import { parseOptions } from './options.ts';
import { sentenceOf } from './sentences.ts';

const pageEntries = 500;
const lookAgainMs = 250;

/** Prints the log, beside a server that may be running. */
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

    const log = openLogReader(databasePath(storage));
    try {
      let position = Number(after);
      for (;;) {
        const entries = log.readEntries(position, pageEntries);
        for (const entry of entries) out(sentenceOf(entry));
        position = entries.at(-1)?.position ?? position;
        if (entries.length === pageEntries) continue;
        if (!follow) return;
        await wait(lookAgainMs);
      }
    } finally {
      log[Symbol.dispose]();
    }
  },
};
