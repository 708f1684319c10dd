import fc from 'fast-check';
import { openHouse } from '../harness/house.ts';
import { liveTargetNames, liveTargets, patientSettings } from './live.ts';
import { type FuzzOptions, readOptions } from './options.ts';
import { checkOne, type Target } from './target.ts';
import { targets } from './targets.ts';

/** `npm run fuzz -- --minutes 10 [--target packets] [--seed 7]`: every target in turn, over and over, until the time is up. */

const { minutes, target, ...options } = optionsOrEnd();
const turnMs = 5_000;
const endsAt = performance.now() + minutes * 60_000;

await using house = await openHouse(patientSettings);
const chosen = [...targets, ...liveTargets(house)].filter(({ name }) => (target ?? name) === name);

let { seed } = options;
const tried = new Map<string, number>();
let failure: string | undefined;
while (failure === undefined && performance.now() < endsAt) {
  for (const target of chosen) {
    failure ??= await turn(target, seed);
    if (performance.now() >= endsAt) break;
  }
  seed++;
}
for (const [name, runs] of tried) console.log(`${name.padEnd(16)} ${runs} inputs`);
if (failure !== undefined) {
  console.error(failure);
  process.exitCode = 1;
}

function optionsOrEnd(): FuzzOptions {
  try {
    return readOptions(process.argv.slice(2), [...targets.map(({ name }) => name), ...liveTargetNames]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

async function turn({ name, inputs, ...target }: Target, seed: number): Promise<string | undefined> {
  const result = await fc.check(
    fc.asyncProperty(inputs, (input) => checkOne({ name, inputs, ...target }, input)),
    {
      seed,
      numRuns: 1_000_000,
      interruptAfterTimeLimit: Math.min(turnMs, Math.max(1, endsAt - performance.now())),
      markInterruptAsFailure: false,
    },
  );
  tried.set(name, (tried.get(name) ?? 0) + result.numRuns);
  if (!result.failed) return undefined;
  const [input] = result.counterexample ?? [];
  return (
    `${name} broke a law (seed ${seed}): ${result.errorInstance}\n` +
    `Mend it, and put this into test/fuzz/corpus/${name}.json:\n${JSON.stringify(input)}`
  );
}
