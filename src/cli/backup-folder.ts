import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { passOverMissing, syncFolder } from '../blobs/disk.ts';
import { filesName } from '../blobs/open.ts';
import { removeCopy } from '../store/sqlite/backup.ts';

/** A backup is a folder: the database, the uploaded files, and what tells whether both are as they were written. */

export const databaseName = 'parlance.sqlite';
const manifestName = 'manifest.json';

const manifest = Type.Object({
  backup: Type.Literal('parlance'),
  version: Type.Literal(1),
  madeAt: Type.String(),
  /** Where the log ends. */
  position: Type.Integer(),
  database: Type.Object({ sha256: Type.String() }),
  /** Absent where the files were not copied. */
  files: Type.Optional(Type.Object({ count: Type.Integer(), sha256: Type.String() })),
});
type Manifest = Static<typeof manifest>;
export type BackupContent = Omit<Manifest, 'backup' | 'version'>;

const check = Compile(manifest);

/** Written last: a folder without it is no backup. */
export async function writeManifest(folder: string, content: BackupContent): Promise<void> {
  const file = await open(join(folder, manifestName), 'wx', 0o600);
  try {
    await file.writeFile(
      `${JSON.stringify({ backup: 'parlance', version: 1, ...content } satisfies Manifest, null, 2)}\n`,
    );
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(folder);
}

/** Removes what a backup that failed has begun, so that the folder may be used again. */
export function clearFolder(folder: string): void {
  removeCopy(join(folder, databaseName));
  for (const name of [filesName, manifestName]) rmSync(join(folder, name), { recursive: true, force: true });
}

export async function readManifest(folder: string): Promise<BackupContent> {
  const path = join(folder, manifestName);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(
      `${folder} is no backup: it has no ${manifestName}. Give a folder that "parlance backup" finished.`,
    );
  });
  try {
    const read: unknown = JSON.parse(text);
    if (check.Check(read)) return read;
  } catch {}
  throw new Error(`${path} is damaged, or of another version of Parlance. Take another backup.`);
}

/** Copies a file, or only reads it, and answers the hash of what was read. */
export async function copyFile(from: string, to: string | undefined): Promise<string> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Uint8Array, _, done) {
      hash.update(chunk);
      done(null, to === undefined ? undefined : chunk);
    },
  });
  if (to === undefined) await pipeline(createReadStream(from), hashing.resume());
  else await pipeline(createReadStream(from), hashing, createWriteStream(to, { mode: 0o600, flush: true }));
  return hash.digest('hex');
}

/**
 * Copies the folder of uploaded files, or only reads it: `<two characters>/<id>` each. What is being uploaded, or goes
 * away meanwhile, is left out. Answers how many there are and a hash of all names and contents.
 */
export async function copyFiles(from: string, to: string | undefined): Promise<NonNullable<Manifest['files']>> {
  const hash = createHash('sha256');
  let count = 0;
  for (const folder of await namesIn(from)) {
    if (folder.startsWith('.')) continue;
    for (const name of await namesIn(join(from, folder))) {
      const target = to === undefined ? undefined : join(to, folder, name);
      if (target !== undefined) await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const sha256 = await copyFile(join(from, folder, name), target).catch(passOverMissing);
      if (sha256 === undefined) continue;
      hash.update(`${folder}/${name} ${sha256}\n`);
      count++;
    }
    if (to !== undefined) await syncFolder(join(to, folder)).catch(passOverMissing);
  }
  return { count, sha256: hash.digest('hex') };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return ((await readdir(folder).catch(passOverMissing)) ?? []).sort();
}
