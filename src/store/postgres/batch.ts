import type { BatchResult, ItemResult } from '../batch.ts';
import type { WrittenItem } from './drafts.ts';

/** The items of one call of `append`. */
export type WrittenCall = readonly WrittenItem[];

/** Messages that are written together at the most. */
const runLimit = 500;

/**
 * The steps of some items, as JSON text: runs of plain messages as one array each, all other items on their own. A
 * message that may repeat one of its own run begins a new one.
 */
function writeSteps(items: readonly WrittenItem[]): string {
  const steps: string[] = [];
  let run: string[] = [];
  const keys = new Set<string>();
  const endRun = (): void => {
    if (run.length > 0) steps.push(`[${run.join(',')}]`);
    run = [];
    keys.clear();
  };
  for (const { text, repeatKey } of items) {
    if (repeatKey === undefined) {
      endRun();
      steps.push(text);
      continue;
    }
    if (run.length === runLimit || keys.has(repeatKey)) endRun();
    if (repeatKey !== '') keys.add(repeatKey);
    run.push(text);
  }
  endRun();
  return `[${steps.join(',')}]`;
}

/** Asks for all items together, which is cheaper. */
export const writeTogether = (items: readonly WrittenItem[]): string => `[${writeSteps(items)}]`;

/** Asks for each item on its own, so that one that fails harms no other. */
export const writeApart = (items: readonly WrittenItem[]): string =>
  `[${items.map((item) => writeSteps([item])).join(',')}]`;

/** The answer to both: the results of what was asked for together, or why it failed. */
export function readResults(text: string): BatchResult {
  const parts = JSON.parse(text) as readonly (readonly ItemResult[] | { readonly failed: string })[];
  return parts.flat() as readonly ItemResult[];
}
