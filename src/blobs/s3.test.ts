import { expect, test, vi } from 'vitest';
import { type FakeS3, openFakeS3 } from '../../test/harness/fake-s3.ts';
import { type BlobsScene, blobId, chunks, contentOf, keepsContents } from './blobs.contract.ts';
import { openS3Blobs, reasonOf, type S3Place } from './s3.ts';

type S3Scene = BlobsScene & { readonly s3: FakeS3; readonly reports: string[] };

async function openScene(more: Partial<S3Place> = {}): Promise<S3Scene> {
  const s3 = await openFakeS3();
  const reports: string[] = [];
  const open = () =>
    openS3Blobs(
      {
        endpoint: s3.endpoint,
        bucket: 'attachments',
        isPathStyle: true,
        region: 'eu-test-1',
        prefix: 'chat/files/',
        addressValidSeconds: 300,
        ...s3.key,
        ...more,
      },
      (error) => reports.push(String(error)),
    );
  return {
    s3,
    reports,
    blobs: open(),
    reopen: async () => open(),
    everything: async () => [...s3.objects.keys(), ...Array.from({ length: s3.openUploads }, () => 'an open upload')],
    [Symbol.asyncDispose]: () => s3[Symbol.asyncDispose](),
  };
}

keepsContents(openScene);

const megabytes = (count: number) => chunks(...Array.from({ length: count }, () => Buffer.alloc(1024 * 1024, count)));
const words = { type: 'image/png', disposition: `inline; filename="a b.png"; filename*=UTF-8''%C3%A4%20(1)*!.png` };

test('objects lie below the prefix as files lie on a disk', async () => {
  await using scene = await openScene();
  await scene.blobs.write(blobId, chunks('x'), 1);
  expect(await scene.everything()).toEqual([`chat/files/ab/${blobId}`]);
});

test('short contents go in one request, long ones in parts', async () => {
  await using scene = await openScene({ prefix: '' });
  await scene.blobs.write(blobId, chunks('short'), 100);
  await scene.blobs.write(blobId, megabytes(12), 20_000_000);
  const to = `/attachments/ab/${blobId}`;
  expect(scene.s3.requests).toEqual([
    `PUT ${to}`,
    `POST ${to}?uploads=`,
    `PUT ${to}?partNumber=1`,
    `PUT ${to}?partNumber=2`,
    `PUT ${to}?partNumber=3`,
    `POST ${to}`,
  ]);
});

test.each(['wrong key', 'wrong secret', 'wrong region'])(
  'a store that refuses us (%s) is told of, without ids',
  async (which) => {
    await using scene = await openScene({
      ...(which === 'wrong key' ? { accessKeyId: 'AKIAOTHER' } : {}),
      ...(which === 'wrong secret' ? { secretAccessKey: 'guessed' } : {}),
      ...(which === 'wrong region' ? { region: 'us-east-1' } : {}),
    });
    await expect(scene.blobs.write(blobId, chunks('x'), 10)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(scene.blobs.read(blobId)).rejects.toThrow('S3 returned 403');
    expect(await scene.everything()).toEqual([]);
    expect(scene.reports.length).toBeGreaterThan(0);
    expect(scene.reports.join()).not.toContain(blobId);
  },
);

test('a store that is busy or cuts us off is asked again', async () => {
  await using scene = await openScene();
  const failures: (number | 'cut' | undefined)[] = [503, 'cut', undefined, 500, undefined, 'cut'];
  scene.s3.fail = () => failures.shift();
  await scene.blobs.write(blobId, megabytes(6), 20_000_000);
  expect((await contentOf(await scene.blobs.read(blobId)))?.length).toBe(6 * 1024 * 1024);
  expect(failures).toEqual([]);
  expect(scene.reports).toEqual([]);
});

test.each([
  ['the second part', (query: URLSearchParams) => query.get('partNumber') === '2'],
  ['putting together', (query: URLSearchParams) => query.has('uploadId') && !query.has('partNumber')],
])('when %s fails for good, nothing is left', async (_what, isFailing) => {
  await using scene = await openScene();
  scene.s3.fail = ({ method, query }) => (method !== 'DELETE' && isFailing(query) ? 503 : undefined);
  await expect(scene.blobs.write(blobId, megabytes(11), 20_000_000)).rejects.toMatchObject({
    name: 'StoreUnavailable',
  });
  expect(await scene.everything()).toEqual([]);
});

test('a store that says nothing is not asked again', async () => {
  await using scene = await openScene({ prefix: '' });
  scene.s3.fail = () => 'silence';
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    let outcome: unknown;
    const writing = scene.blobs.write(blobId, chunks('short'), 100).catch((error: unknown) => {
      outcome = error;
    });
    for (let asked = 0; outcome === undefined && asked < 10; ) {
      await new Promise((resolve) => setImmediate(resolve));
      if (scene.s3.requests.length === asked) continue;
      asked++;
      await vi.advanceTimersByTimeAsync(60_000);
    }
    await writing;
    expect(outcome).toMatchObject({ name: 'StoreUnavailable' });
  } finally {
    vi.useRealTimers();
  }
  expect(scene.s3.requests.map((request) => request.split(' ')[0])).toEqual(['PUT', 'DELETE']);
});

