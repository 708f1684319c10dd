import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { fileSettings, type S3Settings, s3Of } from './file-settings.ts';
import { limitSettings, timingSettings } from './limit-settings.ts';
import {
  anyWebAddress,
  ConfigError,
  list,
  listOf,
  oneOf,
  onOff,
  optional,
  origin,
  publicKeyPem,
  readSetting,
  type Setting,
  secret,
  webAddress,
  whole,
} from './setting.ts';
import { storageSettings } from './storage-settings.ts';
import { configuredWebhook, webhookSettings } from './webhook-settings.ts';

export { ConfigError };

/** The signature algorithms that each kind of key can verify. */
const algorithmsOf = {
  secret: ['HS256', 'HS384', 'HS512'],
  publicKey: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
} as const;
const algorithms = [...algorithmsOf.secret, ...algorithmsOf.publicKey];
type TokenAlgorithm = (typeof algorithms)[number];

/** Every setting. A new one is one line here or in its section's file; the configuration, its documentation and `parlance config` follow. */
const sections = {
  listen: {
    port: whole('PORT', 8000, 'The port to listen on; 0 takes any free one.', { from: 0, to: 65_535 }),
    host: {
      ...optional('HOST', 'an address', 'The address to listen on.'),
      defaultNote: '127.0.0.1 while development sign-in is on, else 0.0.0.0',
    },
    publicUrl: optional(
      'PUBLIC_URL',
      'an absolute http(s) address without query',
      'The address under which clients reach the server; file URLs begin with it, or with the host of the request.',
      webAddress,
    ),
    allowedOrigins: list(
      'ALLOWED_ORIGINS',
      [],
      'a comma list of origins such as https://chat.example.com',
      'Web pages of other origins that may come with the cookie or use the development sign-in, embed its pages, and hand them a token. With a token of its own any page may come.',
      origin,
    ),
    isProxyTrusted: onOff(
      'TRUST_PROXY',
      false,
      'Whether a reverse proxy in front says address, host and scheme of a client in X-Forwarded headers.',
    ),
    tlsCertFile: optional(
      'TLS_CERT_FILE',
      'the path of a file in PEM',
      'The certificate to serve https and wss with, and after it those that lead to its authority; unset, http and ws.',
    ),
    tlsKeyFile: optional(
      'TLS_KEY_FILE',
      'the path of a file in PEM',
      'The private key of that certificate. Both files are read again when they change.',
    ),
    nodeName: optional(
      'NODE_NAME',
      '1 to 32 letters, digits and hyphens',
      'What the ids of Socket.IO connections begin with, and then a dot, so that a balancer brings polling requests to their node.',
      (value) => (/^[a-z\d-]{1,32}$/i.test(value.trim()) ? value.trim() : undefined),
    ),
  },
  storage: storageSettings,
  files: fileSettings,
  tokens: {
    secret: secret('JWT_SECRET', 'a text', 'The shared secret with which your application signs tokens (HS256).'),
    publicKey: secret(
      'JWT_PUBLIC_KEY',
      'a public key (RSA of 2048 bits or more, EC or Ed25519) in PEM, or the path of such a file',
      'The public key with which tokens are verified; line breaks may be written as \\n.',
      publicKeyPem,
    ),
    jwksUrl: optional(
      'JWKS_URL',
      'an absolute http(s) address',
      'Where your identity provider publishes its public keys.',
      anyWebAddress,
    ),
    algorithms: listOf(
      'JWT_ALGORITHMS',
      algorithms,
      'HS256 with a secret; RS256,ES256,EdDSA with a public key or JWKS',
      'The signature algorithms that are accepted, and no others.',
    ),
    issuer: optional('JWT_ISSUER', 'a text', 'The `iss` that tokens must name; unset, it is not looked at.'),
    audience: optional('JWT_AUDIENCE', 'a text', 'The `aud` that tokens must name; unset, it is not looked at.'),
  },
  access: {
    apiKey: secret('API_KEY', 'a text', 'The key that makes an HTTP request the host application; unset, none is.'),
    adminRoles: list(
      'ADMIN_ROLES',
      ['ADMIN'],
      'a comma list',
      'The roles whose users are admins: of support chats, and of the console.',
    ),
    autoCreate: onOff(
      'AUTO_CREATE',
      true,
      'Whether a conversation comes into being when a user touches its id; off, only the HTTP API creates them.',
    ),
  },
  limits: limitSettings,
  timing: timingSettings,
  webhooks: webhookSettings,
  telemetry: {
    metricsToken: secret(
      'METRICS_TOKEN',
      'a text without blanks',
      'The token with which Prometheus may read `/metrics`; unset, there is no such address.',
      (value) => (/^\S+$/.test(value.trim()) ? value.trim() : undefined),
    ),
    otlpEndpoint: optional(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'an absolute http(s) address without query',
      'A collector that takes OpenTelemetry traces of messages, as OTLP over HTTP, e.g. http://localhost:4318; unset, none are made.',
      webAddress,
    ),
    traceOneOf: whole(
      'TRACE_ONE_OF',
      100,
      'Of so many messages one is traced; 1 traces all, at the cost that it has.',
      {
        to: 1_000_000,
      },
    ),
  },
  log: {
    level: oneOf(
      'LOG_LEVEL',
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'info',
      'The least serious log lines that are written.',
    ),
  },
} as const satisfies Record<string, Record<string, Setting<unknown>>>;

