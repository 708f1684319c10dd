import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { type HttpFixture, openHttp } from '../../../test/harness/http-fixture.ts';

const opened: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.dispose();
});

async function serving(files: Record<string, string | Buffer>, more = {}): Promise<HttpFixture> {
  const webDir = await mkdtemp(join(tmpdir(), 'parlance-web-'));
  await mkdir(join(webDir, 'assets'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(webDir, name), content);
  const http = await openHttp({ webDir, ...more });
  opened.push({
    async dispose() {
      await http[Symbol.asyncDispose]();
      await rm(webDir, { recursive: true });
    },
  });
  return http;
}

const script = 'document.title = "a script that is long enough to be worth its compressed form"';
const built = {
  'index.html': '<title>chat</title>',
  'playground.html': '<title>playground</title>',
  'assets/index-1a2b.js': script,
  'assets/index-1a2b.js.gz': gzipSync(script),
};

test('every page has an address, is asked for anew each time, and may run no script but its own', async () => {
  const http = await serving(built);
  for (const [path, title] of [
    ['/', 'chat'],
    ['/playground', 'playground'],
    ['/playground/', 'playground'],
  ] as const) {
    const { status, text, headers } = await http.call('GET', path);
    expect([status, text]).toEqual([200, `<title>${title}</title>`]);
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
  }
});

test('what pages load is kept for a year, and handed over compressed to whoever takes it', async () => {
  const http = await serving(built);
  const { headers, text } = await http.call('GET', '/assets/index-1a2b.js', { 'accept-encoding': 'gzip' });
  expect(text).toBe(script);
  expect(headers.get('content-encoding')).toBe('gzip');
  expect(headers.get('content-type')).toContain('javascript');
  expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect((await http.call('GET', '/assets/absent.js')).status).toBe(404);
  expect((await http.call('GET', '/assets/..%2findex.html')).status).not.toBe(200);
});

test('without built pages the server starts all the same, and says how to build them', async () => {
  const http = await serving({});
  const { status, text } = await http.call('GET', '/');
  expect([status, text]).toEqual([200, expect.stringContaining('npm run build:web')]);
  expect(http.logged).toContainEqual(
    expect.objectContaining({ level: 'warn', words: expect.stringContaining('npm run build:web') }),
  );
});

test('pages are told how one may sign in, and hosts that may embed them are named to the browser', async () => {
  const http = await serving(built, { allowedOrigins: ['https://host.example'] });
  const { json, headers } = await http.call<unknown>('GET', '/web-settings');
  expect(json).toMatchObject({ developmentSignIn: false, hostOrigins: ['https://host.example'] });
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'self' https://host.example");
});
