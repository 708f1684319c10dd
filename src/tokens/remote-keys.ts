import { type CompactVerifyGetKey, createRemoteJWKSet } from 'jose';

const refreshMs = 10 * 60_000;

/**
 * The public keys that an identity provider publishes. A key not seen before is asked for at once, but not again within the
 * cooldown, so that made-up key ids cannot be turned against the provider. The set is refreshed beside the work: while the
 * provider is away, the keys known last stay good.
 */
export function remoteKeys(url: URL, cooldownMs = 5000): CompactVerifyGetKey {
  const keys = createRemoteJWKSet(url, {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: cooldownMs,
    timeoutDuration: 5000,
  });
  let refreshedAtMs = Date.now();
  return (header, token) => {
    if (Date.now() - refreshedAtMs > refreshMs) {
      refreshedAtMs = Date.now();
      keys.reload().catch(() => undefined);
    }
    return keys(header, token);
  };
}
