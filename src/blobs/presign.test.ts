import { expect, test } from 'vitest';
import { openFakeS3 } from '../../test/harness/fake-s3.ts';
import { presignedGet } from './presign.ts';

test.each([
  [0, 200],
  [59_000, 200],
  [61_000, 403],
])('an address for a minute that was signed %i ms ago is answered with %i', async (agoMs, status) => {
  await using s3 = await openFakeS3();
  s3.objects.set('ab/c', Buffer.from('x'));
  const { accessKeyId: keyId, secretAccessKey: secret } = s3.key;
  const url = new URL('/attachments/ab/c', s3.endpoint);
  const at = new Date(Date.now() - agoMs);
  const address = presignedGet(url, { keyId, secret, region: 'eu-test-1' }, {}, 60, at);
  expect((await fetch(address)).status).toBe(status);
});

test('signs as the example of the standard is signed', () => {
  const key = {
    keyId: 'AKIAIOSFODNN7EXAMPLE',
    secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    region: 'us-east-1',
  };
  const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt');
  const address = presignedGet(url, key, {}, 86_400, new Date('2013-05-24T00:00:00Z'));
  expect(new URL(address).searchParams.get('X-Amz-Signature')).toBe(
    'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
});
