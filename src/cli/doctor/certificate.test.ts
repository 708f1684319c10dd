import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { selfSigned } from '../../../test/harness/certificate.ts';
import { examineCertificate } from './certificate.ts';

const dayMs = 24 * 3600 * 1000;

test.each([
  [90, ['well the certificate is valid for 89 days']],
  [10, ['doubtful the certificate expires in 9 days']],
  [-1, ['broken the certificate has expired on']],
])('a certificate that ends in %i days', async (days, expected) => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-doctor-'));
  const { cert, key } = selfSigned('x', { fromMs: -100 * dayMs, toMs: days * dayMs });
  const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  await writeFile(tls.certFile, cert);
  await writeFile(tls.keyFile, key);
  const findings = await examineCertificate(tls, Date.now());
  expect(findings.map(({ level, words }) => `${level} ${words}`)).toEqual(
    expected.map((words) => expect.stringContaining(words)),
  );
  await rm(folder, { recursive: true, force: true });
});

test('no certificate is no matter, and one that cannot be read is broken', async () => {
  expect(await examineCertificate(undefined, Date.now())).toEqual([]);
  const [finding] = await examineCertificate({ certFile: '/none', keyFile: '/none' }, Date.now());
  expect(finding).toMatchObject({ level: 'broken', words: expect.stringContaining('cannot be read') });
});
