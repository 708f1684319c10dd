import { readdirSync, readFileSync } from 'node:fs';

/** The committed pages of results, each named by its day and its scenario. */

const folder = new URL('./results/', import.meta.url);

/** The newest page of a scenario: its name within `bench/results`, and what it says. Undefined where there is none. */
export function newestResult(scenario: string): { readonly file: string; readonly text: string } | undefined {
  const file = newestOf(readdirSync(folder), scenario);
  return file === undefined ? undefined : { file, text: readFileSync(new URL(file, folder), 'utf8') };
}

/** The newest of these names that is a page of exactly this scenario. */
export function newestOf(names: readonly string[], scenario: string): string | undefined {
  const day = 'yyyy-mm-dd-';
  return names
    .filter((name) => /^\d{4}-\d\d-\d\d-/.test(name) && name.slice(day.length) === `${scenario}.md`)
    .sort()
    .at(-1);
}
