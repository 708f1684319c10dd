import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { filesName } from '../blobs/open.ts';
import { loadConfig } from '../config.ts';
import { makeFolder } from '../make-folder.ts';
import { databasePath, isShared } from '../store/open.ts';
import { claimCopy, copyDatabase } from '../store/sqlite/backup.ts';
import { type BackupContent, clearFolder, copyFile, copyFiles, databaseName, writeManifest } from './backup-folder.ts';
import { type CliCommand, UsageError } from './command.ts';
import { parseOptions } from './options.ts';
import { inWordsOfSpace, wholeOrCleared } from './unfinished.ts';

/** Copies the embedded database and the uploaded files, beside a server that may be running. */
export const backup: CliCommand = {
  name: 'backup',
  options: '--to FOLDER [--files=false]',
  sentence:
    'Copy the embedded database, as of one moment, and the uploaded files into a new folder; the server may run.',
  async run(args, { env, tell }) {
    const { to, files: withFiles } = parseOptions(args, {
      to: { type: 'string' },
      files: { type: 'boolean', default: true },
    });
    if (to === undefined) throw new UsageError('Where to? Give a folder that does not exist yet: --to ./backup');
    const { storage } = loadConfig(env());
    if (isShared(storage.databaseUrl)) {
      throw new Error(
        'PostgreSQL is backed up by its own means, such as pg_dump. Or write an archive: parlance export.',
      );
    }
    const path = databasePath(storage);
    await makeEmptyFolder(to);
    const madeAt = new Date().toISOString();
    const copy = join(to, databaseName);
    claimCopy(path, copy);
    // From here on the folder is this backup's.
    await wholeOrCleared(
      () => clearFolder(to),
      async () => {
        const position = await copyDatabase(path, copy);
        const source = withFiles ? join(storage.dataDir, filesName) : undefined;
        tell(await fill(to, { madeAt, position }, source).catch(inWordsOfSpace(to)));
      },
    );
  },
};

/** Completes a copied database with the files of the folder `source`, if there is to be one; answers what was done. */
async function fill(
  to: string,
  copied: Pick<BackupContent, 'madeAt' | 'position'>,
  source: string | undefined,
): Promise<string> {
  const sha256 = await copyFile(join(to, databaseName), undefined);
  // Only now: every file that the copied database speaks of is there.
  const files = source === undefined ? undefined : await copyFiles(source, join(to, filesName));
  await writeManifest(to, { ...copied, database: { sha256 }, ...(files === undefined ? {} : { files }) });
  const count = files === undefined ? 'without the uploaded files' : `with ${files.count} uploaded files`;
  return `Backed up to ${to}: the log up to position ${copied.position}, checked, ${count}.`;
}

async function makeEmptyFolder(folder: string): Promise<void> {
  try {
    makeFolder(folder);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The folder ${folder} cannot be made (${reason}). Give one where this user may write: --to ./backup`,
      {
        cause,
      },
    );
  }
  if ((await readdir(folder)).length === 0) return;
  throw new Error(`The folder ${folder} is not empty. Give one that does not exist yet.`);
}
