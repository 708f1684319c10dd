import fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { corpusOf } from './corpus.ts';
import { liveTargets, patientSettings } from './live.ts';
import { checkOne, type Target } from './target.ts';

/** The whole server, for a short while; `npm run fuzz` tries it for longer, and elsewhere. */

const seed = 20_261_121;
const runs = { 'live-frames': 80, 'live-requests': 250, 'live-forms': 60, 'live-heads': 60 } as const;

let house: OpenHouse;
let targets: readonly Target[];
beforeAll(async () => {
  house = await openHouse(patientSettings);
  targets = liveTargets(house);
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

describe.each(Object.entries(runs))('%s', (name, numRuns) => {
  const target = (): Target => {
    const found = targets.find((one) => one.name === name);
    if (!found) throw new Error(`no target ${name}`);
    return found;
  };

  test('goes on after everything that was kept', async () => {
    for (const input of corpusOf(name)) await checkOne(target(), input);
  });

  test('goes on after whatever comes', async () => {
    const { inputs } = target();
    await fc.assert(
      fc.asyncProperty(inputs, (input) => checkOne(target(), input)),
      { seed, numRuns },
    );
  });
});
