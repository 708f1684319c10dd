import type { Blobs } from '../app/ports.ts';
import { openDiskBlobs } from './disk.ts';
import { openS3Blobs, type S3Place } from './s3.ts';

/** Uploaded files in the S3 store when there is one, else in the folder. `report` is told why the store cannot be used. */
export async function openBlobs(
  folder: string,
  s3: S3Place | undefined,
  report: (error: unknown, what: string) => void,
): Promise<Blobs> {
  return s3 === undefined ? openDiskBlobs(folder, report) : openS3Blobs(s3, report);
}
