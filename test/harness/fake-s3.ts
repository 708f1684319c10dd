import { createHash, createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * A store that speaks as much of S3 as a driver of attachments needs, in memory, and believes nobody: every request is verified by
 * AWS Signature Version 4, in the header or in the query, as the standard describes it and without any code of the server's.
 */
export type FakeS3 = AsyncDisposable & {
  readonly endpoint: string;
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly objects: Map<string, Buffer>;
  /** Multipart uploads that were neither completed nor aborted. */
  readonly openUploads: number;
  /** `PUT /bucket/key?partNumber=1`, ids of uploads left out; those that were refused too. */
  readonly requests: readonly string[];
  /** What the next requests for which it answers something are answered instead. `cut` ends the connection, `silence` leaves it open. */
  fail: (request: {
    readonly method: string;
    readonly query: URLSearchParams;
  }) => number | 'cut' | 'silence' | undefined;
};

type Asked = { readonly method: string; readonly url: URL; readonly headers: IncomingMessage['headers'] };
type Upload = { readonly key: string; readonly parts: Map<number, Buffer> };

const accessKeyId = 'AKIATESTONLY';
const secretAccessKey = 'a secret/of+tests only';
const smallestPartBytes = 5 * 1024 * 1024;
const skewMs = 15 * 60_000;

export async function openFakeS3({ bucket = 'attachments', region = 'eu-test-1' } = {}): Promise<FakeS3> {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Upload>();
  const requests: string[] = [];

  function answer(asked: Asked, body: Buffer, response: ServerResponse): unknown {
    const { method, url, headers } = asked;
    const key = url.pathname.slice(bucket.length + 2);
    const uploadId = url.searchParams.get('uploadId');
    const upload = uploads.get(uploadId ?? '');
    const refuse = (status: number, code: string): void => {
      const resource = `<Resource>${url.pathname}</Resource>`;
      const type = { 'content-type': 'application/xml' };
      response.writeHead(status, type).end(`<?xml version="1.0"?><Error><Code>${code}</Code>${resource}</Error>`);
    };
    const wrong = mistrusted(asked, region);
    if (wrong !== undefined) return refuse(403, wrong);
    if (!`${url.pathname}/`.startsWith(`/${bucket}/`)) return refuse(404, 'NoSuchBucket');
    if (uploadId !== null && upload?.key !== key) return refuse(404, 'NoSuchUpload');

    if (method === 'POST' && url.searchParams.has('uploads')) {
      const id = randomUUID();
      uploads.set(id, { key, parts: new Map() });
      const result = `<Bucket>${bucket}</Bucket><UploadId>${id}</UploadId>`;
      response.end(`<InitiateMultipartUploadResult>${result}</InitiateMultipartUploadResult>`);
    } else if (method === 'POST' && upload) {
      const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)<\/ETag>/g)];
      const parts = named.map(([, number, etag]) => ({ part: upload.parts.get(Number(number)), etag }));
      if (parts.some(({ part, etag }) => !part || tagOf(part) !== etag)) return refuse(400, 'InvalidPart');
      const whole = parts.flatMap(({ part }) => part ?? []);
      if (whole.slice(0, -1).some(({ length }) => length < smallestPartBytes)) return refuse(400, 'EntityTooSmall');
      objects.set(key, Buffer.concat(whole));
      uploads.delete(uploadId ?? '');
      const result = `<Key>${key}</Key><ETag>&quot;whole&quot;</ETag>`;
      response.end(`<CompleteMultipartUploadResult>${result}</CompleteMultipartUploadResult>`);
    } else if (method === 'PUT') {
      if (headers['content-length'] === undefined) return refuse(411, 'MissingContentLength');
      if (upload) upload.parts.set(Number(url.searchParams.get('partNumber')), body);
      else objects.set(key, body);
      response.setHeader('etag', `"${tagOf(body)}"`).end();
    } else if (method === 'DELETE') {
      if (upload) uploads.delete(uploadId ?? '');
      else objects.delete(key);
      response.writeHead(204).end();
    } else if (method === 'GET' || method === 'HEAD') {
      const object = key === '' ? Buffer.alloc(0) : objects.get(key);
      if (!object) return refuse(404, 'NoSuchKey');
      for (const [name, value] of url.searchParams) {
        if (name.startsWith('response-')) response.setHeader(name.slice('response-'.length), value);
      }
      const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
      const start = Number(range?.[1] ?? 0);
      const end = Math.min(range?.[2] ? Number(range[2]) : object.length, object.length - 1);
      if (range) response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${object.length}` });
      response.end(range ? object.subarray(start, end + 1) : object);
    } else return refuse(405, 'MethodNotAllowed');
    return undefined;
  }

  const server = createServer(async (request, response) => {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '', `http://${headers.host}`);
    const query = new URLSearchParams([...url.searchParams].filter(([name]) => !/^(uploadId|x-amz-.*)$/i.test(name)));
    requests.push(`${method} ${url.pathname}${query.size === 0 ? '' : `?${query}`}`);
    const body = await buffer(request).catch(() => Buffer.alloc(0));
    const failure = fake.fail({ method, query: url.searchParams });
    if (failure === 'cut') request.socket.destroy();
    else if (failure === 'silence') return;
    else if (failure !== undefined) response.writeHead(failure).end();
    else answer({ method, url, headers }, body, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeS3 = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: { accessKeyId, secretAccessKey },
    objects,
    get openUploads() {
      return uploads.size;
    },
    requests,
    fail: () => undefined,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return fake;
}

const tagOf = (content: Buffer): string => createHash('md5').update(content).digest('hex');

/** The code of the refusal; undefined when the signature holds. */
function mistrusted(asked: Asked, region: string): string | undefined {
  const { url, headers } = asked;
  const isPresigned = url.searchParams.has('X-Amz-Signature');
  const header = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
    headers.authorization ?? '',
  );
  if (isPresigned === (header !== null)) return 'AccessDenied';
  const shown = (name: string) => url.searchParams.get(name) ?? '';
  const [, credential = shown('X-Amz-Credential'), signed = shown('X-Amz-SignedHeaders')] = header ?? [];
  const signature = header?.[3] ?? shown('X-Amz-Signature');
  const time = isPresigned ? shown('X-Amz-Date') : String(headers['x-amz-date']);
  const day = time.slice(0, 8);
  if (credential !== `${accessKeyId}/${day}/${region}/s3/aws4_request`) return 'InvalidAccessKeyId';
  const names = signed.split(';');
  const unsigned = Object.keys(headers).filter((name) => /^(host|x-amz-.*)$/.test(name) && !names.includes(name));
  if (unsigned.length > 0) return 'AccessDenied';
  if (signature !== signatureOf(asked, { region, time, names })) return 'SignatureDoesNotMatch';

  const from = Date.parse(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  const lifeMs = isPresigned ? Number(shown('X-Amz-Expires')) * 1000 : skewMs;
  if (!(lifeMs > 0 && lifeMs <= 7 * 24 * 3600 * 1000)) return 'AuthorizationQueryParametersError';
  const age = Date.now() - from;
  return age >= -skewMs && age < lifeMs ? undefined : 'AccessDenied';
}

function signatureOf(
  { method, url, headers }: Asked,
  { region, time, names }: { readonly region: string; readonly time: string; readonly names: readonly string[] },
): string {
  const strict = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${strict(name)}=${strict(value)}`)
    .sort();
  const lines = names.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
  const payload = headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  const canonical = [method, url.pathname, query.join('&'), lines, names.join(';'), payload].join('\n');
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const sign = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<string | Buffer>(sign, `AWS4${secretAccessKey}`);
  return sign(key, ['AWS4-HMAC-SHA256', time, scope, digest].join('\n')).toString('hex');
}
