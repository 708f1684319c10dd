import type { BatchResult, CallResult, ItemResult } from '../batch.ts';
import type { WrittenItem } from './drafts.ts';

/** The items of one call of `append`, which succeed or fail with it. */
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

/** Asks for all calls as one, which is cheaper; `readTogether` takes the answer apart again. */
export const writeTogether = (calls: readonly WrittenCall[]): string => `[${writeSteps(calls.flat())}]`;

export function readTogether(calls: readonly WrittenCall[], text: string): BatchResult {
  const [results = []] = JSON.parse(text) as readonly (readonly ItemResult[])[];
  let taken = 0;
  return calls.map((call) => {
    taken += call.length;
    return results.slice(taken - call.length, taken);
  });
}

/** Asks for each call on its own, so that one that fails harms no other. */
export const writeApart = (calls: readonly WrittenCall[]): string => `[${calls.map(writeSteps).join(',')}]`;

export function readApart(text: string): BatchResult {
  return JSON.parse(text) as readonly CallResult[];
}
