import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as wait } from 'node:timers/promises';
import { S3mini, S3ServiceError } from 's3mini';
import { type Blobs, StoreUnavailable, TooLarge } from '../app/ports.ts';
import { placeOf } from './place.ts';
import { presignedGet } from './presign.ts';

/** Where an S3-compatible store keeps our contents, and as whom we ask. */
export type S3Place = {
  /** Of the store, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Is the bucket the first part of the path, rather than of the host? */
  readonly isPathStyle: boolean;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** What every key begins with; ends with `/` if it shall be a folder. */
  readonly prefix: string;
  /** Where clients reach the store; absent: contents are read through us. */
  readonly publicEndpoint?: string | undefined;
  readonly addressValidSeconds: number;
};

type Report = (error: unknown, what: string) => void;

/** The least that a store takes for any part but the last, and what an upload holds in memory at the most. */
const partBytes = 5 * 1024 * 1024;
const attempts = 3;
const retryAfterMs = 200;
/** How long the store may take until it begins to answer, a part's way there included. */
const answerMs = 60_000;

/**
 * Attachments as objects `<prefix>ab/<id>`. A content of more than one part is a multipart upload, which becomes visible whole or
 * not at all. `report` is told what the store has answered when it cannot be used; its words bear no ids.
 */
export function openS3Blobs(place: S3Place, report: Report): Blobs {
  const { accessKeyId, secretAccessKey, region, prefix, publicEndpoint } = place;
  const endpoint = bucketUrl(place.endpoint, place);
  const client = new S3mini({ accessKeyId, secretAccessKey, region, endpoint: endpoint.href, fetch: fetchInTime });
  const keyOf = (id: string): string | undefined => {
    const at = placeOf(id);
    return at === undefined ? undefined : prefix + at;
  };
  const ask = async <T>(request: () => Promise<T>): Promise<T> => {
    try {
      return await withRetries(request);
    } catch (error) {
      throw unavailable(error, report);
    }
  };

  return {
    async write(id, content, limitBytes) {
      const key = keyOf(id);
      if (key === undefined) throw new Error('A file cannot be kept under such an id.');
      const upload = new Upload(client, key, ask);
      try {
        let sizeBytes = 0;
        for await (const chunk of content) {
          sizeBytes += chunk.byteLength;
          if (sizeBytes > limitBytes) throw new TooLarge(`More than ${limitBytes} bytes.`);
          await upload.take(chunk);
        }
        await upload.finish();
        return { sizeBytes };
      } catch (error) {
        await upload.undo();
        throw error;
      }
    },

    async read(id, range) {
      const key = keyOf(id);
      if (key === undefined) return undefined;
      const response = await ask(() =>
        unlessMissing(client.getObjectRaw(key, range === undefined, range?.start, range && range.end + 1)),
      );
      if (response === undefined) return undefined;
      if (range !== undefined && response.status !== 206) {
        await response.body?.cancel();
        throw unavailable(new Error('it does not serve ranges'), report);
      }
      return response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as ReadableStream);
    },

    async remove(id) {
      const key = keyOf(id);
      if (key !== undefined) await ask(() => client.deleteObject(key));
    },

    ...(publicEndpoint === undefined ? {} : { redirect: redirection(publicEndpoint, place, keyOf) }),
  };
}

function redirection(
  publicEndpoint: string,
  place: S3Place,
  keyOf: (id: string) => string | undefined,
): NonNullable<Blobs['redirect']> {
  const base = bucketUrl(publicEndpoint, place);
  const signingKey = { keyId: place.accessKeyId, secret: place.secretAccessKey, region: place.region };
  return {
    origin: base.origin,
    validSeconds: place.addressValidSeconds,
    addressOf(id, { type, disposition }) {
      const key = keyOf(id);
      if (key === undefined) return undefined;
      const url = new URL(base);
      url.pathname = `${url.pathname.replace(/\/$/, '')}/${key}`;
      const overrides = {
        'response-cache-control': 'private, max-age=31536000, immutable',
        'response-content-disposition': disposition,
        'response-content-type': type,
      };
      return presignedGet(url, signingKey, overrides, place.addressValidSeconds, new Date());
    },
  };
}

