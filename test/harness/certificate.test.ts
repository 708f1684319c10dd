import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { selfSigned } from './certificate.ts';

test('a certificate can be read whatever its length, also where its last line is full', () => {
  const subjects = Array.from({ length: 48 }, (_, length) => 'x'.repeat(length + 1));
  expect(subjects.map((name) => new X509Certificate(selfSigned(name).cert).subject)).toEqual(
    subjects.map((name) => `CN=${name}`),
  );
});
