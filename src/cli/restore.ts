import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../blobs/disk.ts';
import { filesName } from '../blobs/open.ts';
import { loadConfig } from '../config.ts';
import { makeFolder } from '../make-folder.ts';
import { databasePath, isShared } from '../store/open.ts';
import { renewCopy } from '../store/sqlite/backup.ts';
import { lockPathOf, takeLock } from '../store/sqlite/lock.ts';
import { copyFile, copyFiles, databaseName, readManifest } from './backup-folder.ts';
import { type CliCommand, UsageError } from './command.ts';
import { parseOptions } from './options.ts';

/** Puts a backup in the place of the database, as a new history. */
export const restore: CliCommand = {
  name: 'restore',
  options: '--from FOLDER [--replace]',
  sentence: 'Put a backup in place, verified and under a new epoch; --replace keeps what was there under another name.',
  async run(args, { env, tell }) {
    const { from, replace } = parseOptions(args, {
      from: { type: 'string' },
      replace: { type: 'boolean', default: false },
    });
    if (from === undefined) throw new UsageError('From where? Give the folder of a backup: --from ./backup');
    const { storage } = loadConfig(env());
    if (isShared(storage.databaseUrl)) {
      throw new Error('A backup is restored to the embedded database. Leave DATABASE_URL out, and migrate then.');
    }
    const manifest = await readManifest(from);
    const path = databasePath(storage);
    const files = join(storage.dataDir, filesName);
    makeFolder(dirname(path));
    using _lock = takeLock(lockPathOf(path), path);
    const isTaken = existsSync(path) || (manifest.files !== undefined && existsSync(files));
    if (isTaken && !replace) {
      throw new Error(
        `There is a database ${path} (or files) already. Add --replace, which keeps it under another name.`,
      );
    }

    const [newPath, newFiles] = [`${path}.restoring`, `${files}.restoring`];
    await rm(newPath, { force: true });
    await rm(newFiles, { recursive: true, force: true });
    if ((await copyFile(join(from, databaseName), newPath)) !== manifest.database.sha256) {
      throw damaged(join(from, databaseName));
    }
    if (manifest.files !== undefined) {
      makeFolder(newFiles);
      const copied = await copyFiles(join(from, filesName), newFiles);
      if (copied.sha256 !== manifest.files.sha256) throw damaged(join(from, filesName));
    }
    const position = renewCopy(newPath);

    const suffix = `.replaced-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
    for (const ending of ['-wal', '-shm', '']) await setAside(`${path}${ending}`, `${path}${suffix}${ending}`);
    if (manifest.files !== undefined) {
      await setAside(files, `${files}${suffix}`);
      await rename(newFiles, files);
    }
    await rename(newPath, path);
    await syncFolder(dirname(path));
    tell(
      `Restored the log up to position ${position}, as it was on ${manifest.madeAt}, verified. ` +
        `Clients that come back are new connections.${isTaken ? ` What was there ends in ${suffix}.` : ''}`,
    );
  },
};

async function setAside(path: string, name: string): Promise<void> {
  if (existsSync(path)) await rename(path, name);
}

const damaged = (path: string): Error =>
  new Error(`${path} is not as it was backed up. Nothing was changed. Take another backup.`);
