import { createHash } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip, constants as zlib } from 'node:zlib';

/** Builds the web pages into web/dist, unless what stands there was made from the same sources. */

const repository = fileURLToPath(new URL('..', import.meta.url));
const web = join(repository, 'web');
const dist = join(web, 'dist');
const stampFile = join(dist, '.built-from');
const sources = [
  'web/*.html',
  'web/src/**/*.{ts,tsx,css,svg}',
  'web/public/**/*.*',
  'web/vite.config.ts',
  'tools/build-web.ts',
];

export type BuildOutcome = 'built' | 'current' | 'no build tools';

/** Several at once wait for each other. */
export async function buildWeb(): Promise<BuildOutcome> {
  const stamp = await sourceStamp();
  if (await isBuiltFrom(stamp)) return 'current';
  const vite = await import('vite').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  });
  if (!vite) return 'no build tools';
  return await alone(async () => {
    if (await isBuiltFrom(stamp)) return 'current';
    const fresh = join(web, `.dist-${process.pid}`);
    const old = `${fresh}-old`;
    try {
      await inProduction(() =>
        vite.build({
          configFile: join(web, 'vite.config.ts'),
          mode: 'production',
          logLevel: 'warn',
          build: { outDir: fresh },
        }),
      );
      await compress(fresh);
      await writeFile(join(fresh, '.built-from'), stamp);
      if (existsSync(dist)) await rename(dist, old);
      await rename(fresh, dist);
    } finally {
      await Promise.all([fresh, old].map((folder) => rm(folder, { recursive: true, force: true })));
    }
    return 'built';
  });
}

/** Whoever builds, a test as well, makes the pages that people get. */
async function inProduction(work: () => Promise<unknown>): Promise<void> {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

async function isBuiltFrom(stamp: string): Promise<boolean> {
  return existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp;
}

async function sourceStamp(): Promise<string> {
  const hash = createHash('sha256');
  for (const path of globSync(sources, { cwd: repository }).sort()) {
    if (!path.endsWith('.test.ts')) hash.update(path).update(await readFile(join(repository, path)));
  }
  const { devDependencies } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
  return hash.update(JSON.stringify(devDependencies)).digest('hex');
}

/** Beside each file its compressed forms, which the server hands to whoever takes them. */
async function compress(folder: string): Promise<void> {
  const brotliOptions = { params: { [zlib.BROTLI_PARAM_QUALITY]: 9 } };
  await Promise.all(
    globSync('**/*.{html,js,css,svg}', { cwd: folder }).map(async (name) => {
      const path = join(folder, name);
      const content = await readFile(path);
      const [zipped, brotlied] = await Promise.all([
        promisify(gzip)(content, { level: 9 }),
        promisify(brotliCompress)(content, brotliOptions),
      ]);
      await Promise.all([writeFile(`${path}.gz`, zipped), writeFile(`${path}.br`, brotlied)]);
    }),
  );
}

const longestBuildMs = 60_000;

/** One build at a time, over all processes. A lock older than any build belongs to a process that is gone. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const lock = join(web, '.building');
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const since = await stat(lock).then(
        ({ mtimeMs }) => mtimeMs,
        () => Date.now(),
      );
      if (Date.now() - since > longestBuildMs) await rm(lock, { recursive: true, force: true });
      else await wait(50);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const startedAt = performance.now();
  const outcome = await buildWeb();
  if (outcome === 'built') console.log(`The web pages were built in ${Math.round(performance.now() - startedAt)} ms.`);
  if (outcome === 'no build tools' && !existsSync(join(dist, 'index.html'))) {
    console.log('The web pages are not built, and Vite is not installed: `npm ci && npm run build:web` makes them.');
  }
}
