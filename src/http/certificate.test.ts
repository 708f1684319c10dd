import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { selfSigned } from '../../test/harness/certificate.ts';
import { patienceMs, quietMoment } from '../../test/harness/until.ts';
import { type CertificateFiles, readCertificate, renewCertificate } from './certificate.ts';

const good = selfSigned('good');
let folder = '';
let files: CertificateFiles;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-certificate-'));
  files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  await put(good);
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

async function put({ cert, key }: { readonly cert?: string; readonly key?: string }): Promise<void> {
  if (cert !== undefined) await writeFile(files.certFile, cert);
  if (key !== undefined) await writeFile(files.keyFile, key);
}

test('a certificate and its key are read, and until when they hold', async () => {
  const read = await readCertificate(files);
  expect(read).toMatchObject(good);
  expect(read.validUntil.getTime() - Date.now()).toBeGreaterThan(3_000_000);
});

test.each([
  [
    'a missing certificate',
    async () => rm(files.certFile),
    /^TLS_CERT_FILE .*cert\.pem cannot be read \(ENOENT.*Name a file/,
  ],
  ['a missing key', async () => rm(files.keyFile), /^TLS_KEY_FILE .*key\.pem cannot be read \(ENOENT/],
  ['words', () => put({ cert: 'hello' }), /^TLS_CERT_FILE .*cert\.pem is not a certificate in PEM/],
  [
    'a key that is none',
    () => put({ key: good.cert }),
    /^TLS_KEY_FILE .*key\.pem is not a private key without a passphrase/,
  ],
  ['the key of another', () => put({ key: selfSigned('other').key }), /^The key in TLS_KEY_FILE .* is not that of/],
])('%s is refused in words that name the file', async (_what, spoil, words) => {
  await spoil();
  const refusal = await readCertificate(files).catch((error: Error) => error);
  expect(refusal).toBeInstanceOf(Error);
  expect((refusal as Error).message).toMatch(words);
  expect((refusal as Error).message).not.toContain('PRIVATE KEY-----');
});

test('what stays wrong is told of once, and what is right again is served', async () => {
  const server = createServer(good);
  const served = vi.spyOn(server, 'setSecureContext');
  const lines: string[] = [];
  const say = (level: string) => (fields: object, words: string) =>
    void lines.push(`${level} ${words} ${JSON.stringify(fields)}`);
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const first = await readCertificate(files);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  using _renewing = renewCertificate(server, files, first, log);
  expect(lines).toEqual([expect.stringMatching(/^info serving TLS/)]);
  const look = async (until: () => boolean): Promise<void> => {
    await vi.waitFor(
      () => {
        vi.advanceTimersByTime(2_000);
        expect(until()).toBe(true);
      },
      { timeout: patienceMs, interval: 20 },
    );
  };

  const other = selfSigned('other');
  await put({ cert: other.cert });
  vi.advanceTimersByTime(2_000);
  await quietMoment();
  await put({ key: other.key });
  await look(() => served.mock.calls.length === 1);
  expect(lines.splice(1), 'two files are not exchanged in one moment').toEqual([
    expect.stringMatching(/^info serving TLS/),
  ]);

  await put({ cert: 'half' });
  await look(() => lines.length === 2);
  expect(lines[1]).toMatch(/^error the TLS certificate was not renewed.*TLS_CERT_FILE/);
  await quietMoment();
  vi.advanceTimersByTime(2_000);
  await quietMoment();
  expect([lines.length, served.mock.calls.length]).toEqual([2, 1]);

  const second = selfSigned('second', { fromMs: -120_000, toMs: -60_000 });
  await put(second);
  await look(() => served.mock.calls.length === 2);
  expect(served.mock.calls[1]?.[0]).toMatchObject(second);
  expect(lines[2]).toMatch(/^error the TLS certificate has expired/);
});
