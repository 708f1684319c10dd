import { readFileSync } from 'node:fs';
import type { Json } from '../../src/core/model.ts';

/** The kept inputs of a target: `corpus/<name>.json`, a list. What broke a law once is put there, and tried for ever. */
export function corpusOf(name: string): readonly Json[] {
  const inputs: unknown = JSON.parse(readFileSync(new URL(`corpus/${name}.json`, import.meta.url), 'utf8'));
  if (!Array.isArray(inputs) || inputs.length === 0) throw new Error(`corpus/${name}.json is no list of inputs`);
  return inputs;
}
