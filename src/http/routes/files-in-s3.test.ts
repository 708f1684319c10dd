import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeS3, openFakeS3 } from '../../../test/harness/fake-s3.ts';
import { as, type HttpFixture, openHttp } from '../../../test/harness/http-fixture.ts';
import { openS3Blobs } from '../../blobs/s3.ts';
import type { ErrorJson, FileJson } from '../schemas.ts';

/** Uploads and downloads over real HTTP, the files in an S3 store that verifies every signature. */

let s3: FakeS3;
let http: HttpFixture;
beforeEach(async () => {
  s3 = await openFakeS3();
});
afterEach(async () => {
  await http[Symbol.asyncDispose]();
  await s3[Symbol.asyncDispose]();
});

async function open(publicEndpoint?: string): Promise<void> {
  const place = {
    endpoint: s3.endpoint,
    publicEndpoint,
    bucket: 'attachments',
    isPathStyle: true,
    region: 'eu-test-1',
    prefix: 'files/',
    addressValidSeconds: 60,
    ...s3.key,
  };
  const limits = { bodyBytes: 1 << 20, payloadBytes: 64 * 1024, fileBytes: 12_000_000 };
  http = await openHttp({ blobs: openS3Blobs(place, () => {}), limits });
}

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('the rest of it')]);

async function upload(content: Buffer, name = 'a.png'): Promise<{ status: number; json: FileJson & ErrorJson }> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(content)], { type: 'image/png' }), name);
  const response = await fetch(`${http.base}/api/v1/files`, { method: 'POST', headers: as('1'), body: form });
  return { status: response.status, json: (await response.json()) as FileJson & ErrorJson };
}

test('the very bytes come back through the server, whole and in part, with its headers', async () => {
  await open();
  const { status, json } = await upload(png);
  expect(status).toBe(201);
  expect([...s3.objects.keys()]).toEqual([`files/${json.id.slice(0, 2)}/${json.id}`]);
  const whole = await fetch(json.url, { redirect: 'error' });
  expect(Buffer.from(await whole.arrayBuffer())).toEqual(png);
  expect(whole.headers.get('x-content-type-options')).toBe('nosniff');
  const part = await fetch(json.url, { headers: { range: 'bytes=8-10' } });
  expect([part.status, await part.text()]).toEqual([206, 'the']);
});

test('a file of several parts comes back as it was, and one that is too large leaves nothing', async () => {
  await open();
  const long = Buffer.alloc(11_000_000, 'all work and no play ');
  const { json } = await upload(long, 'long.txt');
  expect(json.size).toBe(long.length);
  expect(Buffer.from(await (await fetch(json.url)).arrayBuffer()).equals(long)).toBe(true);
  const refused = await upload(Buffer.alloc(12_000_001));
  expect([refused.status, refused.json.error.code]).toEqual([413, 'TOO_LARGE']);
  expect([s3.objects.size, s3.openUploads]).toEqual([1, 0]);
});

test('an upload whose client goes away leaves nothing', async () => {
  await open();
  const going = new AbortController();
  async function* body(): AsyncGenerator<Buffer> {
    yield Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n');
    yield Buffer.alloc(6_000_000);
    for (; s3.openUploads === 0; ) yield Buffer.alloc(1000);
    going.abort();
  }
  const request = fetch(`${http.base}/api/v1/files`, {
    method: 'POST',
    headers: { ...as('1'), 'content-type': 'multipart/form-data; boundary=b' },
    body: ReadableStream.from(body()),
    duplex: 'half',
    signal: going.signal,
  } as RequestInit);
  await expect(request).rejects.toThrow();
  await expect.poll(() => s3.openUploads).toBe(0);
  expect(s3.objects.size).toBe(0);
});

test('a store that is away is answered UNAVAILABLE, for uploads and downloads', async () => {
  await open();
  const { json } = await upload(png);
  s3.fail = () => 503;
  const refused = await upload(png);
  expect([refused.status, refused.json.error.code]).toEqual([503, 'UNAVAILABLE']);
  expect((await fetch(json.url)).status).toBe(503);
  s3.fail = () => undefined;
  expect((await fetch(json.url)).status).toBe(200);
});

test('downloads are redirected to a signed address where clients reach the store, and nobody else is', async () => {
  await open(s3.endpoint);
  const { json } = await upload(png, 'ä (1)*!.png');
  const answer = await fetch(json.url, { redirect: 'manual' });
  expect(answer.status).toBe(302);
  expect(answer.headers.get('cache-control')).toBe('private, max-age=30');
  expect(answer.headers.get('location')).toMatch(new RegExp(`^${s3.endpoint}/attachments/files/`));
  expect(s3.requests.filter((request) => request.startsWith('GET'))).toEqual([]);

  const followed = await fetch(json.url, { headers: { range: 'bytes=8-10' } });
  expect([followed.status, await followed.text()]).toEqual([206, 'the']);
  expect(followed.headers.get('content-type')).toBe('image/png');
  expect(followed.headers.get('content-disposition')).toContain("filename*=UTF-8''%C3%A4%20%281%29%2A!.png");

  const unknown = await fetch(`${http.base}/files/a-secret-that-nobody-was-given`, { redirect: 'manual' });
  expect(unknown.status).toBe(404);
  const head = await fetch(json.url, { method: 'HEAD', redirect: 'error' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(png.length)]);
  const unchanged = await fetch(json.url, { headers: { 'if-none-match': `"${json.id}"` }, redirect: 'error' });
  expect(unchanged.status).toBe(304);
  const policy = (await fetch(`${http.base}/health`)).headers.get('content-security-policy');
  expect(policy).toContain(`img-src 'self' data: ${s3.endpoint}`);
});
