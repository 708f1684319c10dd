import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Blobs, StoreUnavailable, TooLarge } from '../app/ports.ts';
import { makeFolder } from '../make-folder.ts';
import { placeOf } from './place.ts';

type Report = (error: unknown, what: string) => void;

/** What says that the disk cannot be used now, and nothing of the file. */
const awayCodes: ReadonlySet<unknown> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOENT',
  'ENOTDIR',
]);

/** An upload that no process can still be writing. */
const abandonedAfterMs = 24 * 60 * 60 * 1000;

/**
 * Attachments as files: `<directory>/ab/<id>`, `ab` being the id's first two characters. What `write` has answered is on disk,
 * whole, under its name. Ids are 16 to 200 of letters, digits, `_` and `-`. `report` is told why the disk cannot be used.
 */
export async function openDiskBlobs(directory: string, report: Report = () => undefined): Promise<Blobs> {
  const uploads = path.join(directory, '.uploads');
  makeUploads(directory, uploads);
  await clearAbandoned(uploads);
  const fileOf = (id: string): string | undefined => {
    const place = placeOf(id);
    return place === undefined ? undefined : path.join(directory, place);
  };

  return {
    async write(id, content, limitBytes) {
      const target = fileOf(id);
      if (!target) throw new Error('A file cannot be kept under such an id.');
      const upload = path.join(uploads, randomUUID());
      try {
        const sizeBytes = await fill(upload, content, limitBytes);
        await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
        await rename(upload, target);
        // The file is safe when its name is, and the name when its folder is.
        await syncFolder(path.dirname(target));
        await syncFolder(directory);
        return { sizeBytes };
      } catch (error) {
        await rm(upload, { force: true }).catch(() => undefined);
        throw judged(error, report);
      }
    },

    async read(id, range) {
      const place = fileOf(id);
      if (!place) return undefined;
      try {
        const file = await open(place, 'r');
        return file.createReadStream({ ...(range ?? {}) });
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw judged(error, report);
      }
    },

    async remove(id) {
      const place = fileOf(id);
      if (!place) return;
      await rm(place, { force: true }).catch((error: unknown) => {
        throw judged(error, report);
      });
    },
  };
}

function makeUploads(directory: string, uploads: string): void {
  try {
    makeFolder(uploads);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The folder of uploaded files ${directory} cannot be made (${reason}). Set DATA_DIR to a folder that can be written.`,
      { cause },
    );
  }
}

async function fill(file: string, content: AsyncIterable<Uint8Array>, limitBytes: number): Promise<number> {
  const handle = await open(file, 'wx', 0o600);
  try {
    let sizeBytes = 0;
    for await (const chunk of content) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > limitBytes) throw new TooLarge(`More than ${limitBytes} bytes.`);
      for (let written = 0; written < chunk.byteLength; ) {
        written += (await handle.write(chunk, written)).bytesWritten;
      }
    }
    await handle.sync();
    return sizeBytes;
  } finally {
    await handle.close();
  }
}

/** Makes the names in a folder safe. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders, and keeps names safe by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function clearAbandoned(uploads: string): Promise<void> {
  for (const name of await readdir(uploads)) {
    const file = path.join(uploads, name);
    // Of another node that shares the folder, an upload may end just now.
    const found = await stat(file).catch(passOverMissing);
    if (found && Date.now() - found.mtimeMs > abandonedAfterMs) await rm(file, { force: true });
  }
}

/** For what may go away while somebody looks: a file that is missing is nothing, every other error is thrown again. */
export function passOverMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** The words of the operating system name the file, whose id is a secret: only its code goes on. */
function judged(error: unknown, report: Report): unknown {
  if (!(error instanceof Error && 'code' in error && awayCodes.has(error.code))) return error;
  const failure = new StoreUnavailable(`The folder of uploaded files cannot be used: ${error.code}. Look at its disk.`);
  report(failure, 'keeping a file');
  return failure;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
