import { describe, expect, test } from 'vitest';
import { defaults } from './options.ts';
import { bugsOfSeveralNodes, type PlantedBug, plantedBugs } from './planted-bugs.ts';
import { torture } from './torture.ts';
import type { ViolationKind } from './verdict.ts';

/** What at least must be found. */
const found: { readonly [B in PlantedBug]: readonly ViolationKind[] } = {
  'answer-before-commit': ['lost'],
  'drop-an-entry': ['missed'],
  'publish-twice': ['doubled', 'revisedTwice'],
  'swap-two-entries': ['disordered'],
  'resume-one-early': ['doubled'],
  'resume-one-late': ['missed'],
  'lose-a-revision': ['revisionLost'],
  'remember-old-words': ['oldWords'],
  'drop-a-revision': ['wrongInTheEnd'],
  'tell-an-edit-early': ['revisedUnheard', 'wordsCameBack'],
  'ignore-a-gap': ['missed'],
  'skip-what-others-said': ['missed'],
};

const short = { ...defaults, minutes: 0.08, clients: 10, rate: 250, faultEveryMs: 350, settleMs: 4000 };

test('a run against the server as it is finds nothing', { timeout: 120_000 }, async () => {
  const { verdict, messages, faults } = await torture({ ...short, seed: 5, settleMs: 30_000 }, () => undefined);
  expect([verdict.words, verdict.violations]).toEqual([[], 0]);
  expect(messages).toBeGreaterThan(100);
  expect(faults.size).toBeGreaterThan(3);
});

/** Long enough for each node to hear much of the other. */
const cluster = { nodes: 2, store: 'postgres', minutes: 0.2, faultEveryMs: 1000 } as const;

test('a run against two nodes as they are finds nothing', { timeout: 120_000 }, async () => {
  const run = { ...short, ...cluster, seed: 5, settleMs: 30_000 };
  const { verdict, messages, faults } = await torture(run, () => undefined);
  expect([verdict.words, verdict.violations]).toEqual([[], 0]);
  expect(messages).toBeGreaterThan(100);
  expect(faults.size).toBeGreaterThan(3);
});

describe('a run against a server with a planted bug', () => {
  test.each(plantedBugs)('%s is found', { timeout: 120_000 }, async (bug) => {
    const deployed = bugsOfSeveralNodes.includes(bug) ? cluster : {};
    const { verdict } = await torture({ ...short, ...deployed, seed: 5, bug }, () => undefined);
    expect([...verdict.counts.keys()]).toEqual(expect.arrayContaining([...found[bug]]));
  });
});
