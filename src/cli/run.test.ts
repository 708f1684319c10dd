import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { freshFolder, parlance } from '../../test/harness/command-line.ts';
import { sharedPostgres } from '../../test/harness/postgres.ts';
import { until } from '../../test/harness/until.ts';
import { ConfigError, loadConfig } from '../config.ts';
import { openStore } from '../store/open.ts';
import { resolveKeys } from '../tokens/keys.ts';
import { openTokens } from '../tokens/open.ts';
import { run } from './run.ts';

test.each(['', 'help', '--help', '-h', 'token --help'])('"parlance %s" shows every command', async (line) => {
  const { code, out } = await parlance(line);
  expect(code).toBe(0);
  for (const name of [
    'serve',
    'token',
    'tail',
    'config',
    'export',
    'import',
    'migrate',
    'backup',
    'restore',
    'help',
    'version',
  ])
    expect(out).toContain(`  ${name}`);
});

test('the version names the package and its node', async () => {
  expect((await parlance('version')).out).toMatch(/^parlance \d+\.\d+\.\d+.*, node 24\./);
});

test.each([
  ['dance', 'no command "dance"'],
  ['token', 'Whose token?'],
  ['token --sub 1 --colour red', "Unknown option '--colour'"],
  ['token --sub 1 --ttl soon', '--ttl soon is no duration'],
  ['token --sub 1 --ttl 0', '--ttl 0 is no duration'],
  [`token --sub ${'x'.repeat(201)}`, '--sub is no user id'],
  ['token 1', "Unexpected argument '1'"],
  ['tail --after yesterday', '--after yesterday is no position'],
  ['migrate --from sqlite:a.sqlite', 'From where to where?'],
  ['backup', 'Where to?'],
  ['backup --to ', '--to is empty'],
  ['restore', 'From where?'],
  ['serve --port 80', "Unknown option '--port'"],
])('"parlance %s" is a wrong line and says what to do', async (line, words) => {
  const { code, out, told } = await parlance(line);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(told).toContain(words);
  expect(told).not.toMatch(/\n\s+at /);
});

test.each(['serve', 'config', 'token --sub 1', 'tail'])(
  '"parlance %s" names a wrong setting and nothing else',
  async (line) => {
    const { code, told } = await parlance(line, { PORT: 'none' });
    expect(code).toBe(1);
    expect(told).toBe('parlance: wrong setting: PORT is "none": expected a whole number from 0 to 65535.');
  },
);

test('settings that cannot be read are said in the same way', async () => {
  const told: string[] = [];
  const code = await run(['config'], {
    env: () => {
      throw new ConfigError('.env', 'cannot be read.');
    },
    out: () => undefined,
    input: Readable.from([]),
    output: new PassThrough(),
    tell: (text) => void told.push(text),
  });
  expect({ code, told }).toEqual({ code: 1, told: ['parlance: wrong setting: .env cannot be read.'] });
});

test('config shows what is in force and no secret', async () => {
  const { code, out } = await parlance('config', { PORT: '9000', JWT_SECRET: 'hunter2' });
  expect(code).toBe(0);
  expect(out).toMatch(/^PORT +9000 \* +8000 +The port/m);
  expect(out).toMatch(/^JWT_SECRET +\(set\) \* /m);
  expect(out).not.toContain('hunter2');
});

test('a token holds what was asked for and is accepted by its server', async () => {
  const env = { JWT_SECRET: 'hunter2', JWT_ISSUER: 'us', JWT_AUDIENCE: 'chat' };
  const { code, out } = await parlance('token --sub 1 --name Ann --email a@example.com --role ADMIN --ttl 2h', env);
  expect(code).toBe(0);
  const settings = { secret: 'hunter2', issuer: 'us', audience: 'chat', algorithms: ['HS256'] };
  const principal = await openTokens(settings).verify(out);
  expect(principal?.user).toEqual({ id: '1', name: 'Ann', email: 'a@example.com', role: 'ADMIN' });
  expect((principal?.expiresAtSeconds ?? 0) - (principal?.issuedAtSeconds ?? 0)).toBe(7200);
});

test('without a key tokens are signed with the development secret, the same each time', async () => {
  const env = { DATA_DIR: freshFolder() };
  const keys = await resolveKeys(loadConfig(env));
  for (const sub of ['1', '2']) {
    const { out } = await parlance(`token --sub ${sub}`, env);
    expect((await openTokens(keys).verify(out))?.user.id).toBe(sub);
  }
});

