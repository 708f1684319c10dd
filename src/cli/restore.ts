import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../blobs/disk.ts';
import { filesName } from '../blobs/open.ts';
import { loadConfig } from '../config.ts';
import type { Position } from '../core/model.ts';
import { makeFolder } from '../make-folder.ts';
import { databasePath, isShared } from '../store/open.ts';
import { removeCopy, renewCopy } from '../store/sqlite/backup.ts';
import { lockPathOf, takeLock } from '../store/sqlite/lock.ts';
import { type BackupContent, copyFile, copyFiles, databaseName, readManifest } from './backup-folder.ts';
import { type CliCommand, UsageError } from './command.ts';
import { parseOptions } from './options.ts';
import { inWordsOfSpace, wholeOrCleared } from './unfinished.ts';

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
    const suffix = `.replaced-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
    const clear = (): void => {
      removeCopy(newPath);
      rmSync(newFiles, { recursive: true, force: true });
    };
    // What an earlier one may have left that was killed.
    clear();
    let position = 0;
    await wholeOrCleared(clear, async () => {
      position = await copyWhole(from, manifest, newPath, newFiles).catch(inWordsOfSpace(path));
      renameAll([
        ...(manifest.files === undefined ? [] : [[files, `${files}${suffix}`] as const, [newFiles, files] as const]),
        ...['-wal', '-shm', ''].map((ending) => [`${path}${ending}`, `${path}${suffix}${ending}`] as const),
        [newPath, path],
      ]);
      await syncFolder(dirname(path));
    });
    tell(
      `Restored the log up to position ${position}, as it was on ${manifest.madeAt}, verified. ` +
        `Clients that come back are new connections.${isTaken ? ` What was there ends in ${suffix}.` : ''}`,
    );
  },
};

/** Copies what was backed up beside what is there, and answers where the log ends. */
async function copyWhole(from: string, manifest: BackupContent, path: string, files: string): Promise<Position> {
  if ((await copyFile(join(from, databaseName), path)) !== manifest.database.sha256) {
    throw damaged(join(from, databaseName));
  }
  if (manifest.files !== undefined) {
    makeFolder(files);
    const copied = await copyFiles(join(from, filesName), files);
    if (copied.sha256 !== manifest.files.sha256) throw damaged(join(from, filesName));
  }
  return renewCopy(path);
}

/** All of them that are there, one after the other, or none. */
function renameAll(renames: readonly (readonly [from: string, to: string])[]): void {
  const done: (readonly [string, string])[] = [];
  for (const [from, to] of renames) {
    if (!existsSync(from)) continue;
    try {
      renameSync(from, to);
      done.unshift([from, to]);
    } catch (cause) {
      for (const [before, after] of done) renameSync(after, before);
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `${from} cannot be renamed (${reason}). Nothing was changed. Where it is a disk of its own, restore to another DATA_DIR.`,
        { cause },
      );
    }
  }
}

const damaged = (path: string): Error =>
  new Error(`${path} is not as it was backed up. Nothing was changed. Take another backup.`);
