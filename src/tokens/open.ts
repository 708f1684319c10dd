import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { type CompactVerifyGetKey, compactVerify } from 'jose';
import type { Clock, Tokens } from '../app/ports.ts';
import { principalOf, readClaims } from './claims.ts';
import { isHmac, isSignedBy } from './hmac.ts';
import { remoteKeys } from './remote-keys.ts';
import type { Claims, TokenSettings } from './settings.ts';

/** A longer token is no token; it is not even looked at. */
const tokenLimit = 16_384;

type PublicKeys = KeyObject | CompactVerifyGetKey;
type Verify = (token: string, algorithm: string) => Promise<Claims | undefined> | Claims | undefined;

/**
 * Verifies tokens as the settings say. Each algorithm is bound to one kind of key before a signature is looked at, so a public
 * key can never pass for a secret. Throws when the public key is no key.
 */
export function openTokens(settings: TokenSettings, clock: Clock = { nowMs: Date.now }): Tokens {
  const bySharedSecret = settings.secret === undefined ? undefined : bySecret(settings.secret);
  const publicKeys = publicKeysOf(settings);
  const byPublicKey = publicKeys === undefined ? undefined : byKey(publicKeys);
  const verifiers = new Map(
    settings.algorithms.map((algorithm) => [algorithm, isHmac(algorithm) ? bySharedSecret : byPublicKey]),
  );
  return {
    async verify(token) {
      if (token.length > tokenLimit) return undefined;
      const algorithm = algorithmOf(token);
      const verify = algorithm === undefined ? undefined : verifiers.get(algorithm);
      if (algorithm === undefined || verify === undefined) return undefined;
      try {
        const claims = await verify(token, algorithm);
        return claims === undefined ? undefined : principalOf(claims, clock.nowMs() / 1000, settings);
      } catch {
        // Whatever is wrong with a token, or with asking for its key, it speaks for nobody.
        return undefined;
      }
    },
  };
}

function publicKeysOf({ publicKey, jwksUrl, jwksCooldownMs }: TokenSettings): PublicKeys | undefined {
  if (publicKey !== undefined) return createPublicKey(publicKey);
  return jwksUrl === undefined ? undefined : remoteKeys(new URL(jwksUrl), jwksCooldownMs);
}

function bySecret(text: string): Verify {
  const secret = createSecretKey(text, 'utf8');
  return (token, algorithm) => {
    const end = token.lastIndexOf('.');
    const start = token.indexOf('.') + 1;
    const isGood = isSignedBy(secret, algorithm, token.slice(0, end), token.slice(end + 1));
    return isGood ? readClaims(Buffer.from(token.slice(start, end), 'base64url')) : undefined;
  };
}

function byKey(key: PublicKeys): Verify {
  return async (token, algorithm) => readClaims((await compactVerify(token, key, { algorithms: [algorithm] })).payload);
}

/** The algorithm that a token of three parts names in its header; undefined when it also asks for what we do not understand. */
function algorithmOf(token: string): string | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  const text = token.slice(0, token.indexOf('.'));
  // Tokens of one issuer all begin alike.
  if (text !== lastHeader.text) lastHeader = { text, algorithm: algorithmIn(text) };
  return lastHeader.algorithm;
}

let lastHeader: { readonly text: string; readonly algorithm: string | undefined } = { text: '', algorithm: undefined };

function algorithmIn(text: string): string | undefined {
  const header = readClaims(Buffer.from(text, 'base64url'));
  if (header === undefined || header.crit !== undefined) return undefined;
  return typeof header.alg === 'string' ? header.alg : undefined;
}
