import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dialectNames } from '../../src/dialects/dialect.ts';
import { httpCodes, statusOf } from '../../src/http/status.ts';
import { allPages, type Page, root } from './pages.ts';

/** What the pages call by name is there, and is called so. */

const withPaths = allPages()
  .filter(({ path }) => !/^(bench\/|CHANGELOG)/.test(path))
  .map((page) => [page.path, page] as const);

const files = globSync(
  ['.dependency-cruiser.mjs', '{.ci,bench,bin,deploy,docs,examples,src,test,tools,types,web}/**/*.*'],
  {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path),
  },
);
const sources = ['biome.json', ...files.filter((path) => /^(src|test|web|examples)\/.*\.(tsx?|sql|mjs)$/.test(path))];
const words = new Set(sources.flatMap((path) => readFileSync(join(root, path), 'utf8').match(/\w+/g) ?? []));

/** What stands between backticks, outside of blocks. */
const quotedIn = ({ text }: Page): readonly string[] =>
  [...text.replaceAll(/^```[\s\S]*?^```\s*$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, quoted = '']) => quoted);

/** Files that a reader is to make, and what stands for any. */
const made = ['hello.mjs', 'listen.mjs', 'x.test.ts', 'NNN-what.sql'];

test.each(withPaths)('the files that %s speaks of exist', (_, page) => {
  const named = quotedIn(page).filter((quoted) => /^[\w./-]+\.(tsx?|mjs|sql|service|cfg|conf)$/.test(quoted));
  const others = named.filter((name) => !made.includes(name));
  expect(others.filter((name) => !files.some((path) => path === name || path.endsWith(`/${name}`)))).toEqual([]);
});

test.each(withPaths.filter(([path]) => /^(ARCHITECTURE|CONTRIBUTING)/.test(path)))(
  'the names that %s speaks of are those of the code',
  (_, page) => {
    const names = quotedIn(page).filter((quoted) => /^#?[a-z]+[A-Z]\w*$|^[A-Z]\w+(\.#?\w+)?(\(\))?$/.test(quoted));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !(name.match(/\w+/g) ?? []).every((word) => words.has(word)))).toEqual([]);
  },
);

test('every scenario of the bench is explained', () => {
  const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
  const scenarios = files.flatMap((path) => /^bench\/scenarios\/([\w-]+)\.ts$/.exec(path)?.[1] ?? []);
  expect(scenarios.length).toBeGreaterThan(10);
  expect(scenarios.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
});

test.each(withPaths)('the settings and codes that %s names exist', (_, page) => {
  const names = quotedIn(page).flatMap((quoted) => quoted.match(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+/)?.[0] ?? []);
  const ofNode = ['NODE_EXTRA_CA_CERTS'];
  expect(names.filter((name) => !words.has(name) && !ofNode.includes(name))).toEqual([]);
});

const { paths } = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')) as {
  readonly paths: { readonly [path: string]: object };
};
const shapeOf = (path: string): string => path.replaceAll(/\{[^}]*\}/g, '{}').replace(/[?#].*$/, '');
const routes = new Set(
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${shapeOf(path)}`),
  ),
);

test.each(withPaths)('the routes that %s speaks of are those of the HTTP API', (_, page) => {
  const spoken = quotedIn(page).flatMap((quoted) => /^([A-Z]+ \/api\/v1\/[^\s…]*)$/.exec(quoted)?.[1] ?? []);
  expect(spoken.filter((route) => !routes.has(shapeOf(route)))).toEqual([]);
});

test('the page of the HTTP API has every refusal, in the row of its status', () => {
  const lines = readFileSync(join(root, 'docs/http.md'), 'utf8').split('\n');
  const missing = httpCodes.filter((code) => {
    const row = lines.find((line) => /^\| \d{3}/.test(line) && line.includes(`\`${code}\``));
    return code !== 'UNKNOWN_EVENT' && !row?.split('|')[1]?.includes(String(statusOf(code)));
  });
  expect(missing).toEqual([]);
});

test.each(dialectNames)('the guide of %s names every event of its document', (name) => {
  const document = JSON.parse(readFileSync(join(root, `docs/api/${name}.asyncapi.json`), 'utf8')) as {
    readonly components: { readonly messages: { readonly [id: string]: object } };
  };
  const guide = readFileSync(join(root, `docs/dialects/${name}.md`), 'utf8');
  const events = Object.keys(document.components.messages).map((id) => id.split('.').at(-1) ?? id);
  expect(events.length).toBeGreaterThan(4);
  expect(events.filter((event) => !new RegExp(`\\b${event}\\b`).test(guide))).toEqual([]);
});
