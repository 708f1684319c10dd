import { type Config, ConfigError, type Environment, loadConfig } from '../../config.ts';
import { broken, doubtful, type Finding, well } from './finding.ts';

/** What HS256 asks of a secret: as many bytes as its hash has. */
const secretBytes = 32;
const apiKeyBytes = 24;
const loopback = /^(localhost|127\.|::1$)/;

/** The configuration, or the finding that there is none. */
export function readSettings(env: () => Environment): Config | Finding {
  try {
    return loadConfig(env());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return broken('settings', error.message, 'Set it right, or remove it; "parlance config" prints all settings.');
  }
}

export function judgeSettings(config: Config): readonly Finding[] {
  return [
    well('settings', 'can all be read'),
    ...judgeAccess(config),
    ...judgeSecrets(config),
    ...judgeAddress(config),
  ];
}

function judgeAccess({ developmentSignIn, listen: { host } }: Config): readonly Finding[] {
  if (!developmentSignIn) return [well('sign-in', 'tokens are verified by a configured key')];
  const todo = 'Set JWT_SECRET, JWT_PUBLIC_KEY or JWKS_URL.';
  return loopback.test(host)
    ? [doubtful('sign-in', 'development sign-in is on: whoever uses this machine may be anyone', todo)]
    : [broken('sign-in', `development sign-in is on at ${host}: whoever reaches it may sign in as anyone`, todo)];
}

/** Whether they can be guessed, and whether one is two. */
export function judgeSecrets({ tokens: { secret }, access: { apiKey } }: Config): readonly Finding[] {
  const findings: Finding[] = [];
  const judge = (name: string, value: string | undefined, least: number): void => {
    if (value === undefined) return;
    const bytes = Buffer.byteLength(value);
    const todo = `Make one of ${least} random bytes or more: openssl rand -base64 ${least}`;
    findings.push(
      bytes < least
        ? doubtful('secrets', `${name} has ${bytes} bytes, and can be guessed`, todo)
        : well('secrets', `${name} is long enough`),
    );
  };
  judge('JWT_SECRET', secret, secretBytes);
  judge('API_KEY', apiKey, apiKeyBytes);
  if (secret !== undefined && secret === apiKey) {
    findings.push(
      broken('secrets', 'API_KEY is JWT_SECRET: who may call as the host may sign as anyone', 'Give each its own.'),
    );
  }
  return findings;
}

function judgeAddress({ listen: { publicUrl }, developmentSignIn }: Config): readonly Finding[] {
  if (publicUrl === undefined) {
    const words = 'PUBLIC_URL is not set: addresses of files begin with the host that each request names';
    return developmentSignIn ? [] : [doubtful('address', words, 'Set PUBLIC_URL to where clients reach the server.')];
  }
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === 'https:' || loopback.test(hostname)) return [well('address', `clients come to ${publicUrl}`)];
  return [
    doubtful(
      'address',
      `clients come to ${publicUrl}, and their tokens travel in the open`,
      'Put TLS in front, and say https.',
    ),
  ];
}
