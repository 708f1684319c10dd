/** What tokens are verified with. At least one key; with several, each algorithm belongs to one kind of key only. */
export type TokenSettings = {
  /** Verifies HS256, HS384 and HS512, by its UTF-8 bytes. */
  readonly secret?: string | undefined;
  /** PEM; verifies everything else. */
  readonly publicKey?: string | undefined;
  /** Where public keys are published; used when there is no `publicKey`. */
  readonly jwksUrl?: string | undefined;
  /** How soon the published keys may be asked for again because of a key not seen before. */
  readonly jwksCooldownMs?: number;
  /** No other algorithm is accepted. */
  readonly algorithms: readonly string[];
  /** The `iss` and `aud` that tokens must name; absent: not looked at. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
};

/** What a token says, once its signature was verified. */
export type Claims = { readonly [name: string]: unknown };
