import { ConfigError, onOff, optional, secret, text, webAddress, whole } from './setting.ts';

/** Where uploaded files lie: in DATA_DIR, or in an S3-compatible store. */
export const fileSettings = {
  endpoint: optional(
    'S3_ENDPOINT',
    'an absolute http(s) address without query',
    'The S3-compatible store that keeps uploaded files, without the bucket; unset, they lie in DATA_DIR.',
    webAddress,
  ),
  bucket: optional('S3_BUCKET', 'the name of a bucket', 'The bucket of the files, which must exist.', (value) =>
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value.trim()) ? value.trim() : undefined,
  ),
  isPathStyle: onOff(
    'S3_PATH_STYLE',
    true,
    'Whether the bucket is the first part of the path; off, it is the first part of the host.',
  ),
  region: text('S3_REGION', 'us-east-1', 'The region that requests to the store are signed for.'),
  accessKeyId: secret('S3_ACCESS_KEY_ID', 'a text', 'The key that may read, write and delete in the bucket.'),
  secretAccessKey: secret('S3_SECRET_ACCESS_KEY', 'a text', 'The secret of that key.'),
  prefix: optional(
    'S3_PREFIX',
    'letters, digits and any of / _ . -, without a slash at its beginning',
    'What the keys of all files begin with; one that ends in a slash is a folder.',
    (value) => (/^(?!\/)[\w./-]{1,200}$/.test(value.trim()) ? value.trim() : undefined),
  ),
  publicEndpoint: optional(
    'S3_PUBLIC_ENDPOINT',
    'an absolute http(s) address without query',
    'Where clients reach the same store: downloads are redirected there by signed addresses; unset, they flow through the server.',
    webAddress,
  ),
  addressValidSeconds: whole('S3_ADDRESS_SECONDS', 300, 'How long such a signed address is valid.', {
    from: 10,
    to: 604_800,
  }),
} as const;

type Values = {
  readonly [K in keyof typeof fileSettings]: (typeof fileSettings)[K]['default'];
};

/** The S3 store that the settings describe, complete. */
export type S3Settings = Omit<Values, 'endpoint' | 'bucket' | 'accessKeyId' | 'secretAccessKey' | 'prefix'> & {
  readonly [K in 'endpoint' | 'bucket' | 'accessKeyId' | 'secretAccessKey' | 'prefix']: string;
};

/** Undefined for files in DATA_DIR. Throws {@link ConfigError} when the description is not complete. */
export function s3Of(values: Values): S3Settings | undefined {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = values;
  if (endpoint === undefined) {
    const names = ['bucket', 'accessKeyId', 'secretAccessKey', 'prefix', 'publicEndpoint'] as const;
    const useless = names.find((name) => values[name] !== undefined);
    if (useless === undefined) return undefined;
    throw new ConfigError(
      fileSettings[useless].name,
      'is set, but S3_ENDPOINT is not, so files would lie in DATA_DIR. Set S3_ENDPOINT too, or remove it.',
    );
  }
  const missing = (name: string) => new ConfigError(name, 'is missing: S3_ENDPOINT needs it. Set it too.');
  if (bucket === undefined) throw missing('S3_BUCKET');
  if (accessKeyId === undefined) throw missing('S3_ACCESS_KEY_ID');
  if (secretAccessKey === undefined) throw missing('S3_SECRET_ACCESS_KEY');
  return { ...values, endpoint, bucket, accessKeyId, secretAccessKey, prefix: values.prefix ?? '' };
}
