import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../test/harness/temporary-folder.ts';
import { ConfigError, describeSettings, loadConfig } from './config.ts';

const publicPem = pemOf(2048);

function pemOf(bits: number): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

function wrong(env: Record<string, string>): ConfigError {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(env)} was accepted`);
}

test('an empty environment starts a server for development on this machine only', () => {
  const config = loadConfig({});
  expect(config.developmentSignIn).toBe(true);
  expect(config.listen).toMatchObject({ port: 8000, host: '127.0.0.1', isProxyTrusted: false, allowedOrigins: [] });
  expect(config.storage).toMatchObject({ dataDir: './data', databaseUrl: undefined });
  expect(config.tokens.algorithms).toEqual(['HS256']);
  expect(config.access).toEqual({ apiKey: undefined, adminRoles: ['ADMIN'], autoCreate: true });
});

test.each([
  [{ JWT_SECRET: 's' }, ['HS256']],
  [{ JWT_PUBLIC_KEY: publicPem }, ['RS256', 'ES256', 'EdDSA']],
  [{ JWKS_URL: 'https://id.example.com/keys' }, ['RS256', 'ES256', 'EdDSA']],
  [{ JWT_SECRET: 's', JWKS_URL: 'https://id.example.com/keys' }, ['HS256', 'RS256', 'ES256', 'EdDSA']],
  [{ JWT_SECRET: 's', JWT_ALGORITHMS: 'HS512, HS256' }, ['HS512', 'HS256']],
])('configured keys end the development sign-in, open the server and choose algorithms: %#', (env, algorithms) => {
  const config = loadConfig(env);
  expect(config.developmentSignIn).toBe(false);
  expect(config.listen.host).toBe('0.0.0.0');
  expect(config.tokens.algorithms).toEqual(algorithms);
});

test('a host that is set is kept while development sign-in is on', () => {
  expect(loadConfig({ HOST: '::' }).listen.host).toBe('::');
});

test.each([
  ['true', true],
  ['Yes', true],
  ['ON', true],
  ['1', true],
  ['FALSE', false],
  ['no', false],
  ['off', false],
  ['0', false],
])('AUTO_CREATE=%s reads as %s', (text, value) => {
  expect(loadConfig({ AUTO_CREATE: text }).access.autoCreate).toBe(value);
});

test('lists, addresses and origins are read in their canonical form', () => {
  const config = loadConfig({
    PUBLIC_URL: 'https://Chat.example.com/base//',
    ALLOWED_ORIGINS: ' https://A.example.com , http://localhost:5173/,',
    ADMIN_ROLES: 'ADMIN,owner ',
  });
  expect(config.listen.publicUrl).toBe('https://chat.example.com/base');
  expect(config.listen.allowedOrigins).toEqual(['https://a.example.com', 'http://localhost:5173']);
  expect(config.access.adminRoles).toEqual(['ADMIN', 'owner']);
  expect(loadConfig({ ADMIN_ROLES: '' }).access.adminRoles).toEqual([]);
});

describe('a public key', () => {
  test('may be PEM on one line, PEM as it is, or the path of a file', () => {
    const path = join(temporaryFolder('config'), 'key.pem');
    writeFileSync(path, publicPem);
    for (const text of [publicPem.replaceAll('\n', '\\n'), publicPem, path]) {
      expect(loadConfig({ JWT_PUBLIC_KEY: text }).tokens.publicKey).toBe(publicPem);
    }
  });

  test('is refused when it is private, too short or not there', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const text of [privatePem, pemOf(1024), '/does/not/exist.pem']) {
      expect(wrong({ JWT_PUBLIC_KEY: text })).toMatchObject({ setting: 'JWT_PUBLIC_KEY' });
    }
    expect(wrong({ JWT_PUBLIC_KEY: privatePem }).message).not.toContain(privatePem.slice(40, 80));
  });
});

test.each([
  ['PORT', '80a'],
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '8e3'],
  ['PORT', ''],
  ['AUTO_CREATE', 'maybe'],
  ['PUBLIC_URL', 'chat.example.com'],
  ['PUBLIC_URL', 'ftp://chat.example.com'],
  ['PUBLIC_URL', 'https://chat.example.com/?a=1'],
  ['ALLOWED_ORIGINS', 'https://a.example.com,*'],
  ['ALLOWED_ORIGINS', 'https://a.example.com/path'],
  ['LOG_LEVEL', 'loud'],
  ['PRESENCE_GRACE_MS', '5000'],
  ['JWKS_URL', 'id.example.com'],
  ['JWT_ALGORITHMS', 'HS256,none'],
  ['JWT_ALGORITHMS', 'RS256'],
  ['CONTENT_LIMIT_BYTES', '2000000'],
  ['SEND_BUFFER_SOFT_BYTES', '99999999'],
  ['MESSAGES_PER_SECOND', '0'],
])('%s=%s stops the start and names the setting, its value and what is expected', (name, text) => {
  const error = wrong({ [name]: text });
  expect(error.setting).toBe(name);
  expect(error.message).toMatch(new RegExp(`^${name} `));
  expect(error.message).toContain('expected');
  expect(error.message).toContain(text === '' ? 'empty' : (text.split(',').at(-1) ?? text));
});

test('two sources of public keys are refused', () => {
  expect(wrong({ JWT_PUBLIC_KEY: publicPem, JWKS_URL: 'https://id.example.com' }).setting).toBe('JWKS_URL');
});

test('a Redis needs a PostgreSQL beside it, and never shows its password', () => {
  const redisUrl = 'rediss://:hunter2@redis.example.com:6380';
  const url = 'postgres://127.0.0.1/chat';
  expect(loadConfig({ REDIS_URL: redisUrl, DATABASE_URL: url }).storage.redisUrl).toBe(redisUrl);
  for (const env of [{}, { DATABASE_URL: 'sqlite:chat.sqlite' }] as Record<string, string>[]) {
    expect(wrong({ REDIS_URL: redisUrl, ...env })).toMatchObject({ setting: 'REDIS_URL' });
  }
  for (const text of ['redis://', 'http://:hunter2@redis', 'redis://:hunter2@redis:port']) {
    const { setting, message } = wrong({ REDIS_URL: text, DATABASE_URL: url });
    expect(setting).toBe('REDIS_URL');
    expect(message).not.toContain('hunter2');
  }
});

test.each(['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWKS_URL', 'API_KEY', 'DATABASE_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'])(
  '%s that is set but empty stops the start instead of falling back to something more open',
  (name) => {
    expect(wrong({ [name]: '' }).message).toMatch(new RegExp(`^${name} is set but empty`));
  },
);

test('a wrong secret is never shown', () => {
  expect(wrong({ DATABASE_URL: 'mysql://root:hunter2@db/chat' }).message).not.toContain('hunter2');
});

describe('the description of the settings', () => {
  const rows = describeSettings(
    loadConfig({ PORT: '9000', JWT_SECRET: 'hunter2', DATABASE_URL: 'sqlite:hunter2.sqlite' }),
  );
  const row = (name: string) => rows.find((one) => one.name === name);

  test('shows values in force beside defaults', () => {
    expect(row('PORT')).toMatchObject({ value: '9000', default: '8000' });
    expect(row('HOST')).toMatchObject({ value: '0.0.0.0', default: expect.stringContaining('127.0.0.1') });
    expect(row('JWT_ALGORITHMS')).toMatchObject({ value: 'HS256' });
  });

  test('never shows a secret', () => {
    expect(row('JWT_SECRET')).toMatchObject({ value: '(set)' });
    expect(row('API_KEY')).toMatchObject({ value: '' });
    expect(JSON.stringify(rows)).not.toContain('hunter2');
  });

  test('names every setting once, with a sentence', () => {
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    for (const { name, sentence } of rows) expect(sentence, name).toMatch(/^[A-Z].*\.$/);
  });
});

test('TLS needs both of its files', () => {
  expect(loadConfig({}).tls).toBeUndefined();
  expect(loadConfig({ TLS_CERT_FILE: 'c.pem', TLS_KEY_FILE: 'k.pem' }).tls).toEqual({
    certFile: 'c.pem',
    keyFile: 'k.pem',
  });
  expect(wrong({ TLS_CERT_FILE: 'c.pem' }).message).toMatch(/^TLS_KEY_FILE is missing: TLS_CERT_FILE is set/);
  expect(wrong({ TLS_KEY_FILE: 'k.pem' }).message).toMatch(/^TLS_CERT_FILE is missing: TLS_KEY_FILE is set/);
});
