import { fieldsOf, someText } from '../client/reading.ts';
import { lastingStorage, tabStorage } from '../look/storage.ts';

/** The token of this page: handed over, remembered, or none. */

const key = 'parlance-token';

/** The token in `#token=…`, which is taken out of the address at once. */
function tokenInAddress(): string | undefined {
  const found = /(?:^#|&)token=([^&]+)/.exec(location.hash)?.[1];
  if (found === undefined) return undefined;
  history.replaceState(null, '', location.pathname + location.search);
  try {
    return decodeURIComponent(found);
  } catch {
    return undefined;
  }
}

export function rememberedToken(): string | undefined {
  const handed = tokenInAddress();
  if (handed !== undefined) remember(handed, false);
  return handed ?? tabStorage?.getItem(key) ?? lastingStorage?.getItem(key) ?? undefined;
}

/** In this tab, or until signing out. */
export function remember(token: string, isToStay: boolean): void {
  tabStorage?.setItem(key, token);
  if (isToStay) lastingStorage?.setItem(key, token);
}

/** Another tab may have left another one to stay. */
export function forgetToken(token: string): void {
  for (const storage of [tabStorage, lastingStorage]) {
    if (storage?.getItem(key) === token) storage.removeItem(key);
  }
}

/**
 * Takes a token from the page that embeds or opened this one: it posts `{ type: 'parlance-token', token }`, after it was
 * told `{ type: 'parlance-ready' }`. Only pages of this origin and of the server's ALLOWED_ORIGINS are listened to.
 */
export function listenForToken(hostOrigins: readonly string[], onToken: (token: string) => void): () => void {
  const trusted = new Set([location.origin, ...hostOrigins]);
  const listen = ({ origin, data }: MessageEvent<unknown>) => {
    const { type, token } = fieldsOf(data);
    const given = someText(token);
    if (trusted.has(origin) && type === 'parlance-token' && given !== undefined) onToken(given);
  };
  addEventListener('message', listen);
  const host: unknown = window.parent === window ? window.opener : window.parent;
  // Says nothing but that it is there, so anybody may hear it.
  if (host) (host as Window).postMessage({ type: 'parlance-ready' }, '*');
  return () => removeEventListener('message', listen);
}
