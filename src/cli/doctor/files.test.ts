import { expect, test } from 'vitest';
import { openFakeS3 } from '../../../test/harness/fake-s3.ts';
import { loadConfig } from '../../config.ts';
import { examineFiles } from './files.ts';

async function found(more: Record<string, string> = {}): Promise<{ levels: string[]; left: number; words: string }> {
  await using s3 = await openFakeS3();
  const env = {
    S3_ENDPOINT: s3.endpoint,
    S3_BUCKET: 'attachments',
    S3_REGION: 'eu-test-1',
    S3_ACCESS_KEY_ID: s3.key.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.key.secretAccessKey,
    ...more,
    ...(more.S3_PUBLIC_ENDPOINT === 'itself' ? { S3_PUBLIC_ENDPOINT: s3.endpoint } : {}),
  };
  const findings = await examineFiles(loadConfig(env).s3);
  for (const { level, todo } of findings) expect(todo === undefined).toBe(level === 'well');
  return { levels: findings.map(({ level }) => level), left: s3.objects.size, words: JSON.stringify(findings) };
}

async function addressOfNobody(): Promise<string> {
  const gone = await openFakeS3();
  await gone[Symbol.asyncDispose]();
  return gone.endpoint;
}

test('files on the disk are looked at elsewhere', async () => {
  expect(await examineFiles(loadConfig({}).s3)).toEqual([]);
});

test('a store that works is well, and nothing is left in it', async () => {
  expect(await found()).toMatchObject({ levels: ['well'], left: 0 });
  expect(await found({ S3_PUBLIC_ENDPOINT: 'itself' })).toMatchObject({ levels: ['well', 'well'], left: 0 });
});

test('a public endpoint that does not answer is doubtful', async () => {
  const nobody = await addressOfNobody();
  const { levels, left, words } = await found({ S3_PUBLIC_ENDPOINT: nobody });
  expect([levels, left]).toEqual([['well', 'doubtful'], 0]);
  expect(words).toContain(nobody);
  expect(words).toContain('ECONNREFUSED');
});

test('of a store that is away it is said why it cannot be reached', async () => {
  const { levels, words } = await found({ S3_ENDPOINT: await addressOfNobody() });
  expect(levels).toEqual(['broken']);
  expect(words).toContain('ECONNREFUSED');
});

test.each([
  ['a wrong secret', { S3_SECRET_ACCESS_KEY: 'another' }],
  ['a wrong region', { S3_REGION: 'us-east-1' }],
  ['a bucket that is not there', { S3_BUCKET: 'another' }],
])('%s is broken, and nobody reads the secret', async (_what, more) => {
  const { levels, words } = await found(more);
  expect(levels).toEqual(['broken']);
  expect(words).toMatch(/The S3 store cannot be used: .*40[34]/);
  expect(words).not.toContain('a secret/of');
});
