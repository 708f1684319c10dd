import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildWeb } from './build-web.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('..', import.meta.url));

/** An installation without the packages that build. */
let image: string;
beforeEach(async () => {
  image = await mkdtemp(join(tmpdir(), 'parlance-image-'));
  for (const path of ['package.json', 'tools/build-web.ts', 'web/index.html', 'web/vite.config.ts', 'web/src']) {
    await cp(join(repository, path), join(image, path), { recursive: true });
  }
});
afterEach(() => rm(image, { recursive: true }));

const start = async () => (await run(process.execPath, [join(image, 'tools/build-web.ts')])).stdout;

test('where nothing can be built and nothing was brought, it says what to do and does not fail', async () => {
  expect(await start()).toContain('npm run build:web');
});

test('where pages were brought and nothing can be built, they are left as they are, without a word', async () => {
  await mkdir(join(image, 'web/dist'));
  await writeFile(join(image, 'web/dist/index.html'), 'brought');
  expect(await start()).toBe('');
});

test('what was built from the same sources is not built again', async () => {
  await buildWeb();
  expect(await buildWeb()).toBe('current');
}, 60_000);
