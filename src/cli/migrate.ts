import { readArchive } from '../archive/read.ts';
import { writeArchive } from '../archive/write.ts';
import { loadConfig } from '../config.ts';
import { databasePath, isShared } from '../store/open.ts';
import { fillArchive, keepServersOff, openArchive } from '../store/open-archive.ts';
import { type CliCommand, UsageError } from './command.ts';
import { progress, sayHowToGoOn, tellVerdict } from './import.ts';
import { parseOptions } from './options.ts';

/** Moves a log into another database, of which no server has either. */
export const migrate: CliCommand = {
  name: 'migrate',
  options: '--from URL --to URL',
  sentence: 'Copy everything durable into another, empty database and verify it: sqlite:<path> or postgres://… each.',
  async run(args, { env, tell }) {
    const { from, to } = parseOptions(args, { from: { type: 'string' }, to: { type: 'string' } });
    if (from === undefined || to === undefined) {
      throw new UsageError('From where to where? Give both: --from sqlite:parlance.sqlite --to postgres://…');
    }
    for (const [option, address] of Object.entries({ from, to })) {
      // The address itself stays out of the words: it may hold a password.
      if (!/^(sqlite|postgres(ql)?):/i.test(address)) {
        throw new UsageError(`--${option} names no database: it begins with sqlite: or postgres://`);
      }
    }
    const { dataDir } = loadConfig(env()).storage;
    if (placeOf(from, dataDir) === placeOf(to, dataDir)) {
      throw new UsageError('--from and --to name the same database: give an empty one to move to');
    }
    const source = { databaseUrl: from, dataDir };
    // What is said to the old database while it is copied would be lost.
    await using unused = await keepServersOff(source);
    await using reader = await openArchive(source);
    await using writer = await fillArchive({ databaseUrl: to, dataDir });
    const { epoch, position } = reader.head;
    // The same rows in the same order each time: nobody writes between an interruption and going on.
    const lines = writeArchive(reader, { id: `${epoch}.${position}` });
    const verdict = await readArchive(lines, writer, { onProgress: progress(tell) }).catch(sayHowToGoOn);
    await unused.assertUnused();
    tellVerdict(verdict, tell);
    tell(`Start the server with the new DATABASE_URL now, and never again with the old one: the two are one history.`);
  },
};

const placeOf = (databaseUrl: string, dataDir: string): string =>
  isShared(databaseUrl) ? databaseUrl : databasePath({ databaseUrl, dataDir });
