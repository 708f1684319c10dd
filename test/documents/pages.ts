import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's pages in Markdown, and what stands in them. */

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of a page. */
export type Block = { readonly language: string; readonly line: number; readonly code: string };

export type Page = { readonly path: string; readonly text: string; readonly blocks: readonly Block[] };

const places = ['*.md', '{bench,deploy,docs,examples,src,test,tools,web}/**/*.md'];

/** Every page of the repository, by its path from the root. */
export function allPages(): readonly Page[] {
  const paths = globSync(places, { cwd: root, exclude: (path) => /(^|\/)node_modules$/.test(path) });
  return paths.sort().map((path) => readPage(path, readFileSync(join(root, path), 'utf8')));
}

export function readPage(path: string, text: string): Page {
  const blocks: Block[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(\w*)\s*$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { language: fence[1] ?? '', line: index + 1, lines: [] };
    else {
      blocks.push({ language: open.language, line: open.line, code: `${open.lines.join('\n')}\n` });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line} begins a block that does not end.`);
  return { path, text, blocks };
}

/** The page without its code: links are looked for here. */
function proseOf({ text }: Page): string {
  return text.replaceAll(/^```[\s\S]*?^```\s*$/gm, '').replaceAll(/`[^`\n]*`/g, '`code`');
}

/** The names by which places on the page are linked to, as GitHub makes them of headings. */
export function anchorsOf({ text }: Page): ReadonlySet<string> {
  const prose = text.replaceAll(/^```[\s\S]*?^```\s*$/gm, '');
  const headings = [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, words = '']) => slug(words));
  const numbered = headings.map((name, index) => {
    const before = headings.slice(0, index).filter((other) => other === name).length;
    return before === 0 ? name : `${name}-${before}`;
  });
  return new Set([...numbered, ...[...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)]);
}

function slug(heading: string): string {
  const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
  return words
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
}

/** Where the links and pictures of a page lead, as they are written. */
export function linksOf(page: Page): readonly string[] {
  return [...proseOf(page).matchAll(/\]\(\s*([^)\s]+)[^)]*\)/g)].map(([, target = '']) => target);
}
