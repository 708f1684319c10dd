import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { corpusOf } from './corpus.ts';
import { checkOne } from './target.ts';
import { targets } from './targets.ts';

/** A short look, always the same; `npm run fuzz` looks for longer, and elsewhere. */

const seed = 20_261_121;
const runs = 400;

describe.each(targets)('$name', (target) => {
  test('keeps its laws for everything that was kept', async () => {
    for (const input of corpusOf(target.name)) {
      await checkOne(target, input).catch((error: unknown) => {
        throw new Error(`${JSON.stringify(input).slice(0, 500)}: ${error}`, { cause: error });
      });
    }
  });

  test('keeps its laws for whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(target.inputs, async (input) => {
        await checkOne(target, input);
      }),
      { seed, numRuns: runs },
    );
    expect(fc.sample(target.inputs, 1)).toHaveLength(1);
  });
});
