import type { Handshake } from './transport.ts';

export type Credential =
  | { readonly is: 'token'; readonly token: string; readonly from: 'auth' | 'header' | 'query' | 'cookie' }
  | { readonly is: 'missing' }
  /** Something stood where the token should be, and it was no token. */
  | { readonly is: 'wrong' };

/** The first place that holds anything decides: `auth.token`, the Authorization header, the query, the cookie. */
export function findCredential({ auth, authorization, query, cookie }: Handshake['credentials']): Credential {
  const places = [
    ['auth', auth],
    ['header', authorization],
    ['query', query],
    ['cookie', cookie],
  ] as const;
  for (const [from, value] of places) {
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string') return { is: 'wrong' };
    const token = withoutBearer(value);
    return token === '' ? { is: 'wrong' } : { is: 'token', token, from };
  }
  return { is: 'missing' };
}

/** Tokens come with or without `Bearer `, in any case. */
export function withoutBearer(value: string): string {
  return value.replace(/^\s*bearer(\s+|$)/i, '').trim();
}

/**
 * May this request use its cookie? A page of another site can make a browser send it: the Origin must be one of the listed, or
 * absent in a way in which browsers do not leave it out for other sites.
 */
export function mayUseCookie(
  { origin, secFetchSite }: Pick<Handshake, 'origin' | 'secFetchSite'>,
  allowedOrigins: ReadonlySet<string>,
): boolean {
  if (origin !== undefined) return allowedOrigins.has(origin);
  return secFetchSite === undefined || secFetchSite === 'none' || secFetchSite === 'same-origin';
}