type Sections = typeof sections;
/** What a setting is about; the order is that of the documentation. */
export type SettingSection = keyof Sections;
type Values = {
  readonly [S in keyof Sections]: {
    readonly [K in keyof Sections[S]]: Sections[S][K] extends Setting<infer T> ? T : never;
  };
};

/** Every setting that is in force, by what it is about. Absent settings without a default are undefined. */
export type Config = Omit<Values, 'listen' | 'tokens'> & {
  readonly listen: Omit<Values['listen'], 'host'> & { readonly host: string };
  readonly tokens: Omit<Values['tokens'], 'algorithms'> & { readonly algorithms: readonly TokenAlgorithm[] };
  /** Where the certificate and its key lie; absent: no TLS. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Absent: none but those that are made over HTTP. */
  readonly webhook?: ReturnType<typeof configuredWebhook>;
  /** The store of uploaded files; absent: they lie in DATA_DIR. */
  readonly s3?: S3Settings | undefined;
  /** No key is configured: the server makes a secret of its own and lets anybody sign in as anyone. */
  readonly developmentSignIn: boolean;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration that an environment says. Throws {@link ConfigError} for the first setting that is wrong. */
export function loadConfig(env: Environment): Config {
  const values = readSections(env);
  const { listen, storage, tokens, limits } = values;
  if (tokens.publicKey !== undefined && tokens.jwksUrl !== undefined) {
    throw new ConfigError('JWKS_URL', 'is set beside JWT_PUBLIC_KEY: expected one of the two. Remove the other.');
  }
  if (storage.redisUrl !== undefined && !/^postgres(ql)?:/i.test(storage.databaseUrl ?? '')) {
    throw new ConfigError('REDIS_URL', 'is set without PostgreSQL: it needs DATABASE_URL=postgres://… beside it.');
  }
  atMost('CONTENT_LIMIT_BYTES', limits.contentBytes, 'TRANSPORT_LIMIT_BYTES', limits.transportBytes);
  atMost('PAYLOAD_LIMIT_BYTES', limits.payloadBytes, 'TRANSPORT_LIMIT_BYTES', limits.transportBytes);
  atMost('SEND_BUFFER_SOFT_BYTES', limits.sendBufferSoftBytes, 'SEND_BUFFER_HARD_BYTES', limits.sendBufferHardBytes);
  const hasPublicKeys = tokens.publicKey !== undefined || tokens.jwksUrl !== undefined;
  const developmentSignIn = tokens.secret === undefined && !hasPublicKeys;
  return {
    ...values,
    listen: { ...listen, host: listen.host ?? (developmentSignIn ? '127.0.0.1' : '0.0.0.0') },
    tokens: { ...tokens, algorithms: acceptedAlgorithms(tokens, hasPublicKeys) },
    s3: s3Of(values.files),
    webhook: configuredWebhook(values.webhooks),
    tls: tlsOf(listen),
    developmentSignIn,
  };
}

/** The environment of this process, and beneath it the `.env` file of the working directory. */
export function processEnvironment(): Environment {
  return { ...readEnvFile('.env'), ...process.env };
}

/** One row of what `parlance config` and the documentation show. */
export type SettingRow = {
  readonly section: SettingSection;
  readonly name: string;
  /** The value in force; secrets say no more than that they are set. */
  readonly value: string;
  readonly default: string;
  readonly expected: string;
  readonly sentence: string;
};

/** Every setting, in the order of its table; `config` gives the values in force. */
export function describeSettings(config: Config = loadConfig({})): readonly SettingRow[] {
  const names = Object.keys(sections) as SettingSection[];
  return names.flatMap((section) => {
    const values = new Map<string, unknown>(Object.entries(config[section]));
    return Object.entries<Setting<unknown>>(sections[section]).map(([key, setting]) => ({
      section,
      name: setting.name,
      value: setting.isSecret && values.get(key) !== undefined ? '(set)' : shown(values.get(key)),
      default: setting.defaultNote ?? shown(setting.default),
      expected: setting.expected,
      sentence: setting.sentence,
    }));
  });
}

function shown(value: unknown): string {
  return value === undefined ? '' : String(value);
}

function readSections(env: Environment): Values {
  const read = Object.entries(sections).map(([section, settings]) => [
    section,
    Object.fromEntries(Object.entries<Setting<unknown>>(settings).map(([key, one]) => [key, readSetting(one, env)])),
  ]);
  // The table's own type says what each reading yields; a walk over its keys cannot carry that.
  return Object.fromEntries(read) as Values;
}

function acceptedAlgorithms(tokens: Values['tokens'], hasPublicKeys: boolean): readonly TokenAlgorithm[] {
  const hasSecret = tokens.secret !== undefined || !hasPublicKeys;
  const possible: readonly TokenAlgorithm[] = [
    ...(hasSecret ? algorithmsOf.secret : []),
    ...(hasPublicKeys ? algorithmsOf.publicKey : []),
  ];
  const useless = tokens.algorithms?.find((algorithm) => !possible.includes(algorithm));
  if (useless !== undefined) {
    const missing = hasSecret ? 'JWT_PUBLIC_KEY or JWKS_URL' : 'JWT_SECRET';
    throw new ConfigError(
      'JWT_ALGORITHMS',
      `names ${useless}, which needs ${missing}: expected ${possible.join(', ')}.`,
    );
  }
  return (
    tokens.algorithms ?? [
      ...(hasSecret ? (['HS256'] as const) : []),
      ...(hasPublicKeys ? (['RS256', 'ES256', 'EdDSA'] as const) : []),
    ]
  );
}

function tlsOf({ tlsCertFile: certFile, tlsKeyFile: keyFile }: Values['listen']): Config['tls'] {
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile === keyFile) return undefined;
  const [name, other] = certFile === undefined ? ['TLS_CERT_FILE', 'TLS_KEY_FILE'] : ['TLS_KEY_FILE', 'TLS_CERT_FILE'];
  throw new ConfigError(name, `is missing: ${other} is set, and TLS needs both. Set it too, or remove the other.`);
}

function atMost(name: string, value: number, limitName: string, limit: number): void {
  if (value > limit) throw new ConfigError(name, `is ${value}: expected at most ${limitName} (${limit}).`);
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new ConfigError(path, `cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
