import type { FastifyRequest } from 'fastify';
import { type StoredFile, TooLarge } from '../app/ports.ts';
import type { User } from '../core/model.ts';
import { type Refusal, refuse } from '../core/refusals.ts';
import { harmlessName } from './file-name.ts';
import { signatureBytes, typeOf } from './file-type.ts';
import type { RouteContext } from './route.ts';
import { type Problem, problem } from './status.ts';

/** A form's boundaries, part headers and small fields, at the most. */
const formOverheadBytes = 64 * 1024;
/** How long what is left of a refused upload is taken in, so that its client gets to read why. */
const drainMs = 5_000;

/** The form ended early or is none; not a fault of the disk. */
class BrokenForm extends Error {}

/**
 * Streams the form's one file into the blobs, never holding more than a chunk, and counts it for the user; `null`: the host's.
 * When it refuses, nothing is left behind.
 */
export async function receiveFile(
  request: FastifyRequest,
  { house, blobs, fileLimitBytes }: RouteContext,
  user: User | null,
): Promise<Pick<StoredFile, 'id' | 'name' | 'type' | 'sizeBytes'> | Refusal | Problem> {
  const outcome = await receive();
  if (!('sizeBytes' in outcome)) drain(request);
  return outcome;

  async function receive(): ReturnType<typeof receiveFile> {
    const tooLarge = refuse('TOO_LARGE', { message: `The file is too large. Send at most ${fileLimitBytes} bytes.` });
    if (!request.isMultipart()) return problem('UNSUPPORTED_MEDIA_TYPE');
    const { 'content-length': formBytes = fileLimitBytes } = request.headers;
    const atMostBytes = Math.min(Number(formBytes), fileLimitBytes);
    const tooMuch = user && house.limits.takeUpload(user, atMostBytes);
    if (tooMuch) return tooMuch;

    const id = house.ids.secret();
    const head: number[] = [];
    let keptBytes = 0;
    try {
      if (Number(formBytes) > fileLimitBytes + formOverheadBytes) return tooLarge;
      const part = await nextFile(request, fileLimitBytes);
      if (part?.fieldname !== 'file') {
        return refuse('INVALID', { message: 'Send a multipart form with one file in the field `file`.' });
      }
      const { sizeBytes } = await blobs.write(id, watched(part.file, head), fileLimitBytes);
      keptBytes = sizeBytes;
      return { id, name: harmlessName(part.filename), type: typeOf(Uint8Array.from(head), part.mimetype), sizeBytes };
    } catch (error) {
      if (error instanceof TooLarge) return tooLarge;
      if (error instanceof BrokenForm) {
        return refuse('MALFORMED', { message: 'The form is broken or ended early. Send a whole multipart form.' });
      }
      throw error;
    } finally {
      if (user) house.limits.settleUpload(user, atMostBytes, keptBytes);
    }
  }
}

async function nextFile(request: FastifyRequest, fileLimitBytes: number) {
  try {
    return await request.file({
      // One byte more than we take, so that the blobs see that it is too large.
      limits: { fileSize: fileLimitBytes + 1, files: 1, fields: 10, fieldSize: 1024, parts: 11, headerPairs: 20 },
    });
  } catch (error) {
    throw new BrokenForm('The form could not be read.', { cause: error });
  }
}

/** Passes a stream on, keeps its first bytes, and tells its errors from those of whoever reads it. */
async function* watched(file: AsyncIterable<Uint8Array>, head: number[]): AsyncIterable<Uint8Array> {
  const chunks = file[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw new BrokenForm('The form ended early.', { cause: error });
      });
      if (next.done) return;
      if (head.length < signatureBytes) head.push(...next.value.subarray(0, signatureBytes - head.length));
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

/** Takes in what a client is still sending, for a while: most read no answer before they have sent everything. */
function drain(request: FastifyRequest): void {
  const { raw, socket } = request;
  if (raw.complete) return;
  const timer = setTimeout(() => socket.destroy(), drainMs).unref();
  raw.once('close', () => clearTimeout(timer));
  raw.resume();
}
