import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { unpacked } from '../archive/gzip.ts';
import { splitLines } from '../archive/lines.ts';
import { type ReadingOptions, readArchive, type Verdict } from '../archive/read.ts';
import { loadConfig } from '../config.ts';
import { fillArchive } from '../store/open-archive.ts';
import { isDiskFull } from '../store/sqlite/open-errors.ts';
import type { CliCommand, CommandContext } from './command.ts';
import { parseOptions } from './options.ts';

/** Fills an empty database from an archive, and holds it against the archive's hashes. */
export const importCommand: CliCommand = {
  name: 'import',
  options: '[--from FILE] [--new-epoch]',
  sentence: 'Fill an empty database from an archive and verify it; run again after an interruption, it goes on.',
  async run(args, { env, input, tell }) {
    const { from, 'new-epoch': newEpoch } = parseOptions(args, {
      from: { type: 'string' },
      'new-epoch': { type: 'boolean', default: false },
    });
    const { storage } = loadConfig(env());
    if (from !== undefined) await expectFile(from);
    await using writer = await fillArchive(storage);
    const lines = splitLines(unpacked(from === undefined ? input : createReadStream(from)));
    const reading = readArchive(lines, writer, { newEpoch, onProgress: progress(tell) });
    tellVerdict(await reading.catch(sayHowToGoOn), tell);
  },
};

/** Before a database is made for it. */
async function expectFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new Error(`There is no file ${path} that can be read. Check what --from says.`);
  if (found.isDirectory()) throw new Error(`${path} is a folder. Give the file that "parlance export" wrote.`);
}

/** What is written stays: the same command goes on behind it. */
export function sayHowToGoOn(error: unknown): never {
  if (!isDiskFull(error)) throw error;
  throw new Error('There is no space for the new database. Free some, and type the same command again: it goes on.', {
    cause: error,
  });
}

const progressEveryMs = 5_000;

/** Says now and then how far it is. */
export function progress(tell: CommandContext['tell']): NonNullable<ReadingOptions['onProgress']> {
  let toldAtMs = performance.now();
  return (rows) => {
    if (performance.now() - toldAtMs < progressEveryMs) return;
    toldAtMs = performance.now();
    tell(`${rows} rows are written.`);
  };
}

/** Throws, with what is different, where the verdict is no. */
export function tellVerdict(
  { rows, rowsBefore, conversations, differences }: Verdict,
  tell: CommandContext['tell'],
): void {
  if (differences.length > 0) {
    throw new Error(
      `What was written is not what the archive says:\n  ${differences.join('\n  ')}\n` +
        'No server opens this database. Empty it, get the archive once more, and begin again.',
    );
  }
  const before = rowsBefore > 0 ? ` (${rowsBefore} of them by an import before this one)` : '';
  tell(`Verified: ${rows} rows${before}; the hashes of all ${conversations} conversations and of all tables agree.`);
}
