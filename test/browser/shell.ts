import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../../web/dist/', import.meta.url));

/** The most that a page may load before it shows itself, compressed. */
export const shellLimitBytes = 100_000;

export type Shell = {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly bytes: number;
};

/** What a built page loads before it shows itself: itself, and the scripts and styles that it names. */
export async function shellOf(page: string): Promise<Shell> {
  const html = await readFile(`${dist}${page}`);
  const named = [...String(html).matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].flatMap(
    ([, name]) => name ?? [],
  );
  const files = await Promise.all(
    [page, ...named].map(async (name) => ({ name, bytes: gzipSync(await readFile(dist + name), { level: 9 }).length })),
  );
  return { files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
