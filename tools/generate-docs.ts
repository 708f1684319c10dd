import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asyncApiPages } from './documents/asyncapi.ts';
import { configurationPage } from './documents/configuration.ts';
import { metricsPage } from './documents/metrics.ts';
import { openApiPage } from './documents/openapi.ts';
import { scalingPage } from './documents/scaling.ts';
import { typePages } from './documents/types.ts';

/**
 * Writes every document that is made from the code, or with `--check` fails where a committed one says something else.
 * A new document is one line here.
 */
const documents: readonly { readonly path: string; readonly make: () => string | Promise<string> }[] = [
  { path: 'docs/configuration.md', make: configurationPage },
  { path: 'docs/openapi.json', make: openApiPage },
  { path: 'docs/metrics.md', make: metricsPage },
  { path: 'docs/scaling.md', make: scalingPage },
  ...asyncApiPages,
  ...typePages,
];

const isCheck = process.argv.includes('--check');
const root = new URL('../', import.meta.url);

for (const { path, make } of documents) {
  const file = new URL(path, root);
  const made = await make();
  if (!isCheck) {
    await mkdir(dirname(file.pathname), { recursive: true });
    await writeFile(file, made);
    console.log(`wrote ${path}`);
  } else if ((await readFile(file, 'utf8').catch(() => undefined)) !== made) {
    console.error(`${path} differs from what the code says. Run "npm run docs" and commit it.`);
    process.exitCode = 1;
  }
}
