import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { allPages, anchorsOf, linksOf, type Page, readPage, root } from './pages.ts';

const pages = allPages();
const byPath = new Map(pages.map((page) => [page.path, page]));

/** The links of a page that lead nowhere. */
function broken(page: Page): readonly string[] {
  return linksOf(page).filter((target) => {
    if (/^(https?|mailto):/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? page.path : normalize(join(dirname(page.path), decodeURIComponent(file)));
    const isHere = path === page.path;
    if (path.startsWith('..') || !(isHere || existsSync(join(root, path)))) return true;
    const other = isHere ? page : byPath.get(path);
    return anchor !== undefined && (other === undefined || !anchorsOf(other).has(anchor));
  });
}

test.each(pages.map((page) => [page.path, page] as const))('every link of %s leads somewhere', (_, page) => {
  expect(broken(page)).toEqual([]);
});

test('links that lead nowhere are found', () => {
  const text = [
    '# One `two`: three',
    '[here](#one-two-three) [there](../README.md#start) [away](https://example.org)',
    '[1](nowhere.md) [2](#nowhere) [3](../README.md#nowhere) ![4](images/nowhere.png) [5](../../outside.md)',
    '```js\n[6](in-code.md)\n```',
  ].join('\n\n');
  expect(broken(readPage('docs/made-up.md', text))).toEqual([
    'nowhere.md',
    '#nowhere',
    '../README.md#nowhere',
    'images/nowhere.png',
    '../../outside.md',
  ]);
});

/** The pages that fit, but for those that a page leads to. */
function unreached(from: string, wanted: RegExp): readonly string[] {
  const page = byPath.get(from);
  if (page === undefined) throw new Error(`${from} is missing.`);
  const led = new Set(linksOf(page).map((target) => normalize(join(dirname(from), target))));
  return pages.map(({ path }) => path).filter((path) => wanted.test(path) && path !== from && !led.has(path));
}

test('the manual leads to every page of its folder, and the list of decisions to each', () => {
  expect(unreached('docs/README.md', /^docs\/[^/]+\.md$|^docs\/dialects\//)).toEqual([]);
  expect(unreached('docs/decisions/README.md', /^docs\/decisions\//)).toEqual([]);
});