/** One content on its way: gathered until it fills a part, and sent as one object when it fills none. */
class Upload {
  readonly #client: S3mini;
  readonly #key: string;
  readonly #ask: <T>(request: () => Promise<T>) => Promise<T>;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #uploadId: string | undefined;
  readonly #parts: { readonly partNumber: number; readonly etag: string }[] = [];
  /** May the object be there, even though nobody has said so? */
  #mayExist = false;

  constructor(client: S3mini, key: string, ask: <T>(request: () => Promise<T>) => Promise<T>) {
    this.#client = client;
    this.#key = key;
    this.#ask = ask;
  }

  async take(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength; ) {
      const piece = chunk.subarray(at, at + partBytes - this.#gatheredBytes);
      this.#gathered.push(piece);
      this.#gatheredBytes += piece.byteLength;
      at += piece.byteLength;
      if (this.#gatheredBytes === partBytes) await this.#sendPart();
    }
  }

  async finish(): Promise<void> {
    const uploadId = this.#uploadId;
    if (uploadId === undefined) {
      const body = Buffer.concat(this.#gathered);
      this.#mayExist = true;
      await this.#ask(() => this.#client.putObject(this.#key, body));
      return;
    }
    if (this.#gatheredBytes > 0) await this.#sendPart();
    this.#mayExist = true;
    const { etag } = await this.#ask(() => this.#client.completeMultipartUpload(this.#key, uploadId, this.#parts));
    // A store may answer 200 first and find out later; then it answers an error instead of the object's tag.
    if (!etag) throw new StoreUnavailable('The S3 store did not put the parts together.');
  }

  /** What cannot be taken back is reported, and thrown to nobody: why the upload failed says more to whoever waits. */
  async undo(): Promise<void> {
    const uploadId = this.#uploadId;
    this.#gathered = [];
    const undoing: Promise<unknown>[] = [];
    if (uploadId !== undefined) {
      undoing.push(this.#ask(() => unlessMissing(this.#client.abortMultipartUpload(this.#key, uploadId))));
    }
    if (this.#mayExist) undoing.push(this.#ask(() => this.#client.deleteObject(this.#key)));
    await Promise.allSettled(undoing);
  }

  async #sendPart(): Promise<void> {
    const body = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#uploadId ??= await this.#ask(() => this.#client.getMultipartUploadId(this.#key));
    const uploadId = this.#uploadId;
    const partNumber = this.#parts.length + 1;
    this.#parts.push(await this.#ask(() => this.#client.uploadPart(this.#key, uploadId, body, partNumber)));
  }
}

function bucketUrl(endpoint: string, { bucket, isPathStyle }: S3Place): URL {
  const url = new URL(endpoint);
  if (isPathStyle) url.pathname = `${url.pathname.replace(/\/$/, '')}/${bucket}`;
  else url.host = `${bucket}.${url.host}`;
  return url;
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof S3ServiceError && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * Asks again where the store was busy or hung up; every request that this file makes may be repeated. One that does not answer in
 * time is not asked again: somebody waits.
 */
async function withRetries<T>(request: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + answerMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      const isFinal = error instanceof S3ServiceError && error.status < 500 && error.status !== 429;
      if (isFinal || attempt === attempts || performance.now() >= deadlineMs) throw error;
      await wait(retryAfterMs * 2 ** (attempt - 1));
    }
  }
}

/** The library's errors carry the store's whole answer, and in it the file's secret id: only their own words go on. */
function unavailable(error: unknown, report: Report): StoreUnavailable {
  const failure = new StoreUnavailable(`The S3 store cannot be used: ${reasonOf(error)}.`);
  report(failure, 'asking the S3 store');
  return failure;
}

/** Why a request got no answer lies deepest: above it stands only that the network, or `fetch`, has failed. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  // Where a name has several addresses, what failed at each of them has a code in common, and no words.
  return error.message || ('code' in error ? String(error.code) : error.name);
}

/** The body of an answer may take longer: it is as long as the file, and flows as fast as its reader reads. */
const fetchInTime: typeof fetch = async (input, init) => {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error('it does not answer')), answerMs);
  try {
    return await fetch(input, { ...init, redirect: 'error', signal: timeout.signal });
  } finally {
    clearTimeout(timer);
  }
};
