import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { openS3Blobs, reasonOf } from '../../blobs/s3.ts';
import type { Config } from '../../config.ts';
import { broken, doubtful, type Finding, well, wordsOf } from './finding.ts';

const about = 'files';
const content = Buffer.from('written by `parlance doctor`');

/** Writes a small file into the S3 store, reads it as the server would and as clients would, and removes it. */
export async function examineFiles(s3: Config['s3']): Promise<readonly Finding[]> {
  if (s3 === undefined) return [];
  const blobs = openS3Blobs(s3, () => {});
  const id = randomBytes(18).toString('base64url');
  try {
    await blobs.write(id, once(content), content.byteLength);
    const read = await blobs.read(id);
    if (read === undefined || !content.equals(await buffer(read)))
      throw new Error('what was written does not come back');
    const found = [well(about, `the S3 store keeps files in the bucket ${s3.bucket}`)];
    const address = blobs.redirect?.addressOf(id, { type: 'text/plain', disposition: 'attachment' });
    if (address !== undefined) found.push(await tryAddress(address));
    await blobs.remove(id);
    return found;
  } catch (error) {
    await blobs.remove(id).catch(() => {});
    const todo =
      'Check S3_ENDPOINT, S3_BUCKET, S3_REGION, S3_PATH_STYLE and the key, and that the key may write, read and delete.';
    return [broken(about, wordsOf(error), todo)];
  }
}

async function tryAddress(address: string): Promise<Finding> {
  const todo =
    'Check S3_PUBLIC_ENDPOINT: clients are sent there. It may be right where only this machine cannot reach it.';
  const host = new URL(address).origin;
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    if (response.ok) return well(about, `downloads are redirected to ${host}`);
    return doubtful(about, `a signed address at ${host} is answered with ${response.status}`, todo);
  } catch (error) {
    return doubtful(about, `no signed address at ${host} is answered: ${reasonOf(error)}`, todo);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