test.each([
  ['a public key alone', { JWKS_URL: 'https://id.example.com/keys' }, 'cannot sign'],
  ['another algorithm', { JWT_SECRET: 's', JWT_ALGORITHMS: 'HS512' }, 'does not accept HS256'],
])('with %s no token is printed', async (_, env, words) => {
  const { code, out, told } = await parlance('token --sub 1', env);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(told).toContain(words);
});

test.each(['SQLite', 'PostgreSQL'])(
  'tail reads the log of %s beside the server that writes it, and after it',
  { timeout: 60_000 },
  async (driver) => {
    const DATA_DIR = freshFolder();
    const postgres = driver === 'PostgreSQL' ? await sharedPostgres() : undefined;
    const DATABASE_URL = (await postgres?.createDatabase()) ?? 'sqlite:parlance.sqlite';
    const env = { DATA_DIR, DATABASE_URL };
    expect((await parlance('tail', env)).told).toMatch(/There is no (database|log)/);
    const store = await openStore({ dataDir: DATA_DIR, databaseUrl: DATABASE_URL });
    const user = { id: '1', email: '', role: 'USER', name: 'Ann' };
    const item = { at: 0, expects: [], drafts: [{ type: 'UserChanged', user } as const] };
    await store.append([item, { ...item, drafts: [{ type: 'UserChanged', user: { ...user, id: '2', name: 'Bob' } }] }]);
    const beside = await parlance('tail --follow=false', env);
    await store[Symbol.asyncDispose]();
    const afterwards = await parlance('tail --after 1 --no-follow', env);
    expect(beside.told).toBe('');
    expect(beside.streamed.split('\n')).toEqual([
      expect.stringMatching(/^1 .* user 1 is “Ann”/),
      expect.stringMatching(/^2 .* user 2 is “Bob”/),
      '',
    ]);
    expect(afterwards.streamed).toMatch(/^2 .*“Bob”, USER\.\n$/);
  },
);

test('tail goes on past what replaced entries have left behind, and with what comes', async () => {
  const DATA_DIR = freshFolder();
  await using store = await openStore({ dataDir: DATA_DIR });
  const rename = (name: string) => {
    const user = { id: '1', email: '', role: 'USER', name };
    return store.append([{ at: 0, expects: [], drafts: [{ type: 'UserChanged', user }] }]);
  };
  for (let n = 1; n <= 700; n++) await rename(`name ${n}`);
  const { streamed } = await parlance('tail --follow=false', { DATA_DIR });
  expect(streamed).toMatch(/^700 .*“name 700”, USER\.\n$/);

  let told = '';
  const output = new PassThrough({ encoding: 'utf8' });
  output.on('data', (text: string) => {
    told += text;
    if (text.includes('last')) output.destroy();
  });
  const following = run(['tail', '--after', '700'], {
    env: () => ({ DATA_DIR }),
    out: () => undefined,
    input: Readable.from([]),
    output,
    tell: () => undefined,
  });
  await rename('first');
  await until(
    () => told !== '',
    () => 'nothing was told',
  );
  await rename('last');
  await following;
  expect(told.match(/“.*”/g)).toEqual(['“first”', '“last”']);
});

test('a long result waits for whoever reads it, to its last line', async () => {
  const DATA_DIR = freshFolder();
  await using store = await openStore({ dataDir: DATA_DIR });
  const name = 'n'.repeat(10_000);
  const drafts = Array.from(
    { length: 2_000 },
    (_, n) => ({ type: 'UserChanged', user: { id: String(n), email: '', role: 'USER', name } }) as const,
  );
  await store.append([{ at: 0, expects: [], drafts }]);

  const unread = new PassThrough();
  const printing = run(['tail', '--follow=false'], {
    env: () => ({ DATA_DIR }),
    out: () => undefined,
    input: Readable.from([]),
    output: unread,
    tell: () => undefined,
  });
  await Promise.race([printing, wait(300)]);
  expect(unread.readableLength + unread.writableLength).toBeLessThan((drafts.length * name.length) / 2);
  unread.destroy();
  await printing;

  const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
  const reader = spawn(process.execPath, [cli, 'tail', '--follow=false'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, DATA_DIR },
  });
  const exited = once(reader, 'exit');
  // Longer than whoever is done waits for a library's timers.
  await Promise.race([exited, wait(2_500)]);
  expect(reader.exitCode).toBeNull();
  const lines = (await text(reader.stdout)).trimEnd().split('\n');
  expect(await exited).toEqual([0, null]);
  expect(lines.map((line) => Number.parseInt(line, 10))).toEqual(drafts.map((_, n) => n + 1));
});
