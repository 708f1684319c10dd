import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createSecureContext, Server as TlsServer } from 'node:tls';
import type { HttpLog } from './house.ts';

/** The server's own TLS, by two files in PEM that somebody else renews. */

export type CertificateFiles = {
  /** The certificate, and after it those that lead to its authority. */
  readonly certFile: string;
  /** Its private key, without a passphrase. */
  readonly keyFile: string;
};

export type Certificate = { readonly cert: string; readonly key: string; readonly validUntil: Date };

const lookEveryMs = 2_000;

/** Rejects with words for the operator when the files cannot be read, are no PEM, or do not belong together. */
export async function readCertificate({ certFile, keyFile }: CertificateFiles): Promise<Certificate> {
  const cert = await textOf('TLS_CERT_FILE', certFile);
  const key = await textOf('TLS_KEY_FILE', keyFile);
  const certificate = parsed('TLS_CERT_FILE', certFile, 'a certificate', () => new X509Certificate(cert));
  const privateKey = parsed('TLS_KEY_FILE', keyFile, 'a private key without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error(`The key in TLS_KEY_FILE ${keyFile} is not that of the certificate in TLS_CERT_FILE ${certFile}.`);
  }
  // What an old library or policy may still object to, such as a short key.
  parsed('TLS_CERT_FILE', certFile, 'a certificate that can be served', () => createSecureContext({ cert, key }));
  return { cert, key, validUntil: certificate.validToDate };
}

/**
 * Looks at the files every two seconds, and serves new ones to all connections that begin from then on; those that exist go on.
 * Files that cannot be used are told of once, and the certificate of before goes on being served.
 */
export function renewCertificate(
  server: Server,
  files: CertificateFiles,
  first: Certificate,
  log: HttpLog,
): Disposable {
  let served = first;
  let complaint = '';
  let isTold = false;
  let isLooking = false;
  tell(served, log);

  const look = async (): Promise<void> => {
    try {
      const found = await readCertificate(files);
      complaint = '';
      if (found.cert === served.cert && found.key === served.key) return;
      served = found;
      if (server instanceof TlsServer) server.setSecureContext(found);
      tell(served, log);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      // Two files are not exchanged in one moment: only what is still wrong at the next look is worth a word.
      const isStill = words === complaint;
      if (isStill && isTold) return;
      complaint = words;
      isTold = isStill;
      if (!isStill) return;
      log.error({ words }, 'the TLS certificate was not renewed; the one of before is served');
    }
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
    });
  }, lookEveryMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function tell({ validUntil }: Certificate, log: HttpLog): void {
  const isOver = validUntil.getTime() < Date.now();
  const fields = { validUntil: validUntil.toISOString() };
  if (isOver) log.error(fields, 'the TLS certificate has expired; clients will refuse it');
  else log.info(fields, 'serving TLS');
}

async function textOf(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${setting} ${file} cannot be read (${reason}). Name a file that this user may read.`);
  }
}

function parsed<T>(setting: string, file: string, expected: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${setting} ${file} is not ${expected} in PEM (${reason}).`);
  }
}
