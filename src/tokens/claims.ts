import type { Principal } from '../app/ports.ts';
import { isId } from '../core/forms.ts';
import type { UserId } from '../core/model.ts';
import type { Claims, TokenSettings } from './settings.ts';

/** How far the clocks of two machines may differ. */
const leewaySeconds = 30;

/** Profile fields travel with every message: a longer one is cut. */
const profileLimit = 256;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The claims in a token's payload, or undefined when it is no JSON object. */
export function readClaims(payload: Uint8Array): Claims | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(payload));
    return isClaims(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Who the claims of a verified token speak for at this time (seconds), or undefined when it does not hold. */
export function principalOf(
  claims: Claims,
  nowSeconds: number,
  expected: Pick<TokenSettings, 'issuer' | 'audience'>,
): Principal | undefined {
  const { exp, nbf, iat } = claims;
  if (!isTimeOrAbsent(exp) || !isTimeOrAbsent(nbf) || !isTimeOrAbsent(iat)) return undefined;
  if (exp !== undefined && nowSeconds >= exp + leewaySeconds) return undefined;
  if (nbf !== undefined && nowSeconds < nbf - leewaySeconds) return undefined;
  if (expected.issuer !== undefined && claims.iss !== expected.issuer) return undefined;
  if (expected.audience !== undefined && !names(claims.aud, expected.audience)) return undefined;

  const id = userIdOf(claims);
  if (id === undefined) return undefined;
  const email = profileText(claims.email);
  const role = profileText(claims.role) ?? profileText(Array.isArray(claims.roles) ? claims.roles[0] : undefined);
  const name = profileText(claims.username) ?? profileText(claims.preferred_username) ?? profileText(claims.name);
  return {
    user: { id, email: email ?? '', role: role ?? 'USER', name: name ?? id },
    named: { email: email !== undefined, name: name !== undefined },
    ...(iat === undefined ? {} : { issuedAtSeconds: iat }),
    ...(exp === undefined ? {} : { expiresAtSeconds: exp }),
  };
}

function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTimeOrAbsent(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === 'number' && Number.isFinite(value));
}

function names(audience: unknown, expected: string): boolean {
  return audience === expected || (Array.isArray(audience) && audience.includes(expected));
}

/** The first claim that is there decides: a token whose `sub` is no id is not saved by its `id`. */
function userIdOf(claims: Claims): UserId | undefined {
  const value = claims.sub ?? claims.user_id ?? claims.userId ?? claims.id;
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
  return typeof value === 'string' && isId(value) ? value : undefined;
}

function profileText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? charactersWithin(value, profileLimit).toWellFormed() : undefined;
}

/** Its first characters: one that takes two code units is one, and is not cut in two. */
function charactersWithin(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // No more than these can be among the first ones, however long it is.
  return [...text.slice(0, 2 * limit + 1)].slice(0, limit).join('');
}
