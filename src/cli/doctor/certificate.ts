import type { Config } from '../../config.ts';
import { readCertificate } from '../../http/certificate.ts';
import { broken, doubtful, type Finding, well, wordsOf } from './finding.ts';

const about = 'TLS';
/** Tools renew certificates a month before their end. */
const soonDays = 14;
const dayMs = 24 * 3600 * 1000;

/** The certificate that the server itself would serve, where it serves one. */
export async function examineCertificate(tls: Config['tls'], nowMs: number): Promise<readonly Finding[]> {
  if (tls === undefined) return [];
  try {
    const { validUntil } = await readCertificate(tls);
    const days = Math.floor((validUntil.getTime() - nowMs) / dayMs);
    const todo = 'Renew it: put the new one and its key in the place of the old. The server takes it by itself.';
    if (days < 0) return [broken(about, `the certificate has expired on ${validUntil.toISOString()}`, todo)];
    if (days < soonDays) return [doubtful(about, `the certificate expires in ${days} days`, todo)];
    return [well(about, `the certificate is valid for ${days} days`)];
  } catch (error) {
    return [broken(about, wordsOf(error), 'Set TLS_CERT_FILE and TLS_KEY_FILE to files in PEM that belong together.')];
  }
}
