import type { Handshake } from '../gateway/transport.ts';
import type { Opening } from './let-go.ts';

export type DialectHint = NonNullable<Handshake['dialect']>;

/** What a mount knows of a newcomer beside the request. */
export type Shown = {
  /** Socket.IO's `auth` object; a client may put anything there. */
  readonly auth: { readonly [key: string]: unknown };
  /** May the client come back to a session? */
  readonly canResume: boolean;
  /** The name in the path, where the path names one. */
  readonly room: string;
  /** Does a proxy in front say in X-Forwarded headers who its client is? */
  readonly isProxyTrusted: boolean;
  /** The hints that are understood. */
  readonly dialectNames: readonly DialectHint[];
};

/** Reads what a client shows when it connects. Total: whatever cannot be read is absent. */
export function readHandshake(request: Opening, address: string, shown: Shown): Handshake {
  const { headers } = request;
  const query = queryOf(request.url);
  const hint = shown.auth.dialect ?? query.get('dialect');
  return {
    credentials: {
      auth: shown.auth.token,
      authorization: headers.authorization,
      query: query.get('token') ?? undefined,
      cookie: readCookie(headers.cookie, 'token'),
    },
    origin: headers.origin,
    secFetchSite: single(headers['sec-fetch-site']),
    ...readOrigins(request, address, shown.isProxyTrusted),
    dialect: shown.dialectNames.find((name) => name === hint),
    resume: shown.canResume ? { pid: textOrNone(shown.auth.pid), offset: textOrNone(shown.auth.offset) } : undefined,
    room: shown.room,
    query,
  };
}

/** Where the request came from. Of several hops the last is the one that the proxy in front has seen itself. */
export function readOrigins(
  { headers, socket }: Opening,
  address: string,
  isProxyTrusted: boolean,
): Pick<Handshake, 'host' | 'isSecure' | 'address'> {
  const isSecure = socket.encrypted === true;
  if (!isProxyTrusted) return { host: headers.host, isSecure, address };
  const last = (name: string) => single(headers[name])?.split(',').at(-1)?.trim() || undefined;
  const scheme = last('x-forwarded-proto');
  return {
    host: last('x-forwarded-host') ?? headers.host,
    isSecure: scheme === undefined ? isSecure : scheme === 'https',
    address: last('x-forwarded-for') ?? address,
  };
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The path of a request's target. `URL` would throw at some targets that a client may send. */
export function pathOf(url = '/'): string {
  const at = url.indexOf('?');
  return at === -1 ? url : url.slice(0, at);
}

/** The query of a request's target. Total, like {@link pathOf}. */
export function queryOf(url = '/'): URLSearchParams {
  const at = url.indexOf('?');
  return new URLSearchParams(at === -1 ? '' : url.slice(at + 1));
}

/** The percent-decoded text; '' when the encoding is broken. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at === -1 || pair.slice(0, at).trim() !== name) continue;
    const value = pair.slice(at + 1).trim();
    const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
    return percentDecoded(isQuoted ? value.slice(1, -1) : value);
  }
  return undefined;
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