test('of a store that is away it is told why', async () => {
  const scene = await openScene();
  await scene[Symbol.asyncDispose]();
  await expect(scene.blobs.read(blobId)).rejects.toThrow('ECONNREFUSED');
  expect(scene.reports.join()).toContain('ECONNREFUSED');
  expect(scene.reports.join()).not.toContain(blobId);
});

test.each([
  [
    'the network’s own word',
    new Error('S3 network error', { cause: new TypeError('fetch failed', { cause: new Error('hung up') }) }),
    'hung up',
  ],
  ['a code where there are no words', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['its name where there is nothing else', new TypeError(), 'TypeError'],
])('why the store did not answer is %s', (_what, error, reason) => {
  expect(reasonOf(error)).toBe(reason);
});

test('an object whose answer got lost is taken back', async () => {
  await using scene = await openScene();
  const { objects } = scene.s3;
  scene.s3.fail = ({ method }) => {
    if (method !== 'PUT') return undefined;
    objects.set(`chat/files/ab/${blobId}`, Buffer.from('x'));
    return 'cut';
  };
  await expect(scene.blobs.write(blobId, chunks('x'), 10)).rejects.toMatchObject({ name: 'StoreUnavailable' });
  expect(await scene.everything()).toEqual([]);
});

test('without a public endpoint nobody is sent to the store', async () => {
  await using scene = await openScene();
  expect(scene.blobs.redirect).toBeUndefined();
});

async function presigned(scene: S3Scene): Promise<URL> {
  const blobs = openS3Blobs(
    {
      endpoint: scene.s3.endpoint,
      publicEndpoint: scene.s3.endpoint,
      bucket: 'attachments',
      isPathStyle: true,
      region: 'eu-test-1',
      prefix: '',
      addressValidSeconds: 60,
      ...scene.s3.key,
    },
    () => {},
  );
  await blobs.write(blobId, chunks('hello world'), 100);
  expect(blobs.redirect).toMatchObject({ origin: scene.s3.endpoint, validSeconds: 60 });
  return new URL(blobs.redirect?.addressOf(blobId, words) ?? '');
}

test('whoever holds a signed address reads the content past us, under its type and name, also in part', async () => {
  await using scene = await openScene();
  const address = await presigned(scene);
  const whole = await fetch(address);
  expect([whole.status, await whole.text()]).toEqual([200, 'hello world']);
  expect(whole.headers.get('content-type')).toBe('image/png');
  expect(whole.headers.get('content-disposition')).toBe(words.disposition);
  const part = await fetch(address, { headers: { range: 'bytes=4-6' } });
  expect([part.status, await part.text()]).toEqual([206, 'o w']);
});

test.each([
  ['another object', (url: URL) => (url.pathname = '/attachments/ab/another-object-of-all')],
  ['a later end', (url: URL) => url.searchParams.set('X-Amz-Expires', '600')],
  ['another type', (url: URL) => url.searchParams.set('response-content-type', 'text/html')],
  ['no type', (url: URL) => url.searchParams.delete('response-content-type')],
  ['another signature', (url: URL) => url.searchParams.set('X-Amz-Signature', '0'.repeat(64))],
  ['another time', (url: URL) => url.searchParams.set('X-Amz-Date', '20990101T000000Z')],
])('a signed address that was changed to name %s is worth nothing', async (_what, change) => {
  await using scene = await openScene();
  const address = await presigned(scene);
  change(address);
  expect((await fetch(address)).status).toBe(403);
  expect((await fetch(await presigned(scene), { method: 'DELETE' })).status).toBe(403);
});
