import { join } from 'node:path';
import type { Blobs } from '../app/ports.ts';
import { openDiskBlobs } from './disk.ts';
import { openS3Blobs, type S3Place } from './s3.ts';

/** The folder of uploaded files below DATA_DIR. */
export const filesName = 'files';

/** Uploaded files in the S3 store when there is one, else in their folder below `dataDir`. `report` is told why the store cannot be used. */
export async function openBlobs(
  dataDir: string,
  s3: S3Place | undefined,
  report: (error: unknown, what: string) => void,
): Promise<Blobs> {
  return s3 === undefined ? openDiskBlobs(join(dataDir, filesName), report) : openS3Blobs(s3, report);
}
