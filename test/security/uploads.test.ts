import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { Raw } from './raw.ts';

/** Paths that lead out of where files lie, and files that would run in the page of whoever opens them. */

let house: OpenHouse;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

const eve = () => ({ token: house.token({ sub: 'eve' }) });

async function upload(name: string, type: string, content: string): Promise<string> {
  const form = new FormData();
  form.set('file', new File([content], name, { type }));
  const { status, json } = await house.call('POST', '/api/v1/files', eve(), form);
  expect(status).toBe(201);
  return (json as { url: string }).url;
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => relative(directory, join(one.parentPath, one.name)));
}

test.each([
  '../../escaped',
  '..\\..\\escaped',
  '/tmp/escaped',
  '%2e%2e%2fescaped',
  'a/../../../escaped',
  '....//escaped',
  'escaped\u0000.png',
  'C:\\escaped',
])('an upload named %j lies among the files, under a name of ours', async (name) => {
  await upload(name, 'text/plain', 'mark of the upload');
  const outs = [tmpdir(), process.cwd(), '/', join(house.dataDir, '..'), house.dataDir];
  expect(outs.filter((out) => existsSync(join(out, 'escaped')))).toEqual([]);
  const inside = await filesIn(house.dataDir);
  const holding = [];
  for (const one of inside) {
    const content = await readFile(join(house.dataDir, one)).catch(() => Buffer.alloc(0));
    if (content.toString() === 'mark of the upload') holding.push(one);
  }
  expect(holding.length).toBeGreaterThan(0);
  for (const one of holding) expect(one).toMatch(/^files\/[\w/-]+$/);
});

test.each([
  '/files/',
  '/files/x/',
  '/',
  '/assets/',
  '/docs/',
  '/swagger/',
  '/swagger/static/',
  '/ws/chat/',
  '/socket.io/',
])('no path below %s leads out of it', async (below) => {
  const outs = ['../', '..%2f', '%2e%2e/', '%2e%2e%2f', '..%5c', '..\\', '%252e%252e%252f', '.%2e/', '..;/', '..%00/'];
  const goals = ['package.json', 'etc/passwd', 'src/server.ts'];
  const paths = outs
    .flatMap((out) => goals.map((goal) => `${below}${out.repeat(6)}${goal}`))
    .concat(goals.map((goal) => `${below}/${goal}`));
  for (const path of paths) {
    using raw = new Raw(house.address);
    // By hand: clients tidy paths up before they send them.
    raw.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const answer = await raw.closed();
    expect(answer, path).toMatch(/^HTTP\/1.1 (?:[34]\d\d|200) /);
    expect(answer, path).not.toMatch(/root:.*:0:0|"devDependencies"|startServer/);
  }
});

const script = '<script>document.title = "run"</script>';
test.each([
  ['page.html', 'text/html', script],
  ['page.xhtml', 'application/xhtml+xml', script],
  ['picture.svg', 'image/svg+xml', `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`],
  ['feed.xml', 'text/xml', script],
  ['program.js', 'text/javascript', 'alert(1)'],
  ['false.png', 'image/png', script],
  ['both.gif', 'text/html', `GIF89a/*${script}*/`],
  ['odd', 'text/html\u00a0; x', script],
  ['page.html', 'TEXT/HTML', script],
  ['none', '', script],
])('%s as %s never runs where it is opened', async (name, type, content) => {
  const url = await upload(name, type, content);
  const { headers } = await fetch(new URL(url, house.address));
  const served = headers.get('content-type') ?? '';
  expect(served).not.toMatch(/html|xml|svg|javascript|ecmascript/i);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toMatch(/sandbox/);
  expect(headers.get('content-security-policy')).not.toMatch(/allow-scripts|allow-same-origin/);
  if (!served.startsWith('image/')) expect(headers.get('content-disposition')).toMatch(/^attachment;/);
});
