import { expect, test } from 'vitest';
import { ConfigError, describeSettings, loadConfig } from './config.ts';

const whole = {
  S3_ENDPOINT: 'https://s3.example.com/',
  S3_BUCKET: 'chat-files',
  S3_ACCESS_KEY_ID: 'AKIA1',
  S3_SECRET_ACCESS_KEY: 'the secret',
};

test('without an endpoint files lie in the data directory', () => {
  expect(loadConfig({}).s3).toBeUndefined();
  expect(loadConfig({ S3_REGION: 'eu-central-1' }).s3).toBeUndefined();
});

test('an endpoint, a bucket and a key are a store', () => {
  expect(loadConfig(whole).s3).toEqual({
    endpoint: 'https://s3.example.com',
    bucket: 'chat-files',
    isPathStyle: true,
    region: 'us-east-1',
    accessKeyId: 'AKIA1',
    secretAccessKey: 'the secret',
    prefix: '',
    publicEndpoint: undefined,
    addressValidSeconds: 300,
  });
});

test.each(['S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const)(
  'a store without %s is refused by name',
  (name) => {
    const { [name]: _left, ...rest } = whole;
    expect(() => loadConfig(rest)).toThrow(new ConfigError(name, 'is missing: S3_ENDPOINT needs it. Set it too.'));
  },
);

test.each(['S3_BUCKET', 'S3_SECRET_ACCESS_KEY', 'S3_PREFIX', 'S3_PUBLIC_ENDPOINT'])(
  'half a store, %s without an endpoint, is refused rather than left unused',
  (name) => {
    expect(() => loadConfig({ [name]: name === 'S3_PUBLIC_ENDPOINT' ? 'https://s3.example.com' : 'files' })).toThrow(
      `${name} is set, but S3_ENDPOINT is not`,
    );
  },
);

test.each([
  ['S3_BUCKET', 'Chat Files'],
  ['S3_PREFIX', '/files/'],
  ['S3_PREFIX', 'files?x=1'],
  ['S3_ENDPOINT', 's3.example.com'],
  ['S3_ADDRESS_SECONDS', '604801'],
])('%s=%s is refused', (name, value) => {
  expect(() => loadConfig({ ...whole, [name]: value })).toThrow(name);
});

test('neither the key nor its secret is ever shown', () => {
  const shown = JSON.stringify(describeSettings(loadConfig(whole)));
  expect(shown).not.toContain('the secret');
  expect(shown).not.toContain('AKIA1');
});
